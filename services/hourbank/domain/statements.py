"""The monthly report of hours (N26): what a local month brought, summed from the ledger, and when it is issued."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from services.hourbank.domain.ledger import MOVES, EntryKind
from shared.calendar import add_months
from shared.errors import Invalid
from shared.events.hourbank import StatementIssued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.hourbank.domain.account import Account
    from shared.calendar import BusinessCalendar

RUN_TIME = time(8)  # local time of the provider's calendar: together with the invoices (3.2)
DEBITS = (EntryKind.CAPTURE, EntryKind.CONSUME)
LOSSES = (EntryKind.EXPIRE, EntryKind.VOID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """The minutes of all entries of one kind, posted either before a month or in it."""

    kind: EntryKind
    is_before: bool
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One local month ("2026-11") in whole minutes; closing = opening + granted - debited - expired.

    The balance is what is available and what is held; overage is beside it, no lot paid it. `debited` and `overage` are
    net of what corrections gave back, `restored` and `overage_reversed`; `voided` is a part of `expired`.
    """

    period: str
    opening_minutes: int
    granted_minutes: int
    debited_minutes: int
    expired_minutes: int
    closing_minutes: int
    overage_minutes: int
    restored_minutes: int = 0
    overage_reversed_minutes: int = 0
    voided_minutes: int = 0


def summarize(period: str, movements: Sequence[Movement]) -> Statement:
    """The statement of a month from its movements.

    >>> november = [Movement(kind=EntryKind.GRANT, is_before=True, minutes=540),
    ...             Movement(kind=EntryKind.GRANT, is_before=False, minutes=180),
    ...             Movement(kind=EntryKind.CAPTURE, is_before=False, minutes=330)]
    >>> statement = summarize("2026-11", november)
    >>> statement.opening_minutes, statement.granted_minutes, statement.debited_minutes, statement.closing_minutes
    (540, 180, 330, 390)
    """
    inside = [one for one in movements if not one.is_before]
    opening = sum(_effect(one) for one in movements if one.is_before)
    granted = sum(one.minutes for one in inside if one.kind is EntryKind.GRANT)
    restored = sum(one.minutes for one in inside if one.kind is EntryKind.RESTORE)
    debited = sum(one.minutes for one in inside if one.kind in DEBITS) - restored
    expired = sum(one.minutes for one in inside if one.kind in LOSSES)
    closing = sum(_effect(one) for one in movements)
    assert closing == opening + granted - debited - expired, "a statement balances"
    reversed_minutes = sum(one.minutes for one in inside if one.kind is EntryKind.OVERAGE_REVERSED)
    return Statement(
        period=period,
        opening_minutes=opening,
        granted_minutes=granted,
        debited_minutes=debited,
        expired_minutes=expired,
        closing_minutes=closing,
        overage_minutes=sum(one.minutes for one in inside if one.kind is EntryKind.OVERAGE) - reversed_minutes,
        restored_minutes=restored,
        overage_reversed_minutes=reversed_minutes,
        voided_minutes=sum(one.minutes for one in inside if one.kind is EntryKind.VOID),
    )


def is_reported(account: Account, statement: Statement) -> bool:
    """Whether the account's month is reported: each of the contract, also one without movement (N26).

    Once it is over, only a month in which something still moved, or was still there.
    """
    ends_on = account.agreed.ends_on
    is_over = ends_on is not None and ends_on <= account.next_statement
    _, *minutes = astuple(statement)
    return not is_over or any(minutes)


def issue_statement(account: Account, statement: Statement, calendar: BusinessCalendar) -> Account:
    """Tell the statement of the account's month and close its days to postings: what is issued stays true.

    A month that is not reported is closed in silence.
    """
    assert statement.period == period_of(account.next_statement), "statements are issued month by month"
    fact = StatementIssued(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        period=statement.period,
        opening_minutes=statement.opening_minutes,
        granted_minutes=statement.granted_minutes,
        debited_minutes=statement.debited_minutes,
        expired_minutes=statement.expired_minutes,
        closing_minutes=statement.closing_minutes,
        overage_minutes=statement.overage_minutes,
    )
    following = month_after(account.next_statement)
    facts = (*account.facts, fact) if is_reported(account, statement) else account.facts
    account = replace(account, next_statement=following, stated_until=following, facts=facts)
    return plan_statement(account, calendar)


def plan_statement(account: Account, calendar: BusinessCalendar) -> Account:
    """Set when the next statement is due, by a calendar that may have changed."""
    return replace(account, statement_due_at=statement_due(calendar, account.next_statement))


def statement_due(calendar: BusinessCalendar, month: date) -> datetime:
    """When the statement of a month is issued: on the first business day after it, 08:00 (N20, N26).

    >>> from shared.calendar import CalendarSpec, HolidaySource, business_calendar
    >>> hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), [("08:00", "18:00")])
    >>> spec = CalendarSpec(name="office", timezone="America/Sao_Paulo", hours=hours, holidays=HolidaySource())
    >>> statement_due(business_calendar(spec), date(2026, 10, 1)).isoformat()
    '2026-11-03T08:00:00-03:00'
    """
    after = month_after(month)
    day = calendar.first_business_day(after.year, after.month)
    return datetime.combine(day, RUN_TIME, calendar.zone)


def first_statement(start_date: date, calendar: BusinessCalendar, *, at: datetime) -> date:
    """The month of the first statement: the earliest since the start whose day of issue is still to come."""
    month = max(start_date.replace(day=1), add_months(calendar.local_date(at).replace(day=1), -1))
    return month if statement_due(calendar, month) > at else month_after(month)


def period_of(month: date) -> str:
    """The name of a month.

    >>> period_of(date(2026, 11, 1))
    '2026-11'
    """
    return f"{month:%Y-%m}"


def month_after(month: date) -> date:
    """The first day after a month, given any day of it."""
    return add_months(month.replace(day=1), 1)


def month_of(period: str) -> date:
    """The first day of a named month. Raises Invalid when it is no month.

    >>> month_of("2026-11")
    datetime.date(2026, 11, 1)
    """
    try:
        return datetime.strptime(f"{period}-01", "%Y-%m-%d").date()  # noqa: DTZ007  a month has no zone
    except ValueError:
        raise Invalid(f"{period!r} is no month like 2026-11", field="month") from None


def _effect(movement: Movement) -> int:
    """What a movement does to the balance: to available and held together."""
    if movement.kind not in MOVES:
        return 0
    available, held, *_ = MOVES[movement.kind]
    return (available + held) * movement.minutes
