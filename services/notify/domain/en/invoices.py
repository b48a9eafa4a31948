"""What is said of invoices, in English."""

from services.notify.domain.values import Template
from services.notify.domain.words import Wording

_PLAN = "Contract: plan {plan}"

INVOICES = {
    Template.INVOICE_FINALIZED: Wording(
        subject="Invoice {invoice_number}: {total}, due on {due_date}",
        paragraphs=(
            "The invoice {invoice_number} was issued on {issue_date}.",
            _PLAN,
            "{lines}",
            "Total: {total}\nDue on: {due_date}",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
    Template.OVERAGE_REVERSED: Wording(
        subject="{tag}Hours taken off the bill: {amount}",
        paragraphs=(
            "Of the {ticket}, {minutes} charged beyond the package in {month} are taken back: {amount}.",
            (
                "If the invoice has not been issued yet, it will be smaller; "
                "if it has, you receive a credit note of this amount."
            ),
        ),
    ),
    Template.INVOICE_WILL_BE_DUE: Wording(
        subject="Invoice {invoice_number} is due on {due_date}",
        paragraphs=(
            "The invoice {invoice_number} is due on {due_date}.",
            "To be paid: {amount_due}",
            "If you have paid, ignore this reminder.",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_OVERDUE: Wording(
        subject="Invoice {invoice_number} is overdue",
        paragraphs=(
            "The invoice {invoice_number} was due on {due_date}, and we have not received the payment yet.",
            "To be paid: {amount_due}",
            "If you have paid, ignore this reminder.",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_PAID: Wording(
        subject="Receipt: invoice {invoice_number} is settled",
        paragraphs=(
            "The invoice {invoice_number} is settled. Thank you!",
            "Total of the invoice: {total}",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
    Template.INVOICE_VOIDED: Wording(
        subject="Invoice {invoice_number} is void",
        paragraphs=(
            "The invoice {invoice_number} is void: do not pay it.",
            "{charge_stays}What it charged comes with another invoice.",
            "{charge_cancelled}What it charged is not charged any more.",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
    Template.CREDIT_NOTE_ISSUED: Wording(
        subject="Credit note {credit_note_number}: {amount}",
        paragraphs=(
            (
                "The credit note {credit_note_number} of {amount} was issued on {issue_date} "
                "for the invoice {invoice_number}."
            ),
            "What was paid beyond that is used on the next invoice.",
            "Questions about the invoice: {finance_mailbox}",
        ),
    ),
}
