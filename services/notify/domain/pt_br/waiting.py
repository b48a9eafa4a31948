"""What is said of waiting, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contrato: plano {plan}"

WAITING = {
    Template.APPROVAL_REMINDED: Wording(
        subject="{tag}Ainda esperamos a sua resposta: {minutes}",
        paragraphs=(
            "Em {requested_at} pedimos a aprovação de {minutes} de trabalho para o {ticket}; ainda não houve resposta.",
            "A cobrar à parte: {minutes_over}, no total de {overage}.",
            "A proposta vale até {valid_until}; sem resposta até lá, nada é feito nem cobrado.",
            "Para ver e responder sem entrar no portal, use o seu link pessoal, que vale uma vez:\n{approval_link}",
        ),
    ),
    Template.ESTIMATE_WITHDRAWN: Wording(
        subject="{tag}O cliente voltou atrás na estimativa {estimate_number}",
        paragraphs=(
            "A estimativa {estimate_number} do {ticket} deixou de estar aprovada em {withdrawn_at}: pare o trabalho.",
            "Motivo: {reason}",
            _PLAN,
        ),
    ),
    Template.IMPEDIMENT_REMINDED: Wording(
        subject="{tag}O chamado espera por você: {impediment}",
        paragraphs=(
            "O {ticket} está parado, e o prazo com ele: {impediment}.",
            "No próprio chamado está o que precisamos de você. Não escreva senhas nele.",
        ),
    ),
    Template.IMPEDIMENT_LEFT: Wording(
        subject="{tag}Sem resposta do cliente: {impediment}",
        paragraphs=(
            "O cliente foi lembrado {times} vezes e o {ticket} continua parado: {impediment}.",
            "Não haverá outro lembrete: fale com o cliente.",
            _PLAN,
        ),
    ),
    Template.EMERGENCY_BEGUN: Wording(
        subject="{tag}Emergência: o trabalho começou antes da aprovação",
        paragraphs=(
            "Por ser uma emergência, o trabalho no {ticket} começou em {begun_at}, antes da sua aprovação.",
            "São no máximo {most} até você responder à estimativa, e nada é cobrado sem a sua aprovação.",
        ),
    ),
}
