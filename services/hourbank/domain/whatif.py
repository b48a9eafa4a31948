"""What one act would do, worked out on a copy by the very rules that would do it; nothing is kept and nothing told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid5

from services.hourbank.domain.contract import cancel_contract, change_terms
from services.hourbank.domain.cycles import advance
from services.hourbank.domain.holds import Estimate, hold
from services.hourbank.domain.ledger import EntryKind
from services.hourbank.domain.lots import TERMINATION
from services.hourbank.domain.purchases import ContractEnded
from services.hourbank.domain.statements import month_after
from shared.calendar import add_months, local_midnight
from shared.errors import Invalid, Refused
from shared.events.hourbank import HoldRefused, HoursHeld, HoursRefunded

if TYPE_CHECKING:
    from datetime import date

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.agreed import Change
    from services.hourbank.domain.ledger import Cause

MOST_MONTHS = 60  # every midnight on the way is gone through: so far ahead nobody signs anything


class PlanChangePending(Refused):
    """A change of plan is decided already: it is withdrawn before another one is (2.8)."""

    rule = "2.8"


class DowngradeAtOnce(Refused):
    """A smaller plan comes with the next cycle only (2.8)."""

    status = 422
    rule = "2.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The account after it, and what moved on the way there."""

    account: Account
    held: HoursHeld | None = None
    refused: HoldRefused | None = None
    granted_minutes: int = 0
    voided_minutes: int = 0
    expired_minutes: int = 0
    forfeited_minutes: int = 0
    refund_cents: int = 0


def what_if_estimated(account: Account, minutes: int, *, cause: Cause) -> Effect:
    """What an estimate would hold, and what would be over at which price (2.4.2)."""
    new = uuid5(account.terms.contract_id, "what if")
    estimate = Estimate(estimate_id=new, ticket_id=new, round=1, number=1, minutes=minutes)
    return _effect(hold(_bare(account), estimate, cause=cause))


def what_if_changed(account: Account, change: Change, *, cause: Cause) -> Effect:
    """What another plan would bring: at once, or at its first midnight (2.8).

    What billing would not decide is refused here too. Raises Invalid, ContractEnded, PlanChangePending,
    DowngradeAtOnce.
    """
    _must_be_decidable(account, change)
    return _effect(_until(change_terms(_bare(account), change, cause=cause), change.effective_date, cause))


def what_if_cancelled(account: Account, ends_on: date, *, cause: Cause) -> Effect:
    """What would be granted, lost and paid back until the contract's end, and there (2.9).

    Raises Invalid, ContractEnded.
    """
    field = "cancellation.effective_date"
    if account.has_ended:
        raise ContractEnded("the contract has ended already")
    if ends_on < max(account.reached, account.terms.start_date):
        raise Invalid("a contract ends after it has begun, and not in the past", field=field)
    _must_be_near(account, ends_on, field=field)
    what = account.agreed.on_termination
    ended = cancel_contract(_bare(account), ends_on, on_termination=what, cause=cause)
    return _effect(_until(ended, ends_on, cause))


def _must_be_decidable(account: Account, change: Change) -> None:
    day, today = change.effective_date, account.reached
    ends_on = account.agreed.ends_on
    if account.has_ended or (ends_on is not None and day >= ends_on):
        raise ContractEnded(f"this contract ends on {ends_on}, before the change would be")
    if any(one.plan_code is not None and one.effective_date > today for one in account.agreed.changes):
        raise PlanChangePending("a change of plan is decided already: withdraw it first")
    field = "plan_change.effective_date"
    if change.is_immediate:
        if today < account.terms.start_date:
            raise Invalid(f"the contract begins on {account.terms.start_date}", field="plan_change.mode")
        if day != today:
            raise Invalid("at once is today", field=field)
        if (change.monthly_minutes or 0) < account.plan.monthly_minutes:
            raise DowngradeAtOnce("a smaller plan comes with the next cycle: mode next_cycle", field="plan_change.mode")
    elif day.day != 1 or day < month_after(max(today, account.terms.start_date)):
        raise Invalid("the next cycle begins on the first of a month to come", field=field)
    _must_be_near(account, day, field=field)


def _must_be_near(account: Account, day: date, *, field: str) -> None:
    last = add_months(max(account.reached, account.terms.start_date), MOST_MONTHS)
    if day > last:
        raise Invalid(f"ask of a day until {last}", field=field)


def _bare(account: Account) -> Account:
    return replace(account, entries=(), facts=())


def _until(account: Account, day: date, cause: Cause) -> Account:
    return advance(account, at=max(cause.occurred_at, local_midnight(day, account.terms.timezone)))


def _effect(account: Account) -> Effect:
    def moved(kind: EntryKind, reason: str | None = None) -> int:
        return sum(one.minutes for one in account.entries if one.kind is kind and reason in (None, one.reason))

    return Effect(
        account=account,
        held=next((fact for fact in account.facts if isinstance(fact, HoursHeld)), None),
        refused=next((fact for fact in account.facts if isinstance(fact, HoldRefused)), None),
        granted_minutes=moved(EntryKind.GRANT),
        voided_minutes=moved(EntryKind.VOID),
        expired_minutes=moved(EntryKind.EXPIRE),
        forfeited_minutes=moved(EntryKind.EXPIRE, TERMINATION),
        refund_cents=sum(fact.cents for fact in account.facts if isinstance(fact, HoursRefunded)),
    )
