"""What is said of contracts, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

CONTRACTS = {
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
    Template.PLAN_CHANGE_SCHEDULED: Wording(
        subject="Mudança de plano em {effective_date}: {to_plan}",
        paragraphs=(
            "O seu contrato muda do plano {from_plan} para o plano {to_plan} em {effective_date}.",
            "Pacote de horas: {monthly} por mês.",
            "Mensalidade: {plan_price}.",
            "Hora além do pacote: {price_beyond}, sempre com a sua aprovação.",
            "Valor da hora: {hour_price}, sempre com a sua aprovação.",
            "As horas que você já tem mantêm a validade delas.",
        ),
    ),
    Template.PLAN_CHANGE_WITHDRAWN: Wording(
        subject="A mudança de plano não vai acontecer",
        paragraphs=("A mudança de plano que estava marcada foi desfeita: o seu contrato continua como está.",),
    ),
    Template.PLAN_CHANGED: Wording(
        subject="Novo plano em vigor: {to_plan}",
        paragraphs=(
            "O seu contrato passou do plano {from_plan} para o plano {to_plan} em {effective_date}.",
            "Pacote de horas: {monthly} por mês.",
            "Mensalidade: {plan_price}.",
            "Hora além do pacote: {price_beyond}, sempre com a sua aprovação.",
            "Valor da hora: {hour_price}, sempre com a sua aprovação.",
        ),
    ),
    Template.PRICE_ADJUSTED: Wording(
        subject="Reajuste anual a partir de {effective_date}",
        paragraphs=(
            "Os preços do seu contrato são reajustados pelo índice {index_name} a partir de {effective_date}.",
            "Mensalidade: {plan_price}, antes {previous_plan_price}.",
            "Valor da hora: {hour_price}, antes {previous_hour_price}.",
            "O que já foi aprovado mantém o preço aprovado.",
        ),
    ),
    Template.CANCELLATION_REQUESTED: Wording(
        subject="Recebemos o pedido de cancelamento: contrato até {last_day}",
        paragraphs=(
            "Recebemos em {received_date} o pedido de cancelamento do seu contrato.",
            "O contrato vale até o fim do dia {last_day}; até lá, tudo funciona como sempre.",
        ),
    ),
    Template.CANCELLATION_WITHDRAWN: Wording(
        subject="O seu contrato continua",
        paragraphs=("O pedido de cancelamento foi retirado: o seu contrato continua como está.",),
    ),
    Template.TERMINATION_NEAR: Wording(
        subject="Saldo de horas até o fim do contrato: {available}",
        paragraphs=(
            "O seu contrato vale até o fim do dia {last_day}. O saldo disponível do seu pacote é de {available}.",
            "Faltam {days_left} dias.",
            "{one_day_left}Falta 1 dia.",
            "Reservadas para chamados em andamento: {held}.",
        ),
    ),
    Template.CONTRACT_TERMINATED: Wording(
        subject="Contrato encerrado",
        paragraphs=(
            "O seu contrato valeu até o fim do dia {last_day} e está encerrado.",
            "O que ainda houver a cobrar vem na última fatura, no primeiro dia útil seguinte.",
        ),
    ),
    Template.CONTRACT_SUSPENDED: Wording(
        subject="Contrato suspenso",
        paragraphs=(
            "O seu contrato está suspenso: novas propostas não são feitas. O que já foi aprovado é concluído.",
            "{stops_grants}Enquanto a suspensão durar, novas horas não são creditadas.",
            "Para regularizar, fale conosco: {finance_mailbox}",
        ),
    ),
    Template.CONTRACT_RESUMED: Wording(
        subject="Contrato ativo de novo",
        paragraphs=("A suspensão do seu contrato terminou: tudo funciona como antes.",),
    ),
}
