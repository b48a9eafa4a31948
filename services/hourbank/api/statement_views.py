"""What a monthly report of hours shows as JSON. Minutes and centavos are integers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from services.hourbank.api.views import Cents, HourPrice, Minutes, ShareView, share_view
from services.hourbank.domain import Bar, Lapse, PersonShare, Report, Reversed, TicketLine
from services.hourbank.store import Issued
from shared.pages import Page

Month = Annotated[str, Meta(examples=["2026-11"])]


class OverageView(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes that no lot paid, at the rate that was approved."""

    tranche: int
    minutes: Minutes
    hour_price_cents: HourPrice
    cents: Cents
    billing_month: Annotated[str, Meta(examples=["2026-11"])]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """What of the minutes one professional worked; the shares of a ticket add up to its minutes.

    `professional_id` is null where the time entries were not told.
    """

    professional_id: Annotated[str | None, Meta(examples=["ana"])]
    seconds: Annotated[int, Meta(description="Billable seconds that were logged.", examples=[5400])]
    minutes: Minutes


class DebitView(msgspec.Struct, frozen=True, kw_only=True):
    """One closed ticket: which lots paid which minutes, what was over, and who worked them."""

    ticket_id: UUID
    ticket_number: Annotated[int, Meta(examples=[1042])]
    round: int
    minutes: Minutes
    written_off_minutes: Minutes
    over_minutes: Minutes
    by_lot: list[ShareView]
    overages: list[OverageView]
    people: list[PersonView]
    debited_at: datetime


class ReversedView(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of a closed ticket that a correction gave back in this month: to their lots, and of its overage."""

    ticket_id: UUID
    round: int
    minutes: Minutes
    over_minutes: Minutes


class LapseView(msgspec.Struct, frozen=True, kw_only=True):
    """What of a lot would lapse on `expires_date`; minutes that are held for a ticket do not."""

    lot_id: UUID
    effective_date: date
    expires_date: Annotated[date, Meta(examples=["2027-11-01"])]
    minutes: Minutes


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """What lapses within so many days from `as_of`."""

    days: Annotated[int, Meta(examples=[30])]
    minutes: Minutes


class BarView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the last twelve months."""

    month: Month
    granted_minutes: Minutes
    debited_minutes: Minutes
    expired_minutes: Minutes
    overage_minutes: Minutes
    closing_minutes: Minutes


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """The report of hours of one local month (N26): closing = opening + granted - debited - expired.

    `debited_minutes` and `overage_minutes` are net of `restored_minutes` and `overage_reversed_minutes`, which
    corrections gave back; `voided_minutes` are a part of `expired_minutes`; `overage_cents` is what was accrued in the
    month. `expiring` is seen from the local date `as_of`. `issued_at` is null while the month can still move; once
    issued, a statement never changes.
    """

    contract_id: UUID
    month: Month
    opening_minutes: Minutes
    granted_minutes: Minutes
    debited_minutes: Minutes
    expired_minutes: Minutes
    closing_minutes: Minutes
    overage_minutes: Minutes
    overage_cents: Cents
    restored_minutes: Minutes
    overage_reversed_minutes: Minutes
    voided_minutes: Minutes
    debits: list[DebitView]
    people: list[PersonView]
    reversals: list[ReversedView]
    as_of: date
    expiring: list[WindowView]
    expiring_lots: list[LapseView]
    last_months: list[BarView]
    issued_at: datetime | None


class StatementItem(msgspec.Struct, frozen=True, kw_only=True):
    """A month whose statement was issued; `last_sequence` is the last line of the ledger by then."""

    month: Month
    issued_at: datetime
    last_sequence: int


class StatementPage(msgspec.Struct, frozen=True, kw_only=True):
    """Issued months, newest first; ask again with `cursor` = `next_cursor` until it is null."""

    items: list[StatementItem]
    next_cursor: str | None


def statement_page(page: Page[Issued]) -> StatementPage:
    """Show a page of issued months."""
    return StatementPage(
        items=[
            StatementItem(month=one.period, issued_at=one.issued_at, last_sequence=one.last_sequence)
            for one in page.items
        ],
        next_cursor=page.next_cursor,
    )


def statement_view(report: Report) -> StatementView:
    """Show a month."""
    statement = report.statement
    return StatementView(
        contract_id=report.contract_id,
        month=statement.period,
        opening_minutes=statement.opening_minutes,
        granted_minutes=statement.granted_minutes,
        debited_minutes=statement.debited_minutes,
        expired_minutes=statement.expired_minutes,
        closing_minutes=statement.closing_minutes,
        overage_minutes=statement.overage_minutes,
        overage_cents=report.overage_cents,
        restored_minutes=statement.restored_minutes,
        overage_reversed_minutes=statement.overage_reversed_minutes,
        voided_minutes=statement.voided_minutes,
        debits=[_debit(line) for line in report.tickets],
        people=[person_view(share) for share in report.people],
        reversals=[_reversed(one) for one in report.reversals],
        as_of=report.as_of,
        expiring=[WindowView(days=window.days, minutes=window.minutes) for window in report.windows],
        expiring_lots=[_lapse(lapse) for lapse in report.lapses],
        last_months=[_bar(bar) for bar in report.bars],
        issued_at=report.issued_at,
    )


def person_view(share: PersonShare) -> PersonView:
    """Show what one professional worked."""
    return PersonView(professional_id=share.professional_id or None, seconds=share.seconds, minutes=share.minutes)


def _reversed(one: Reversed) -> ReversedView:
    return ReversedView(ticket_id=one.ticket_id, round=one.round, minutes=one.minutes, over_minutes=one.minutes_over)


def _lapse(lapse: Lapse) -> LapseView:
    return LapseView(
        lot_id=lapse.lot_id,
        effective_date=lapse.effective_date,
        expires_date=lapse.expires_date,
        minutes=lapse.minutes,
    )


def _bar(bar: Bar) -> BarView:
    return BarView(
        month=bar.period,
        granted_minutes=bar.granted_minutes,
        debited_minutes=bar.debited_minutes,
        expired_minutes=bar.expired_minutes,
        overage_minutes=bar.overage_minutes,
        closing_minutes=bar.closing_minutes,
    )


def _debit(line: TicketLine) -> DebitView:
    debit = line.debit
    return DebitView(
        ticket_id=debit.ticket_id,
        ticket_number=debit.ticket_number,
        round=debit.round,
        minutes=debit.minutes,
        written_off_minutes=debit.minutes_written_off,
        over_minutes=debit.minutes_over,
        by_lot=[share_view(share) for share in debit.by_lot],
        overages=[
            OverageView(
                tranche=overage.tranche,
                minutes=overage.minutes,
                hour_price_cents=overage.hour_price_cents,
                cents=overage.cents,
                billing_month=overage.billing_month,
            )
            for overage in debit.overages
        ],
        people=[person_view(share) for share in line.people],
        debited_at=debit.debited_at,
    )
