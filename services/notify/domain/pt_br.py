"""Every word that a customer or the team reads in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Language, Locale, Wording

_FROM_BANK = "{by_package}Do seu pacote de horas: {minutes_from_bank}."
_OVERAGE = "{by_package}Além do saldo: {minutes_over}, a {hour_price} por hora, no total de {overage}."
_CHARGED = "{by_hour}A cobrar: {minutes_over}, a {hour_price} por hora, no total de {overage}."
_REPLACES = "Esta proposta, de número {estimate_number}, substitui a de número {replaced_number}, que não vale mais."
_PLAN = "Contrato: plano {plan}"
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
        "line": "- {description}: {amount}",
    },
    opening=("Olá, {name}!",),
    closing=(
        "Situação em {said_at}. A situação atual está sempre em:\n{link}",
        "{on_ticket}{provider}\nMensagem automática: para responder, use o endereço acima.",
        "{off_ticket}{provider}",
    ),
    wordings={
        Template.CONTRACT_ACTIVATED: Wording(
            subject="Contrato ativo: plano {plan}",
            paragraphs=(
                "O seu contrato do plano {plan} está ativo desde {start_date}.",
                "Pacote de horas: {monthly} por mês, com validade de {validity_months} meses.",
                "Mensalidade: {plan_price}.",
                "Hora além do pacote: {price_beyond}, sempre com a sua aprovação.",
                "Valor da hora: {hour_price}, sempre com a sua aprovação.",
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
                (
                    "{by_hour}A cobrar: {minutes_over}, pelo preço aprovado, "
                    "na fatura do primeiro dia útil do mês seguinte."
                ),
                "Trabalhadas e não cobradas: {minutes_written_off}.",
                "{by_package}Saldo do pacote depois do encerramento: {balance_after}.",
            ),
        ),
        Template.INVOICE_FINALIZED: Wording(
            subject="Fatura {invoice_number}: {total}, vencimento em {due_date}",
            paragraphs=(
                "A fatura {invoice_number} foi emitida em {issue_date}.",
                _PLAN,
                "{lines}",
                "Total: {total}\nVencimento: {due_date}",
                "Dúvidas sobre a fatura: {finance_mailbox}",
            ),
        ),
        Template.LOT_EXPIRING: Wording(
            subject="Horas a vencer: {minutes} até {last_day}",
            paragraphs=(
                "Ainda há {minutes} do seu pacote de horas que só podem ser usadas até o fim do dia {last_day}.",
                "Faltam {days_left} dias.",
                "{one_day_left}Falta 1 dia.",
            ),
        ),
        Template.BALANCE_LOW: Wording(
            subject="Saldo de horas baixo: {available}",
            paragraphs=(
                (
                    "O saldo disponível do seu pacote de horas é de {available}; "
                    "avisamos quando ele chega a {threshold} ou menos."
                ),
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
                    "Saldo inicial: {opening}\nCreditadas: {granted}\nUsadas: {debited}\nVencidas: {expired}\n"
                    "Saldo final: {closing}"
                ),
                "Além do saldo, cobradas em fatura: {overage}",
            ),
        ),
        Template.CUSTOMER_ANSWERED: Wording(
            subject="{tag}O cliente escreveu",
            paragraphs=("O cliente escreveu no {ticket} em {posted_at}.", _PLAN),
        ),
        Template.ESTIMATE_APPROVED: Wording(
            subject="{tag}O cliente aprovou {minutes}",
            paragraphs=(
                "A proposta {estimate_number} do {ticket}, de {minutes}, foi aprovada em {approved_at}.",
                "{by_package}Além do saldo: {minutes_over}, a {hour_price} por hora.",
                "{by_hour}A cobrar: {minutes_over}, a {hour_price} por hora.",
                _PLAN,
            ),
        ),
        Template.ESTIMATE_DECLINED: Wording(
            subject="{tag}O cliente recusou a proposta {estimate_number}",
            paragraphs=(
                "A proposta {estimate_number} do {ticket} foi recusada em {declined_at}.",
                "Motivo: {reason}",
                _PLAN,
            ),
        ),
        Template.ESTIMATE_EXPIRED: Wording(
            subject="{tag}A proposta {estimate_number} venceu sem resposta",
            paragraphs=("A proposta {estimate_number} do {ticket} venceu sem resposta em {expired_at}.", _PLAN),
        ),
        Template.SLA_WARNED: Wording(
            subject="{tag}Já se passaram {percent}% do prazo de {metric}",
            paragraphs=(
                "Já se passaram {percent}% do prazo de {metric} do {ticket}.",
                "O prazo vence em {due_at}.",
                _PLAN,
            ),
        ),
        Template.SLA_BREACHED: Wording(
            subject="{tag}Prazo de {metric} descumprido",
            paragraphs=(
                "O prazo de {metric} do {ticket} venceu em {due_at} sem ser cumprido.",
                "Prioridade: {priority}.",
                _PLAN,
            ),
        ),
    },
)
