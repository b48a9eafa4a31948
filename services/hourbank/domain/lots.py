"""How a lot comes in and goes (2.2, 2.3, 2.9): granted, lapsed, refunded, voided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from services.hourbank.domain.account import Account, Alert, post, tell
from services.hourbank.domain.ledger import Cause, EntryKind, Lot, LotTerms
from shared.events.hourbank import BalanceDepleted, BalanceLow, HoursGranted, HoursRefunded, LotExpired, LotVoided
from shared.money import share_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from shared.events.hourbank import LotShare

REFUND = "refund_at_plan_rate"
TERMINATION = "termination"  # the reason of what lapses with the contract


def grant(
    account: Account,
    minutes: int,
    *,
    source: str,
    effective_date: date,
    expires_date: date,
    cause: Cause,
    cycle_start: date | None = None,
    lot_id: UUID | None = None,
) -> Account:
    """Add a lot; a top-up arms the balance's warnings again (L-31). One whose end has passed lapses at once.

    So does what was bought before the contract's end and is heard of after it (invariant 19).
    """
    seq = account.lots_granted + 1
    terms = LotTerms(
        id=lot_id or uuid5(account.terms.contract_id, f"lot/{seq}"),
        seq=seq,
        source=source,
        cycle_start=cycle_start,
        effective_date=effective_date,
        expires_date=expires_date,
    )
    lot = Lot(terms=terms)
    account = post(replace(account, lots_granted=seq), EntryKind.GRANT, minutes, lot=lot, cause=cause, reason=source)
    account = replace(account, alert=min(account.alert, level_of(account)))
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
    return _lapse_at_once(tell(account, fact), terms.id, cause=cause)


def _lapse_at_once(account: Account, lot_id: UUID, *, cause: Cause) -> Account:
    """What came too late to be used, for its own end or the contract's."""
    lot = account.lot(lot_id)
    if lot.terms.expires_date <= account.reached:
        return expire(account, lot, lot.available_minutes, reason="validity", cause=cause)
    if account.forfeits:
        account = expire(account, lot, lot.available_minutes, reason=TERMINATION, cause=cause)
        return refund(account, [lot.share(lot.available_minutes)], cause=cause)
    return account


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


def void(account: Account, lot: Lot, minutes: int, *, reason: str, cause: Cause, purchase_id: UUID | None) -> Account:
    """Take available minutes back that should not have come in."""
    account = post(account, EntryKind.VOID, minutes, lot=lot, cause=cause, reason=reason)
    fact = LotVoided(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        lot_id=lot.id,
        purchase_id=purchase_id,
        minutes=minutes,
    )
    return tell(account, fact)


def refund(account: Account, lapsed: Sequence[LotShare], *, cause: Cause) -> Account:
    """Tell that minutes which lapsed with the contract are paid back, at the rate of its last plan, rounded once (2.9).

    That is the plan of its last day: what was to change with the day of the end never held. A plan without hours has no
    rate: nothing is paid back.
    """
    ends_on = account.agreed.ends_on
    if not lapsed or account.agreed.on_termination != REFUND or ends_on is None:
        return account
    plan = account.plan_on(ends_on - timedelta(days=1))
    if plan.monthly_minutes == 0:
        return account
    minutes = sum(share.minutes for share in lapsed)
    fact = HoursRefunded(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        minutes=minutes,
        by_lot=tuple(lapsed),
        plan_price_cents=plan.price_cents,
        monthly_minutes=plan.monthly_minutes,
        cents=share_of(minutes * plan.price_cents, 1, plan.monthly_minutes),
        refunded_at=cause.occurred_at,
    )
    return tell(account, fact)


def warn_of_balance(account: Account, *, available_before: int) -> Account:
    """Tell that the balance became low or nothing, once per crossing since the last top-up (2.3, L-31).

    The threshold of 180 minutes a month at 20 % is 36 minutes.
    """
    level = level_of(account)
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
    return share_of(account.plan.monthly_minutes, account.policy.low_percent, 100)


def level_of(account: Account) -> Alert:
    """How little there is."""
    if account.available_minutes == 0:
        return Alert.DEPLETED
    return Alert.LOW if account.available_minutes <= low_threshold_minutes(account) else Alert.NONE
