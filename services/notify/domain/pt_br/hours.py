"""What is said of the hours package, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_FULL_PRICE = "O que passar do saldo só é feito com a sua aprovação, pelo preço cheio da hora."

HOURS = {
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
    Template.HOURS_PURCHASED: Wording(
        subject="Compra de horas: {minutes}",
        paragraphs=(
            "Foram creditadas {minutes} ao seu pacote de horas, compradas por {amount}.",
            "Podem ser usadas a partir de {effective_date}, por {validity_months} meses.",
            "O valor vem na próxima fatura.",
        ),
    ),
    Template.HOURS_REVERSED: Wording(
        subject="{tag}Horas devolvidas: {minutes}",
        paragraphs=(
            "Do {ticket}, {minutes} voltaram ao seu pacote de horas.",
            "O lote de origem já tinha vencido:\n{lots}",
            "{forfeited} não podem mais ser usadas, porque o contrato já terminou.",
            "Saldo do pacote: {balance_after}.",
        ),
    ),
}
