"""Which facts of a contract, its hours and its invoices are told to the customer, and with which values."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.notify.domain.values import (
    Audience,
    Count,
    Day,
    Hours,
    Moment,
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
from shared.events.billing import ContractActivated, ContractEvent, InvoiceEvent, InvoiceFinalized, InvoiceLine
from shared.events.hourbank import (
    AccountEvent,
    BalanceDepleted,
    BalanceLow,
    HoursDebited,
    LotExpiring,
    LotShare,
    StatementIssued,
)


def of_contract_activated(event: ContractActivated) -> News:
    """What was bought: hours a month, their validity, the fee, the price of an hour beyond (N4, N9, N36)."""
    has_hours = event.monthly_minutes > 0
    price = Money(event.full_hour_price_cents) if event.full_hour_price_cents else None
    return to_customer(
        event,
        Template.CONTRACT_ACTIVATED,
        topic=Topic.HOURS,
        path=f"contracts/{event.contract_id}",
        at=event.activated_at,
        values=said(
            plan=Words(event.plan_code),
            start_date=Day(event.start_date),
            monthly=Hours(event.monthly_minutes) if has_hours else None,
            validity_months=Count(event.validity_months) if has_hours else None,
            plan_price=Money(event.plan_price_cents) if event.plan_price_cents else None,
            price_beyond=price if has_hours else None,
            hour_price=None if has_hours else price,
        ),
    )


def of_hours_debited(event: HoursDebited) -> News:
    """The ticket is closed, and this is what it took (N19, N35), if anything; the fact names no ticket number."""
    from_bank = sum(share.minutes for share in event.by_lot)
    return to_customer(
        event,
        Template.TICKET_CLOSED,
        topic=Topic.TICKETS,
        path=f"tickets/{event.ticket_id}",
        at=event.debited_at,
        ticket_id=event.ticket_id,
        values=said(
            debited_at=Moment(event.debited_at),
            minutes=Hours(event.minutes) if event.minutes else None,
            minutes_from_bank=Hours(from_bank),
            lots=Rows(tuple(_lot(share) for share in event.by_lot)) if event.by_lot else None,
            minutes_over=Hours(event.minutes_over) if event.minutes_over else None,
            minutes_written_off=Hours(event.minutes_written_off) if event.minutes_written_off else None,
            balance_after=Hours(event.balance_after) if event.minutes else None,
        ),
    )


def of_lot_expiring(event: LotExpiring) -> News:
    """Hours are about to lapse: `expires_date` is exclusive (2.3), so the last day to use them is the one before."""
    return _about_hours(
        event,
        Template.LOT_EXPIRING,
        values=said(
            minutes=Hours(event.minutes),
            last_day=Day(event.expires_date - timedelta(days=1)),
            days_left=None if event.days_left == 1 else Count(event.days_left),
            one_day_left=Words("") if event.days_left == 1 else None,
        ),
    )


def of_balance_low(event: BalanceLow) -> News:
    """The balance fell to the threshold (2.3)."""
    return _about_hours(
        event,
        Template.BALANCE_LOW,
        values=said(available=Hours(event.available_minutes), threshold=Hours(event.threshold_minutes)),
    )


def of_balance_depleted(event: BalanceDepleted) -> News:
    """Nothing is available (2.3)."""
    held = Hours(event.held_minutes) if event.held_minutes else None
    return _about_hours(event, Template.BALANCE_DEPLETED, values=said(held=held))


def of_statement_issued(event: StatementIssued) -> News:
    """The monthly report of hours (N26); a month without movement has one too."""
    return _about_hours(
        event,
        Template.STATEMENT_ISSUED,
        path=f"accounts/{event.contract_id}/statements/{event.period}",
        values=said(
            period=Month(event.period),
            opening=Hours(event.opening_minutes),
            granted=Hours(event.granted_minutes),
            debited=Hours(event.debited_minutes),
            expired=Hours(event.expired_minutes),
            closing=Hours(event.closing_minutes),
            overage=Hours(event.overage_minutes) if event.overage_minutes > 0 else None,
        ),
    )


def of_invoice_finalized(event: InvoiceFinalized) -> News:
    """An invoice has its number and is immutable (3.1): every line, the total, the due date."""
    return to_customer(
        event,
        Template.INVOICE_FINALIZED,
        topic=Topic.INVOICES,
        path=f"invoices/{event.invoice_id}",
        at=event.finalized_at,
        about=event.invoice_id,
        values=said(
            invoice_number=Words(event.number),
            issue_date=Day(event.issue_date),
            due_date=Day(event.due_date),
            total=Money(event.total_cents),
            lines=Rows(tuple(_line(line) for line in event.lines)) if event.lines else None,
        ),
    )


def _lot(share: LotShare) -> Row:
    return Row("lot", said(effective_date=Day(share.effective_date), minutes=Hours(share.minutes)))


def _line(line: InvoiceLine) -> Row:
    """A line in the words of the invoice: what is read twice is the same twice."""
    return Row("line", said(description=Words(line.description), amount=Money(line.cents)))


def _about_hours(event: AccountEvent, template: Template, *, values: Values, path: str | None = None) -> News:
    account = f"accounts/{event.contract_id}"
    return to_customer(event, template, topic=Topic.HOURS, path=path or account, at=None, values=values)


def to_customer(
    event: ContractEvent | AccountEvent | InvoiceEvent,
    template: Template,
    *,
    topic: Topic | None,
    path: str,
    at: datetime | None,
    values: Values,
    ticket_id: UUID | None = None,
    about: UUID | None = None,
    ticket_number: int | None = None,
) -> News:
    """News of a contract, its hours or its money; without a topic nobody of the customer can switch it off."""
    return News(
        template=template,
        audience=Audience.CUSTOMER,
        topic=topic,
        actor=None,
        organization_id=event.organization_id,
        contract_id=event.contract_id,
        ticket_id=ticket_id,
        ticket_number=ticket_number,
        path=path,
        said_at=at,
        values=values,
        about=about,
    )
