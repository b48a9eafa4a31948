"""What time brings to an account, local midnight by local midnight: expire, grant, warn, in that order (2.2, 2.3)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid5

from services.hourbank.domain.account import Account, Alert, Policy, Terms, post, tell
from services.hourbank.domain.ledger import Cause, EntryKind, Lot, LotTerms
from services.hourbank.domain.statements import first_statement, month_after, statement_due
from shared.calendar import add_months, local_date, local_midnight
from shared.errors import Refused
from shared.events.hourbank import BalanceDepleted, BalanceLow, HoursGranted, LotExpired, LotExpiring
from shared.money import share_of

if TYPE_CHECKING:
    from shared.calendar import BusinessCalendar

FIRST_CYCLES = ("prorated", "full", "skip")
TIME = "time"  # the actor of what nobody does


class TermsUnusable(Refused):
    """A contract says something about hours that cannot be carried out."""

    status = 422
    rule = "2.2"


def open_account(terms: Terms, policy: Policy, calendar: BusinessCalendar, *, at: datetime) -> Account:
    """A new account with every lot that a contract, also a back-dated one, should have by `at` (2.2, S01).

    Warnings of days gone by are not told; a lot that is already near its end is warned of once, now.
    Raises TermsUnusable.
    """
    _check(terms)
    next_statement = first_statement(terms.start_date, calendar, at=at)
    account = Account(
        terms=terms,
        policy=policy,
        reached=terms.start_date - timedelta(days=1),
        next_cycle=_first_cycle(terms),
        next_statement=next_statement,
        stated_until=terms.start_date,
        statement_due_at=statement_due(calendar, next_statement),
    )
    today = local_date(at, terms.timezone)
    return _warn_of_lots(_go_through(account, to=today, is_past=True), today, exactly=False)


def advance(account: Account, *, at: datetime) -> Account:
    """The account after every local midnight up to `at`; each entry is dated by its own midnight (invariant 20)."""
    return _go_through(account, to=account.local_date(at), is_past=False)


def next_due_at(account: Account) -> datetime | None:
    """The next local midnight that brings a grant, an expiry or a warning; None when none ever will."""
    day = _next_day(account)
    return local_midnight(day, account.terms.timezone) if day else None


def grant(
    account: Account,
    minutes: int,
    *,
    source: str,
    effective_date: date,
    expires_date: date,
    cause: Cause,
    cycle_start: date | None = None,
) -> Account:
    """Add a lot; a top-up arms the balance's warnings again (L-31)."""
    seq = account.lots_granted + 1
    terms = LotTerms(
        id=uuid5(account.terms.contract_id, f"lot/{seq}"),
        seq=seq,
        source=source,
        cycle_start=cycle_start,
        effective_date=effective_date,
        expires_date=expires_date,
    )
    lot = Lot(terms=terms)
    account = post(replace(account, lots_granted=seq), EntryKind.GRANT, minutes, lot=lot, cause=cause, reason=source)
    account = replace(account, alert=min(account.alert, _level(account)))
    fact = HoursGranted(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        lot_id=terms.id,
        cycle_start=cycle_start,
        minutes=minutes,
        effective_date=effective_date,
        expires_date=expires_date,
        source=source,
        available_after=account.available_minutes,
    )
    return tell(account, fact)


def expire(account: Account, lot: Lot, minutes: int, *, reason: str, cause: Cause) -> Account:
    """Let available minutes of a lot lapse: an event of the balance, never of an invoice (2.11)."""
    account = post(account, EntryKind.EXPIRE, minutes, lot=lot, cause=cause, reason=reason)
    fact = LotExpired(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        lot_id=lot.id,
        minutes=minutes,
        expires_date=lot.terms.expires_date,
        reason=reason,
    )
    return tell(account, fact)


def warn_of_balance(account: Account, *, available_before: int) -> Account:
    """Tell that the balance became low or nothing, once per crossing since the last top-up (2.3, L-31).

    The threshold of 180 minutes a month at 20 % is 36 minutes.
    """
    level = _level(account)
    if level <= account.alert or account.available_minutes >= available_before:
        return account
    ids = {"contract_id": account.terms.contract_id, "organization_id": account.terms.organization_id}
    fact = (
        BalanceDepleted(**ids, held_minutes=account.held_minutes)
        if level is Alert.DEPLETED
        else BalanceLow(
            **ids, available_minutes=account.available_minutes, threshold_minutes=low_threshold_minutes(account)
        )
    )
    return tell(replace(account, alert=level), fact)


def low_threshold_minutes(account: Account) -> int:
    """The balance at or under which the customer is told that it is low: a share of a month's package."""
    return share_of(account.terms.monthly_minutes, account.policy.low_percent, 100)


