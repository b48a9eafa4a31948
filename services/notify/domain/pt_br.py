"""Every word that a customer or the team reads in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Language, Locale, Wording

_OVERAGE = "Além do saldo: {minutes_over}, a {hour_price} por hora, no total de {overage}."
_FULL_PRICE = "O que passar do saldo só é feito com a sua aprovação, pelo preço cheio da hora."

PT_BR = Language(
    locale=Locale.PT_BR,
    cldr="pt_BR",
    moment="dd/MM/y 'às' HH:mm",
    day="dd/MM/y",
    month="MMMM 'de' y",
    zones={
        "America/Sao_Paulo": "horário de Brasília",
        "America/Manaus": "horário de Manaus",
        "America/Cuiaba": "horário de Cuiabá",
        "America/Rio_Branco": "horário do Acre",
        "America/Noronha": "horário de Fernando de Noronha",
    },
    terms={
        "ticket": "chamado",
        "metric.attendance": "atendimento",
        "metric.delivery": "entrega",
        "priority.low": "baixa",
        "priority.medium": "média",
        "priority.high": "alta",
        "priority.critical": "crítica",
    },
    rows={
        "lot": "- do lote de {effective_date}: {minutes}",
        "line_plan_fee": "- Mensalidade do plano, {period}: {amount}",
        "line_overage": (
            "- Horas além do saldo em {period}, chamado #{ticket_number}: {minutes} a {hour_price} por hora = {amount}"
        ),
        "line_other": "- {description}, {period}: {amount}",
    },
    opening=("Olá, {name}!",),
    closing=(
        "Situação em {said_at}. A situação atual está sempre em:\n{link}",
        "{provider}\nMensagem automática: para responder, use o endereço acima.",
    ),
    wordings={
        Template.CONTRACT_ACTIVATED: Wording(
            subject="Contrato ativo: plano {plan}",
            paragraphs=(
                "O seu contrato do plano {plan} está ativo desde {start_date}.",
                "Pacote de horas: {monthly} por mês, com validade de {validity_months} meses.",
                "Mensalidade: {plan_price}.",
                "Hora além do pacote: {full_hour_price}, sempre com a sua aprovação.",
            ),
        ),
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
                "Justificativa: {justification}",
                "Do seu pacote de horas: {minutes_from_bank}.",
                _OVERAGE,
                "O seu pacote cobre {minutes_covered}: nada é cobrado à parte.",
                (
                    "O trabalho só começa com a sua aprovação. A proposta vale até {valid_until}; "
                    "sem resposta até lá, nada é feito nem cobrado."
                ),
            ),
        ),
        Template.ADDITIONAL_HOURS_REQUESTED: Wording(
            subject="{tag}Precisamos da sua aprovação: mais {minutes}",
            paragraphs=(
                "O {ticket} precisa de mais {minutes}, além do que já foi aprovado.",
                "Justificativa: {justification}",
                "Do seu pacote de horas: {minutes_from_bank}.",
                _OVERAGE,
                "O seu pacote cobre {minutes_covered}: nada é cobrado à parte.",
                (
                    "Cabe a você aprovar ou recusar até {valid_until}. "
                    "Sem a sua aprovação, o trabalho para no que já foi aprovado."
                ),
            ),
        ),
        Template.TICKET_RESOLVED: Wording(
            subject="{tag}Chamado concluído",
            paragraphs=(
                "O {ticket} foi concluído em {resolved_at}.",
                (
                    "Se algo precisar de ajuste, peça no próprio chamado. "
                    "Sem ajustes, ele é encerrado e as horas são descontadas do seu pacote."
                ),
            ),
        ),
        Template.TICKET_CLOSED: Wording(
            subject="{tag}Chamado encerrado: {minutes}",
            paragraphs=(
                "O {ticket} foi encerrado em {debited_at}.",
                "Horas do chamado: {minutes}.",
                "Descontadas do seu pacote de horas: {minutes_from_bank}\n{lots}",
                (
                    "Além do saldo: {minutes_over}, pelo preço que você aprovou, "
                    "na fatura do primeiro dia útil do mês seguinte."
                ),
                "Trabalhadas e não cobradas: {minutes_written_off}.",
                "Saldo do pacote depois do encerramento: {balance_after}.",
            ),
        ),
        Template.INVOICE_FINALIZED: Wording(
            subject="Fatura {invoice_number}: {total}, vencimento em {due_date}",
            paragraphs=(
                "A fatura {invoice_number} foi emitida em {issue_date}.",
                "Contrato: plano {plan}",
                "{lines}",
                "Total: {total}\nVencimento: {due_date}",
                "Dúvidas sobre a fatura: {finance_mailbox}",
            ),
        ),
        Template.LOT_EXPIRING: Wording(
            subject="Horas a vencer: {minutes} até {last_day}",
            paragraphs=(
                "Ainda há {minutes} do seu pacote de horas que só podem ser usadas até o fim do dia {last_day}.",
                "Dias que restam: {days_left}.",
            ),
        ),
        Template.BALANCE_LOW: Wording(
            subject="Saldo de horas baixo: {available}",
            paragraphs=(
                "O saldo disponível do seu pacote de horas é de {available}; avisamos a partir de {threshold}.",
                _FULL_PRICE,
            ),
        ),
        Template.BALANCE_DEPLETED: Wording(
            subject="Saldo de horas esgotado",
            paragraphs=(
                "Não há mais saldo disponível no seu pacote de horas.",
                "Reservadas para chamados em andamento: {held}.",
                _FULL_PRICE,
            ),
        ),
        Template.STATEMENT_ISSUED: Wording(
            subject="Extrato de horas de {period}",
            paragraphs=(
                "Este é o extrato do seu pacote de horas de {period}.",
                (
                    "Saldo inicial: {opening}\nRecebidas: {granted}\nUsadas: {debited}\nVencidas: {expired}\n"
                    "Saldo final: {closing}"
                ),
            ),
        ),
        Template.CUSTOMER_ANSWERED: Wording(
            subject="{tag}O cliente escreveu",
            paragraphs=("O cliente escreveu no {ticket} em {posted_at}.",),
        ),
        Template.ESTIMATE_APPROVED: Wording(
            subject="{tag}O cliente aprovou {minutes}",
            paragraphs=(
                "A proposta {estimate_number} do {ticket}, de {minutes}, foi aprovada em {approved_at}.",
                "Além do saldo: {minutes_over}, a {hour_price} por hora.",
            ),
        ),
        Template.ESTIMATE_DECLINED: Wording(
            subject="{tag}O cliente recusou a proposta {estimate_number}",
            paragraphs=(
                "A proposta {estimate_number} do {ticket} foi recusada em {declined_at}.",
                "Motivo: {reason}",
            ),
        ),
        Template.ESTIMATE_EXPIRED: Wording(
            subject="{tag}A proposta {estimate_number} venceu sem resposta",
            paragraphs=("A proposta {estimate_number} do {ticket} venceu sem resposta em {expired_at}.",),
        ),
        Template.SLA_WARNED: Wording(
            subject="{tag}Prazo de {metric}: {percent} % já passaram",
            paragraphs=(
                "Já passaram {percent} % do prazo de {metric} do {ticket}.",
                "O prazo vence em {due_at}.",
            ),
        ),
        Template.SLA_BREACHED: Wording(
            subject="{tag}Prazo de {metric} descumprido",
            paragraphs=(
                "O prazo de {metric} do {ticket} venceu em {due_at} sem ser cumprido.",
                "Prioridade: {priority}.",
            ),
        ),
    },
)
