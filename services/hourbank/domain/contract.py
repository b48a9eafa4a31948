"""What a contract agrees on after its activation: another plan, other prices, an end, a suspension, a paid fee."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.hourbank.domain.cycles import due_minutes, grant_month
from services.hourbank.domain.endings import end_contract, tell_of_the_end
from services.hourbank.domain.lots import grant, void, warn_of_balance
from services.hourbank.domain.statements import month_after
from shared.calendar import add_months
from shared.errors import Refused

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.agreed import Agreed, Change
    from services.hourbank.domain.ledger import Cause

UPGRADE = "upgrade"
OF_THE_PLAN = ("plan", UPGRADE)


class ChangeDiffers(Refused):
    """The same change of plan comes again and says something else (invariant 13)."""

    rule = "invariant 13"


def change_terms(account: Account, change: Change, *, cause: Cause) -> Account:
    """Another plan or other prices from a local date on; lots that there are keep their dates (2.8, 3.9).

    An immediate upgrade brings the rest of the month at once, and so does a change that is heard after its first
    midnight. Told again it changes nothing. Raises ChangeDiffers.
    """
    agreed = account.agreed
    if change in agreed.changes:
        return account
    if change.id is not None and any(one.id == change.id for one in agreed.changes):
        raise ChangeDiffers(f"the change {change.id} was told before, and said something else")
    changes = sorted((*agreed.changes, change), key=lambda one: (one.effective_date, one.decided_at))
    account = _agree(account, replace(agreed, changes=tuple(changes)))
    if account.next_cycle is None and change.monthly_minutes and not account.has_ended:
        account = replace(account, next_cycle=month_after(max(account.reached, account.terms.start_date)))
    return settle_month(account, cause=cause)


def withdraw_change(account: Account, change_id: UUID, *, cause: Cause) -> Account:
    """A change of plan that will not be. One that is not known changes nothing."""
    kept = tuple(one for one in account.agreed.changes if one.id != change_id)
    return settle_month(_agree(account, replace(account.agreed, changes=kept)), cause=cause)


def cancel_contract(account: Account, ends_on: date, *, on_termination: str, cause: Cause) -> Account:
    """Notice was given: the last month is prorated, and the customer is told at once what there is (2.9).

    What was granted too much for the last month goes, as far as nobody has used it. Notice that is heard on the day of
    the end, or after it, ends the contract now: what lapses then is what that month was due. Told again it changes
    nothing.
    """
    agreed = replace(account.agreed, ends_on=ends_on, on_termination=on_termination)
    if agreed == account.agreed:
        return account
    if account.has_ended:
        account = settle_month(_agree(account, agreed), cause=cause)
        return account if account.has_ended else tell_of_the_end(account, account.reached)
    account = _settle(_agree(account, agreed), cause=cause)
    return end_contract(account, cause=cause) if account.has_ended else tell_of_the_end(account, account.reached)


def withdraw_cancellation(account: Account, *, cause: Cause) -> Account:
    """The contract goes on: what the last month was to lose comes back, and the grants go on."""
    had_ended = account.has_ended
    account = _agree(account, replace(account.agreed, ends_on=None, on_termination=account.terms.on_termination))
    if had_ended and account.plan.monthly_minutes > 0:
        account = replace(account, next_cycle=month_after(account.reached))
    return settle_month(account, cause=cause)


def suspend(account: Account, *, stops_grants: bool, at: datetime) -> Account:
    """Nothing new is estimated from now on; grants go on unless this stops them (2.9)."""
    return _agree(account, replace(account.agreed, suspended_at=at, stops_grants=stops_grants))


def resume(account: Account) -> Account:
    """The suspension is over. A month that began in it and was not granted stays without (2.9)."""
    return _agree(account, replace(account.agreed, suspended_at=None, stops_grants=False))


def fee_paid(account: Account, cycle: date, *, cause: Cause) -> Account:
    """The fee of a month was paid: where grants wait for it, the month is granted now, or when it begins (2.2).

    Its year counts from its own first day, however late it was paid. Paid again it changes nothing.
    """
    agreed = account.agreed
    if not account.terms.grant_requires_payment or cycle in agreed.paid:
        return account
    if cycle not in agreed.unpaid:
        is_to_come = account.next_cycle is not None and cycle >= account.next_cycle.replace(day=1)
        return _agree(account, replace(agreed, paid=(*agreed.paid, cycle))) if is_to_come else account
    unpaid = tuple(one for one in agreed.unpaid if one != cycle)
    account = _agree(account, replace(agreed, unpaid=unpaid))
    return account if account.has_ended else grant_month(account, cycle, day=account.reached, cause=cause)


def settle_month(account: Account, *, cause: Cause) -> Account:
    """Bring the month at hand to what it is due: grant what is missing, take back what is too much and not used.

    So an upgrade on 16 November from 180 to 420 minutes grants round_half_up(240 x 15 / 30) = 120 (S19).
    """
    return account if account.has_ended else _settle(account, cause=cause)


def _settle(account: Account, *, cause: Cause) -> Account:
    granted = account.cycle_minutes
    if granted is None or account.reached < account.terms.start_date:
        return account
    cycle = account.reached.replace(day=1)
    more = due_minutes(account, cycle) - granted
    if more > 0:
        account = replace(account, cycle_minutes=granted + more)
        today = account.reached
        expires_date = add_months(today, account.plan.validity_months)
        return grant(account, more, source=UPGRADE, effective_date=today, expires_date=expires_date, cause=cause)
    return _take_back(account, -more, cycle, cause=cause)


def _take_back(account: Account, minutes: int, cycle: date, *, cause: Cause) -> Account:
    """Void what is available of the month's own lots, the newest first."""
    available_before = account.available_minutes
    for lot in sorted(account.lots, key=lambda one: one.terms.seq, reverse=True):
        is_of_the_month = lot.terms.source in OF_THE_PLAN and lot.terms.effective_date >= cycle
        take = min(minutes, lot.available_minutes) if is_of_the_month else 0
        if take > 0:
            account = void(account, lot, take, reason="prorated", cause=cause, purchase_id=None)
            account = replace(account, cycle_minutes=(account.cycle_minutes or 0) - take)
            minutes -= take
    return warn_of_balance(account, available_before=available_before)


def _agree(account: Account, agreed: Agreed) -> Account:
    return replace(account, agreed=agreed)
