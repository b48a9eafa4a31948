"""What is told of hours and money that come back, and of an invoice after it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.notify.domain.contract_news import to_customer
from services.notify.domain.values import (
    Day,
    Hours,
    Money,
    Month,
    News,
    Row,
    Rows,
    Template,
    Topic,
    Values,
    Words,
    said,
)
from shared.events.billing import (
    CreditNoteIssued,
    InvoiceEvent,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceVoided,
    InvoiceWillBeDue,
)
from shared.events.hourbank import HoursReversed, LotShare, OverageReversed


def of_hours_reversed(event: HoursReversed) -> News | None:
    """Minutes came back to the package (2.7); what was beyond it is told as money, by OverageReversed."""
    back = sum(share.minutes for share in event.by_lot)
    if not back:
        return None
    rows = tuple(_anew(share) for share in event.corrections)
    return to_customer(
        event,
        Template.HOURS_REVERSED,
        topic=Topic.HOURS,
        path=f"tickets/{event.ticket_id}",
        at=event.reversed_at,
        ticket_id=event.ticket_id,
        values=said(
            minutes=Hours(back),
            lots=Rows(rows) if rows else None,
            forfeited=Hours(event.forfeited_minutes) if event.forfeited_minutes else None,
            balance_after=Hours(event.balance_after),
        ),
    )


def of_overage_reversed(event: OverageReversed) -> News:
    """Minutes beyond the package are no longer charged: the next invoice is smaller, or a credit note follows."""
    return to_customer(
        event,
        Template.OVERAGE_REVERSED,
        topic=Topic.INVOICES,
        path=f"tickets/{event.ticket_id}",
        at=event.reversed_at,
        ticket_id=event.ticket_id,
        ticket_number=event.ticket_number,
        values=said(minutes=Hours(event.minutes), amount=Money(event.cents), month=Month(event.billing_month)),
    )


def of_invoice_will_be_due(event: InvoiceWillBeDue) -> News | None:
    """A reminder before the day; of nothing there is none."""
    if event.amount_due_cents <= 0:
        return None
    values = said(due_date=Day(event.due_date), amount_due=Money(event.amount_due_cents))
    return _of_invoice(event, Template.INVOICE_WILL_BE_DUE, at=event.told_at, values=values)


def of_invoice_overdue(event: InvoiceOverdue) -> News:
    """The day has passed (3.4)."""
    values = said(due_date=Day(event.due_date), amount_due=Money(event.amount_due_cents))
    return _of_invoice(event, Template.INVOICE_OVERDUE, at=event.overdue_at, values=values)


def of_invoice_paid(event: InvoicePaid) -> News:
    """The receipt."""
    return _of_invoice(event, Template.INVOICE_PAID, at=event.paid_at, values=said(total=Money(event.total_cents)))


def of_invoice_voided(event: InvoiceVoided) -> News:
    """The invoice asks for nothing; its lines come again unless the charge itself was called off (3.1)."""
    values = said(
        charge_cancelled=Words("") if event.charge_cancelled else None,
        charge_stays=None if event.charge_cancelled else Words(""),
    )
    return _of_invoice(event, Template.INVOICE_VOIDED, at=event.voided_at, values=values)


def of_credit_note_issued(event: CreditNoteIssued) -> News:
    """So much of the invoice is not owed (S24)."""
    values = said(
        credit_note_number=Words(event.credit_note_number),
        amount=Money(event.cents),
        issue_date=Day(event.issue_date),
    )
    return _of_invoice(event, Template.CREDIT_NOTE_ISSUED, at=event.issued_at, values=values)


def _anew(share: LotShare) -> Row:
    last = Day(share.expires_date - timedelta(days=1))
    return Row("correction", said(last_day=last, minutes=Hours(share.minutes)))


def _of_invoice(event: InvoiceEvent, template: Template, *, at: datetime, values: Values) -> News:
    return to_customer(
        event,
        template,
        topic=Topic.INVOICES,
        path=f"invoices/{event.invoice_id}",
        at=at,
        values=(*said(invoice_number=Words(event.number)), *values),
    )
