"""What is said of invoices, in Brazilian Portuguese."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contrato: plano {plan}"

INVOICES = {
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
    Template.OVERAGE_REVERSED: Wording(
        subject="{tag}Estorno de horas: {amount}",
        paragraphs=(
            "Do {ticket}, {minutes} cobradas além do pacote em {month} foram estornadas: {amount}.",
            (
                "Se a fatura ainda não foi emitida, ela virá menor; "
                "se já foi, você recebe uma nota de crédito nesse valor."
            ),
        ),
    ),
    Template.INVOICE_WILL_BE_DUE: Wording(
        subject="A fatura {invoice_number} vence em {due_date}",
        paragraphs=(
            "A fatura {invoice_number} vence em {due_date}.",
            "A pagar: {amount_due}",
            "Se já pagou, desconsidere este aviso.",
            "Dúvidas sobre a fatura: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_OVERDUE: Wording(
        subject="Fatura {invoice_number} em atraso",
        paragraphs=(
            "A fatura {invoice_number} venceu em {due_date} e ainda não recebemos o pagamento.",
            "A pagar: {amount_due}",
            "Se já pagou, desconsidere este aviso.",
            "Dúvidas sobre a fatura: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_PAID: Wording(
        subject="Recibo: fatura {invoice_number} quitada",
        paragraphs=(
            "A fatura {invoice_number} está quitada. Obrigado!",
            "Total da fatura: {total}",
            "Dúvidas sobre a fatura: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_VOIDED: Wording(
        subject="Fatura {invoice_number} cancelada",
        paragraphs=(
            "A fatura {invoice_number} foi cancelada: não a pague.",
            "{charge_stays}O que ela cobrava virá em outra fatura.",
            "{charge_cancelled}O que ela cobrava não será cobrado.",
            "Dúvidas sobre a fatura: {finance_mailbox}",
        ),
    ),
    Template.CREDIT_NOTE_ISSUED: Wording(
        subject="Nota de crédito {credit_note_number}: {amount}",
        paragraphs=(
            (
                "A nota de crédito {credit_note_number}, de {amount}, foi emitida em {issue_date} "
                "para a fatura {invoice_number}."
            ),
            "O que já foi pago a mais é usado na próxima fatura.",
            "Dúvidas sobre a fatura: {finance_mailbox}",
        ),
    ),
}