def first_grant_minutes(terms: Terms) -> int:
    """The first cycle's minutes: the month's, prorated by the days left with the start among them (2.2, S20).

    >>> from uuid import UUID
    >>> basic = Terms(contract_id=UUID(int=1), organization_id=UUID(int=2), plan_code="BASIC", monthly_minutes=420,
    ...               validity_months=12, hour_price_cents=23000, first_cycle="prorated",
    ...               start_date=date(2026, 11, 10), timezone="America/Sao_Paulo")
    >>> first_grant_minutes(basic), first_grant_minutes(replace(basic, first_cycle="full"))
    (294, 420)
    """
    days = monthrange(terms.start_date.year, terms.start_date.month)[1]
    left = days - terms.start_date.day + 1
    return share_of(terms.monthly_minutes, left, days) if terms.first_cycle == "prorated" else terms.monthly_minutes


def _check(terms: Terms) -> None:
    if terms.monthly_minutes < 0 or terms.hour_price_cents < 0:
        raise TermsUnusable("neither minutes nor prices can be negative", field="monthly_minutes")
    if terms.monthly_minutes > 0 and terms.validity_months < 1:
        raise TermsUnusable("hours live for at least a month", field="validity_months")
    if terms.first_cycle not in FIRST_CYCLES:
        raise TermsUnusable(f"a first cycle is one of {', '.join(FIRST_CYCLES)}", field="first_cycle")


def _first_cycle(terms: Terms) -> date | None:
    if terms.monthly_minutes == 0:
        return None  # a plan without hours (B41): nothing is ever granted
    return month_after(terms.start_date) if terms.first_cycle == "skip" else terms.start_date


def _next_day(account: Account) -> date | None:
    """The next local date after the one reached whose midnight has something to do."""
    days = [account.next_cycle] if account.next_cycle else []
    for lot in account.lots:
        if lot.available_minutes > 0:
            ends = lot.terms.expires_date
            days += [ends, *(ends - timedelta(days=ahead) for ahead in account.policy.expiring_days)]
    return min((day for day in days if day > account.reached), default=None)


def _go_through(account: Account, *, to: date, is_past: bool) -> Account:
    while (day := _next_day(account)) is not None and day <= to:
        account = replace(_midnight(account, day, is_past=is_past), reached=day)
    return replace(account, reached=max(account.reached, to))


def _midnight(account: Account, day: date, *, is_past: bool) -> Account:
    midnight = local_midnight(day, account.terms.timezone)
    cause = Cause(caused_by=f"midnight of {day}", actor=TIME, occurred_at=midnight)
    available_before = account.available_minutes
    account = _expire_lots(account, day, cause)
    account = _grant_cycle(account, day, cause)
    if is_past:
        return account
    account = _warn_of_lots(account, day, exactly=True)
    return warn_of_balance(account, available_before=available_before)


def _expire_lots(account: Account, day: date, cause: Cause) -> Account:
    """Held minutes do not expire while the hold lives (2.3)."""
    for lot in account.lots:
        if lot.terms.expires_date <= day and lot.available_minutes > 0:
            account = expire(account, lot, lot.available_minutes, reason="validity", cause=cause)
    return account


def _grant_cycle(account: Account, day: date, cause: Cause) -> Account:
    """One grant per calendar month of the contract's zone (N4), known by the first day of that month."""
    if account.next_cycle != day:
        return account
    terms = account.terms
    minutes = first_grant_minutes(terms) if day == terms.start_date else terms.monthly_minutes
    account = replace(account, next_cycle=month_after(day))
    if minutes == 0:
        return account  # so little of a small package that it rounds to nothing
    return grant(
        account,
        minutes,
        source="plan",
        effective_date=day,
        expires_date=add_months(day, terms.validity_months),
        cycle_start=day.replace(day=1),
        cause=cause,
    )


def _warn_of_lots(account: Account, day: date, *, exactly: bool) -> Account:
    """Tell of lots that lapse in 60, 30, 7 days, of what would lapse as things are held now (2.3, L-32)."""
    for lot in account.lots:
        days_left = (lot.terms.expires_date - day).days
        is_near = 0 < days_left <= max(account.policy.expiring_days, default=0)
        is_time = days_left in account.policy.expiring_days if exactly else is_near
        if is_time and lot.available_minutes > 0:
            fact = LotExpiring(
                contract_id=account.terms.contract_id,
                organization_id=account.terms.organization_id,
                lot_id=lot.id,
                minutes=lot.available_minutes,
                expires_date=lot.terms.expires_date,
                days_left=days_left,
            )
            account = tell(account, fact)
    return account


def _level(account: Account) -> Alert:
    if account.available_minutes == 0:
        return Alert.DEPLETED
    return Alert.LOW if account.available_minutes <= low_threshold_minutes(account) else Alert.NONE
