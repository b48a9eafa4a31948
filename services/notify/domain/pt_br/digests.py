"""What is said where much is said at once, in Brazilian Portuguese (N-02)."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_WHERE = "Cada mensagem continua inteira no sistema, na lista de mensagens."

DIGESTS = {
    Template.DIGEST: Wording(
        subject="Resumo: mais mensagens nesta hora ({count})",
        paragraphs=(
            "Houve muitas mensagens para você em uma hora. Para não encher a sua caixa, juntamos as demais nesta.",
            "{letters}",
            "E mais: {more}.",
            _WHERE,
        ),
    ),
    Template.LOOP_DIGEST: Wording(
        subject="Resumo: mensagens iguais que não enviamos uma a uma ({count})",
        paragraphs=(
            (
                "A mesma mensagem se repetiu muitas vezes em uma hora, como quando dois sistemas se respondem. "
                "Paramos de enviá-la e juntamos aqui as que ficaram:"
            ),
            "{letters}",
            "E mais: {more}.",
            _WHERE,
        ),
    ),
    Template.LOOP_SUSPECTED: Wording(
        subject="{tag}Suspeita de laço: mensagens iguais demais",
        paragraphs=(
            "Mais de {limit} mensagens iguais iriam ao mesmo destinatário em uma hora. A última: {subject}",
            (
                "As próximas iguais ficam retidas e saem juntas, em um resumo, depois de uma hora sem nenhuma nova, "
                "ou em um dia. Nenhuma se perde: veja na lista de mensagens as que estão como collected."
            ),
            "Veja se uma resposta automática está respondendo às nossas mensagens.",
        ),
    ),
}
