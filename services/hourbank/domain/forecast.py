"""What lies ahead: hours as they are being used, month by month under the real rules; and what one act would do."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid5
from zoneinfo import ZoneInfo

from services.hourbank.domain.account import HoldState, find_hold, written
from services.hourbank.domain.cycles import advance
from services.hourbank.domain.debits import Close, debit
from services.hourbank.domain.holds import Approval, Estimate, approve, hold
from services.hourbank.domain.ledger import Cause, EntryKind
from services.hourbank.domain.statements import DEBITS, month_after, period_of
from shared.calendar import add_months
from shared.money import price_of_minutes, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.ledger import Entry
    from services.hourbank.domain.report import DaySum

PAST_MONTHS = 3  # the burn rate is the mean of so many full months
AHEAD_MONTHS = 12  # after the rest of the present one
NOON = time(12)
DEMAND = (*DEBITS, EntryKind.OVERAGE)
UNDONE = (EntryKind.RESTORE, EntryKind.OVERAGE_REVERSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """Minutes that are used a month, and the whole days [first, end) that they were seen on."""

    minutes: int
    first: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One month to come: `used` of lots, `over` beyond them; `balance` at its end, held minutes among it.

    `overage_cents` are those of the month's minutes together, rounded once, at the price of its last day.
    """

    period: str
    granted_minutes: int
    used_minutes: int
    over_minutes: int
    overage_cents: int
    lapsing_minutes: int
    balance_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What lies ahead if hours go on being used as they were; `runs_out_on`: the first day that has too few."""

    burn: Burn
    months: tuple[Ahead, ...]
    runs_out_on: date | None


def burn_of(sums: Sequence[DaySum], *, start_date: date, today: date) -> Burn:
    """The burn rate: the mean of the last three full local months, of as many as the contract has when it is younger.

    Within its first month it is what was used since the start, brought to a month's length. What was beyond the
    balance counts, what corrections gave back does not. Rounded half up.
    """
    this_month = today.replace(day=1)
    first_full = start_date if start_date.day == 1 else month_after(start_date)
    first = max(first_full, add_months(this_month, -PAST_MONTHS))
    if first < this_month:
        months = (this_month.year - first.year) * 12 + this_month.month - first.month
        return Burn(minutes=_mean(_used(sums, first, this_month), 1, months), first=first, end=this_month)
    since = max(start_date, add_months(this_month, -PAST_MONTHS))
    end = today + timedelta(days=1)
    days = max(1, (end - since).days)
    month_days = monthrange(today.year, today.month)[1]
    return Burn(minutes=_mean(_used(sums, since, end), month_days, days), first=since, end=end)


def forecast(account: Account, burn: Burn, *, at: datetime) -> Forecast:
    """Run the account forward, day by day: midnights as they will come, then a ticket at noon with the day's minutes.

    Every ticket is estimated, approved and debited by the rules that there are; a month's minutes are spread over its
    days so that they add up. What is held now stays held. After the contract's end nothing is used.
    """
    today = account.local_date(at)
    last = month_after(add_months(today.replace(day=1), AHEAD_MONTHS))
    account = replace(account, entries=(), facts=())
    months: list[Ahead] = []
    runs_out_on = None
    entries: list[Entry] = []
    day = today + timedelta(days=1)
    while day < last:
        account = _a_day(account, day, _on(day, burn.minutes))
        entries += account.entries
        if runs_out_on is None and any(one.kind is EntryKind.OVERAGE for one in account.entries):
            runs_out_on = day
        account = written(account)
        day += timedelta(days=1)
        if day.day == 1:
            months.append(_ahead(period_of(day - timedelta(days=1)), entries, account))
            entries = []
    return Forecast(burn=burn, months=tuple(months), runs_out_on=runs_out_on)


def _a_day(account: Account, day: date, minutes: int) -> Account:
    noon = datetime.combine(day, NOON, ZoneInfo(account.terms.timezone))
    account = advance(account, at=noon)
    if minutes == 0:
        return account
    cause = Cause(caused_by="forecast", actor="forecast", occurred_at=noon)
    ticket_id = uuid5(account.terms.contract_id, f"forecast/{day}")
    estimate = Estimate(estimate_id=ticket_id, ticket_id=ticket_id, round=1, number=1, minutes=minutes)
    asked = hold(account, estimate, cause=cause)
    held = find_hold(asked, ticket_id)
    if held is None or held.state is not HoldState.WAITING:
        return account  # the contract has ended, or is suspended: nothing new is begun
    approval = Approval(
        estimate_id=ticket_id,
        minutes=minutes,
        minutes_over=held.minutes_over,
        hour_price_cents=held.hour_price_cents,
    )
    close = Close(ticket_id=ticket_id, ticket_number=0, round=1, minutes=minutes, minutes_written_off=0)
    done, _ = debit(approve(asked, approval, at=noon), close, cause=cause)
    return replace(done, holds=account.holds)


def _ahead(period: str, entries: Sequence[Entry], account: Account) -> Ahead:
    over = [one for one in entries if one.kind is EntryKind.OVERAGE]
    minutes = sum(one.minutes for one in over)
    rate = over[-1].hour_price_cents or 0 if over else 0
    return Ahead(
        period=period,
        granted_minutes=sum(one.minutes for one in entries if one.kind is EntryKind.GRANT),
        used_minutes=sum(one.minutes for one in entries if one.kind in DEBITS),
        over_minutes=minutes,
        overage_cents=price_of_minutes(minutes, rate),
        lapsing_minutes=sum(one.minutes for one in entries if one.kind is EntryKind.EXPIRE),
        balance_minutes=account.balance_minutes,
    )


def _on(day: date, minutes: int) -> int:
    """What of a month's minutes falls on a day: all days together have exactly them.

    >>> from datetime import date
    >>> sum(_on(date(2026, 11, number), 100) for number in range(1, 31))
    100
    """
    days = monthrange(day.year, day.month)[1]
    return minutes * day.day // days - minutes * (day.day - 1) // days


def _used(sums: Sequence[DaySum], first: date, end: date) -> int:
    inside = [one for one in sums if first <= one.day < end]
    used = sum(one.minutes for one in inside if one.kind in DEMAND)
    return max(0, used - sum(one.minutes for one in inside if one.kind in UNDONE))


def _mean(amount: int, times: int, parts: int) -> int:
    return share_of(amount * times, 1, parts)
