"""What time brings to an account, local midnight by local midnight: expire, terminate, grant, warn, in that order."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from services.hourbank.domain.account import Account, Policy, Terms, tell
from services.hourbank.domain.agreed import ON_TERMINATION, Agreed, changed
from services.hourbank.domain.endings import NEAR_DAYS, end_contract, tell_of_the_end
from services.hourbank.domain.ledger import Cause
from services.hourbank.domain.lots import expire, grant, warn_of_balance
from services.hourbank.domain.statements import first_statement, month_after, statement_due
from shared.calendar import add_months, local_date, local_midnight
from shared.errors import Refused
from shared.events.hourbank import LotExpiring
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
        agreed=Agreed(on_termination=terms.on_termination),
        cycle_minutes=0 if terms.monthly_minutes == 0 else None,
    )
    today = local_date(at, terms.timezone)
    return _warn_of_lots(_go_through(account, to=today, is_past=True), today, exactly=False)


def advance(account: Account, *, at: datetime) -> Account:
    """The account after every local midnight up to `at`; each entry is dated by its own midnight (invariant 20)."""
    return _go_through(account, to=account.local_date(at), is_past=False)


def next_due_at(account: Account) -> datetime | None:
    """The next local midnight that brings a grant, an expiry, an end or a warning; None when none ever will."""
    day = _next_day(account)
    return local_midnight(day, account.terms.timezone) if day else None


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


def due_minutes(account: Account, cycle: date) -> int:
    """What a calendar month is to be granted by the plan, as things are agreed now (2.2, 2.8, 2.9).

    The first month is prorated, full or skipped; the last one is prorated; an upgrade in between brings the rest of
    the month by days, round_half_up((new - old) x days left, itself among them / days of the month) (S19).
    """
    terms, ends_on = account.terms, account.agreed.ends_on
    days = monthrange(cycle.year, cycle.month)[1]
    first, end = cycle, month_after(cycle)
    if first.replace(day=1) == terms.start_date.replace(day=1):
        if terms.first_cycle == "skip":
            return 0
        first = terms.start_date if terms.first_cycle == "prorated" else first
    end = min(end, ends_on) if ends_on else end
    opening = max(first, terms.start_date)
    plan = account.plan_on(opening)
    minutes = share_of(plan.monthly_minutes, max(0, (end - first).days), days)
    for change in account.agreed.changes:
        if opening < change.effective_date < end:
            after = changed(plan, change)
            more = after.monthly_minutes - plan.monthly_minutes
            if change.is_immediate and more > 0:
                minutes += share_of(more, (end - change.effective_date).days, days)
            plan = after
    return minutes


def _check(terms: Terms) -> None:
    if terms.monthly_minutes < 0 or terms.hour_price_cents < 0 or terms.plan_price_cents < 0:
        raise TermsUnusable("neither minutes nor prices can be negative", field="monthly_minutes")
    if terms.monthly_minutes > 0 and terms.validity_months < 1:
        raise TermsUnusable("hours live for at least a month", field="validity_months")
    if terms.first_cycle not in FIRST_CYCLES:
        raise TermsUnusable(f"a first cycle is one of {', '.join(FIRST_CYCLES)}", field="first_cycle")
    if terms.grants_from is not None and terms.grants_from.day != 1:
        raise TermsUnusable("hours are granted by whole months", field="grants_from")
    if terms.on_termination not in ON_TERMINATION:
        raise TermsUnusable(f"at the end it is one of {', '.join(ON_TERMINATION)}", field="on_termination")


def _first_cycle(terms: Terms) -> date | None:
    if terms.monthly_minutes == 0:
        return None  # a plan without hours (B41): nothing is granted until the plan is another one
    first = month_after(terms.start_date) if terms.first_cycle == "skip" else terms.start_date
    return max(first, terms.grants_from or first)


def _next_day(account: Account) -> date | None:
    """The next local date after the one reached whose midnight has something to do."""
    ends_on = account.agreed.ends_on
    days = [account.next_cycle] if account.next_cycle else []
    days += [ends_on, ends_on - timedelta(days=NEAR_DAYS)] if ends_on else []
    for lot in account.lots:
        if lot.available_minutes > 0:
            ends = lot.terms.expires_date
            days += [ends, *(ends - timedelta(days=ahead) for ahead in account.policy.expiring_days)]
    return min((day for day in days if day > account.reached), default=None)


def _go_through(account: Account, *, to: date, is_past: bool) -> Account:
    while (day := _next_day(account)) is not None and day <= to:
        account = _midnight(account, day, is_past=is_past)
    return replace(account, reached=max(account.reached, to))


def _midnight(account: Account, day: date, *, is_past: bool) -> Account:
    midnight = local_midnight(day, account.terms.timezone)
    cause = Cause(caused_by=f"midnight of {day}", actor=TIME, occurred_at=midnight)
    available_before = account.available_minutes
    account = _expire_lots(replace(account, reached=day), day, cause)
    if account.agreed.ends_on == day:
        account = end_contract(account, cause=cause)
    account = _grant_cycle(account, day, cause)
    if is_past:
        return account
    if account.agreed.ends_on == day + timedelta(days=NEAR_DAYS):
        account = tell_of_the_end(account, day)
    account = _warn_of_lots(account, day, exactly=True)
    return warn_of_balance(account, available_before=available_before)


def _expire_lots(account: Account, day: date, cause: Cause) -> Account:
    """Held minutes do not expire while the hold lives (2.3)."""
    for lot in account.lots:
        if lot.terms.expires_date <= day and lot.available_minutes > 0:
            account = expire(account, lot, lot.available_minutes, reason="validity", cause=cause)
    return account


def _grant_cycle(account: Account, day: date, cause: Cause) -> Account:
    """One grant per calendar month of the contract's zone (N4), known by the first day of that month.

    A month that begins in a suspension which stops grants brings nothing; one whose fee is unpaid waits (2.2, 2.9).
    """
    if account.next_cycle != day:
        return account
    cycle, agreed = day.replace(day=1), account.agreed
    account = replace(account, next_cycle=month_after(day), cycle_minutes=None)
    if agreed.stops_grants and agreed.suspended_at is not None and agreed.suspended_at <= cause.occurred_at:
        return account
    if account.terms.grant_requires_payment and cycle not in agreed.paid:
        return replace(account, agreed=replace(agreed, unpaid=(*agreed.unpaid, cycle)))
    return grant_month(account, cycle, day=day, cause=cause)


def grant_month(account: Account, cycle: date, *, day: date, cause: Cause) -> Account:
    """Grant what a month is due, usable from a day on; its year counts from the day that the month began for it."""
    begins = max(cycle, account.terms.start_date)
    minutes = due_minutes(account, cycle)
    if cycle == account.reached.replace(day=1):
        account = replace(account, cycle_minutes=minutes)
    if minutes == 0:
        return account  # so little of a small package that it rounds to nothing
    return grant(
        account,
        minutes,
        source="plan",
        effective_date=day,
        expires_date=add_months(begins, account.plan_on(begins).validity_months),
        cycle_start=cycle,
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
