"""What is said of tickets and approvals, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_FROM_BANK = "{by_package}Do seu pacote de horas: {minutes_from_bank}."
_OVERAGE = "{by_package}Além do saldo: {minutes_over}, a {hour_price} por hora, no total de {overage}."
_CHARGED = "{by_hour}A cobrar: {minutes_over}, a {hour_price} por hora, no total de {overage}."
_REPLACES = "Esta proposta, de número {estimate_number}, substitui a de número {replaced_number}, que não vale mais."

TICKETS = {
    Template.TICKET_OPENED: Wording(
        subject="{tag}Recebemos o seu chamado",
        paragraphs=(
            "Recebemos o {ticket}, registrado em {registered_at}.",
            "Nossa equipe vai analisá-lo e responder no próprio chamado.",
        ),
    ),
    Template.STAFF_ANSWERED: Wording(
        subject="{tag}A equipe respondeu no seu chamado",
        paragraphs=(
            "A equipe respondeu no {ticket} em {posted_at}.",
            "Leia a resposta, e responda se preciso, no endereço abaixo.",
        ),
    ),
    Template.PROMISE_SET: Wording(
        subject="{tag}Previsão de entrega: {promised_at}",
        paragraphs=("A entrega do {ticket} está prevista para {promised_at}.",),
    ),
    Template.PROMISE_CHANGED: Wording(
        subject="{tag}Nova previsão de entrega: {promised_at}",
        paragraphs=(
            "A previsão de entrega do {ticket} mudou de {previous_promised_at} para {promised_at}.",
            "Motivo: {reason}",
        ),
    ),
    Template.APPROVAL_REQUESTED: Wording(
        subject="{tag}Precisamos da sua aprovação: {minutes}",
        paragraphs=(
            "Estimamos {minutes} de trabalho para o {ticket}.",
            _REPLACES,
            "Justificativa: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "O seu pacote cobre {minutes_covered}: nada é cobrado à parte.",
            (
                "O trabalho só começa com a sua aprovação. A proposta vale até {valid_until}; "
                "sem resposta até lá, nada é feito nem cobrado."
            ),
            "Para ver e responder sem entrar no portal, use o seu link pessoal, que vale uma vez:\n{approval_link}",
        ),
    ),
    Template.ADDITIONAL_HOURS_REQUESTED: Wording(
        subject="{tag}Precisamos da sua aprovação: mais {minutes}",
        paragraphs=(
            "O {ticket} precisa de mais {minutes}, além do que já foi aprovado.",
            _REPLACES,
            "Justificativa: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "O seu pacote cobre {minutes_covered}: nada é cobrado à parte.",
            (
                "Cabe a você aprovar ou recusar até {valid_until}. "
                "Sem a sua aprovação, o trabalho para no que já foi aprovado."
            ),
            "Para ver e responder sem entrar no portal, use o seu link pessoal, que vale uma vez:\n{approval_link}",
        ),
    ),
    Template.APPROVAL_PENDING: Wording(
        subject="{tag}Uma aprovação foi pedida: {minutes}",
        paragraphs=(
            "Pedimos a aprovação de {minutes} de trabalho para o {ticket}.",
            _REPLACES,
            "Justificativa: {justification}",
            _FROM_BANK,
            _OVERAGE,
            _CHARGED,
            "O seu pacote cobre {minutes_covered}: nada é cobrado à parte.",
            "Quem aprova na sua empresa pode responder até {valid_until}. Você não precisa fazer nada.",
        ),
    ),
    Template.TICKET_RESOLVED: Wording(
        subject="{tag}Chamado concluído",
        paragraphs=(
            "O {ticket} foi concluído em {resolved_at}.",
            (
                "Se algo precisar de ajuste, peça no próprio chamado até {closes_at}: "
                "sem novas mensagens, ele é encerrado automaticamente nesse momento."
            ),
            "{closes_some_day}Se algo precisar de ajuste, peça no próprio chamado. Sem ajustes, ele é encerrado.",
            "{by_package}No encerramento, as horas são descontadas do seu pacote.",
        ),
    ),
    Template.TICKET_CLOSED: Wording(
        subject="{tag}Chamado encerrado: {minutes}",
        short_subject="{tag}Chamado encerrado",
        paragraphs=(
            "O {ticket} foi encerrado em {debited_at}.",
            "Horas do chamado: {minutes}.",
            "Descontadas do seu pacote de horas: {minutes_from_bank}\n{lots}",
            (
                "{by_package}Além do saldo: {minutes_over}, pelo preço aprovado, "
                "na fatura do primeiro dia útil do mês seguinte."
            ),
            ("{by_hour}A cobrar: {minutes_over}, pelo preço aprovado, na fatura do primeiro dia útil do mês seguinte."),
            "Trabalhadas e não cobradas: {minutes_written_off}.",
            "{by_package}Saldo do pacote depois do encerramento: {balance_after}.",
        ),
    ),
    Template.VISIT_SCHEDULED: Wording(
        subject="{tag}Visita marcada: {starts_at}",
        paragraphs=(
            "Marcamos uma visita para o {ticket}: de {starts_at} a {ends_at}.",
            "O convite para a sua agenda está anexo.",
        ),
    ),
    Template.VISIT_RESCHEDULED: Wording(
        subject="{tag}Visita remarcada: {starts_at}",
        paragraphs=(
            "A visita do {ticket} foi remarcada: de {starts_at} a {ends_at}.",
            "O convite anexo atualiza a sua agenda.",
        ),
    ),
    Template.VISIT_CANCELLED: Wording(
        subject="{tag}Visita cancelada",
        paragraphs=(
            "A visita do {ticket} foi cancelada.",
            "Ela estava marcada para {starts_at}.",
            "Motivo: {reason}",
        ),
    ),
    Template.VISIT_MISSED: Wording(
        subject="{tag}A visita não aconteceu",
        paragraphs=(
            "A visita do {ticket} não aconteceu. Responda no chamado para marcar outra.",
            "Ela estava marcada para {starts_at}.",
            "Motivo: {reason}",
        ),
    ),
    Template.MEETING_REQUESTED: Wording(
        subject="{tag}Precisamos de uma reunião: {minutes}",
        paragraphs=(
            "Pedimos uma reunião para o {ticket}: {minutes}, com {professionals} da nossa equipe.",
            "Motivo: {reason}.",
            "Uma conversa leva menos tempo do que escrever. Tempo da equipe, ao todo: {minutes_in_all}.",
        ),
    ),
    Template.TICKET_MERGED: Wording(
        subject="{tag}O chamado continua no #{into_number}",
        paragraphs=(
            "O {ticket} trata do mesmo assunto que o chamado #{into_number}: o atendimento continua lá.",
            "Nada foi descontado por este chamado.",
        ),
    ),
    Template.TICKET_CANCELLED: Wording(
        subject="{tag}Chamado cancelado",
        paragraphs=(
            "O {ticket} foi cancelado em {cancelled_at}.",
            "Motivo: {reason}",
            "As horas que estavam reservadas para ele voltaram.",
        ),
    ),
    Template.LOGIN_LINK: Wording(
        subject="O seu link de acesso",
        paragraphs=(
            (
                "Para entrar sem senha, use o seu link pessoal, que vale uma vez, até {valid_until}:\n"
                "{link}?token={login_token}"
            ),
            "Se não foi você quem pediu, não faça nada: sem o link, ninguém entra.",
        ),
    ),
    Template.PRIVACY_EXPORT_REQUESTED: Wording(
        subject="O seu pedido sobre os seus dados pessoais",
        paragraphs=(
            "Recebemos em {requested_at} o pedido de tudo o que guardamos a seu respeito (LGPD, art. 18).",
            "Já está reunido: {provider} entrega a você a declaração completa até {due_at}.",
            "Se não foi você quem pediu, avise-nos.",
        ),
    ),
}
