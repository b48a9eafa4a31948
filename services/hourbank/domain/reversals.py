"""Reversals (2.7): minutes of a closed round are taken back in the reverse order of its debit, never edited."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.hourbank.domain.account import post, tell
from services.hourbank.domain.ledger import EntryKind, Work
from services.hourbank.domain.lots import TERMINATION, expire
from services.hourbank.domain.purchases import give
from shared.errors import Invalid, Refused
from shared.events.hourbank import HoursReversed, LotShare, OverageReversed
from shared.money import price_of_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.debits import Debit, Overage
    from services.hourbank.domain.ledger import Cause

GRACE_DAYS = 30  # what comes back after its lot's end lives so long (2.7, S25)


class ReversalExceedsDebit(Refused):
    """More is to be taken back than is still debited (invariant 14)."""

    status = 422
    rule = "invariant 14"


class RoundDisputed(Refused):
    """The customer disputes the invoice line of this round: its outcome decides (2.7)."""

    rule = "2.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversedOverage:
    """Minutes of one tranche that are no longer charged, and what they had cost."""

    overage_id: UUID
    minutes: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be taken back of a round: of one overage alone where a dispute was accepted, else of all of it."""

    id: UUID
    minutes: int
    reason: str
    overage_id: UUID | None = None
    dispute_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What was taken back: `minutes` = those of `overages` and of `by_lot` together.

    Of `by_lot`, `corrections` stand for lots that had ended, and `forfeited_minutes` lapsed with the contract (2.9).
    """

    id: UUID
    ticket_id: UUID
    round: int
    minutes: int
    overages: tuple[ReversedOverage, ...]
    by_lot: tuple[LotShare, ...]
    corrections: tuple[LotShare, ...]
    forfeited_minutes: int
    reason: str
    actor: str
    reversed_at: datetime
    local_date: date
    dispute_id: UUID | None = None

    @property
    def minutes_over(self) -> int:
        """What is no longer charged."""
        return sum(one.minutes for one in self.overages)

    @property
    def cents(self) -> int:
        """What is no longer owed."""
        return sum(one.cents for one in self.overages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is still debited of a round: overages newest tranche first, shares latest-expiring first."""

    overages: tuple[tuple[Overage, int], ...]
    shares: tuple[LotShare, ...]

    @property
    def minutes(self) -> int:
        """All of it."""
        return sum(minutes for _, minutes in self.overages) + sum(share.minutes for share in self.shares)


def caused_by(reversal_id: UUID) -> str:
    """What the entries of a reversal name as their cause, and are known by: two may be of one instant."""
    return f"reversal {reversal_id}"


def reverse(
    account: Account, paid: Debit, earlier: Sequence[Reversal], wanted: Wanted, *, cause: Cause
) -> tuple[Account, Reversal]:
    """Take minutes of a round back: overage first, the newest tranche first, then lots, latest-expiring first.

    `account` has the lots that paid. No other ticket's debit moves. Raises Invalid, ReversalExceedsDebit.
    """
    left = left_of(paid, earlier)
    if wanted.overage_id is not None:
        only = tuple(one for one in left.overages if one[0].id == wanted.overage_id)
        left = Left(overages=only, shares=())
    _must_be_left(left, wanted)
    account, overages = _uncharge(account, paid, left, wanted, cause=cause)
    rest = wanted.minutes - sum(one.minutes for one in overages)
    account, by_lot, corrections, forfeited = _restore(account, paid, left.shares, rest, cause=cause)
    reversal = Reversal(
        id=wanted.id,
        ticket_id=paid.ticket_id,
        round=paid.round,
        minutes=wanted.minutes,
        overages=overages,
        by_lot=by_lot,
        corrections=corrections,
        forfeited_minutes=forfeited,
        reason=wanted.reason,
        actor=cause.actor,
        reversed_at=cause.occurred_at,
        local_date=max(account.local_date(cause.occurred_at), account.stated_until),
        dispute_id=wanted.dispute_id,
    )
    back = sum(share.minutes for share in by_lot)
    assert reversal.minutes_over + back == wanted.minutes, "what is taken back was over, or a lot's"
    return _tell(account, paid, reversal), reversal


def left_of(paid: Debit, earlier: Sequence[Reversal]) -> Left:
    """What is still debited of a round after what was taken back of it before, in the order of undoing (2.7)."""
    uncharged = Counter[object]()
    for one in earlier:
        uncharged.update({over.overage_id: over.minutes for over in one.overages})
        uncharged.update({share.lot_id: share.minutes for share in one.by_lot})
    overages = sorted(paid.overages, key=lambda one: one.tranche, reverse=True)
    return Left(
        overages=tuple((one, one.minutes - uncharged[one.id]) for one in overages),
        shares=tuple(
            LotShare(
                lot_id=share.lot_id,
                effective_date=share.effective_date,
                expires_date=share.expires_date,
                minutes=share.minutes - uncharged[share.lot_id],
            )
            for share in reversed(paid.by_lot)
        ),
    )


def _must_be_left(left: Left, wanted: Wanted) -> None:
    if wanted.minutes < 1:
        raise Invalid("at least a minute is taken back", field="minutes")
    if wanted.minutes > left.minutes:
        raise ReversalExceedsDebit(
            f"{wanted.minutes} minutes are to be taken back and {left.minutes} are debited", field="minutes"
        )


def _uncharge(
    account: Account, paid: Debit, left: Left, wanted: Wanted, *, cause: Cause
) -> tuple[Account, tuple[ReversedOverage, ...]]:
    """Take overage back; cents are the price before less the price after, so that all of it gives all back."""
    missing, done = wanted.minutes, []
    for overage, minutes in left.overages:
        take = min(missing, minutes)
        if take > 0:
            rate = overage.hour_price_cents
            account = post(
                account,
                EntryKind.OVERAGE_REVERSED,
                take,
                work=Work(ticket_id=paid.ticket_id, round=paid.round),
                tranche=overage.tranche,
                hour_price_cents=rate,
                reason="reversal",
                cause=cause,
            )
            cents = price_of_minutes(minutes, rate) - price_of_minutes(minutes - take, rate)
            done.append(ReversedOverage(overage_id=overage.id, minutes=take, cents=cents))
            missing -= take
    return account, tuple(done)


def _restore(
    account: Account, paid: Debit, shares: Sequence[LotShare], missing: int, *, cause: Cause
) -> tuple[Account, tuple[LotShare, ...], tuple[LotShare, ...], int]:
    """Give minutes back to the lots that paid; those of a lot that has ended come back as a correction (S25)."""
    work = Work(ticket_id=paid.ticket_id, round=paid.round)
    by_lot, corrections, forfeited = [], [], 0
    for share in shares:
        take = min(missing, share.minutes)
        if take == 0:
            continue
        missing -= take
        lot = account.lot(share.lot_id)
        by_lot.append(lot.share(take))
        account = post(account, EntryKind.RESTORE, take, lot=lot, work=work, reason="reversal", cause=cause)
        has_expired = lot.terms.expires_date <= account.reached
        if account.forfeits or (has_expired and account.has_ended):
            account = expire(account, account.lot(lot.id), take, reason=TERMINATION, cause=cause)
            forfeited += take
        elif has_expired:
            account = expire(account, account.lot(lot.id), take, reason="reversed_after_expiry", cause=cause)
            known = account.lots_granted
            account = give(account, take, days=GRACE_DAYS, cause=cause)
            corrections += [one.share(take) for one in account.lots if one.terms.seq == known + 1]
    return account, tuple(by_lot), tuple(corrections), forfeited


def _tell(account: Account, paid: Debit, reversal: Reversal) -> Account:
    ids = {"contract_id": account.terms.contract_id, "organization_id": account.terms.organization_id}
    fact = HoursReversed(
        **ids,
        reversal_id=reversal.id,
        ticket_id=reversal.ticket_id,
        round=reversal.round,
        minutes=reversal.minutes,
        minutes_over=reversal.minutes_over,
        by_lot=reversal.by_lot,
        corrections=reversal.corrections,
        forfeited_minutes=reversal.forfeited_minutes,
        reason=reversal.reason,
        balance_after=account.balance_minutes,
        reversed_at=reversal.reversed_at,
    )
    account = tell(account, fact)
    charged = {overage.id: overage for overage in paid.overages}
    for one in reversal.overages:
        overage = charged[one.overage_id]
        uncharged = OverageReversed(
            **ids,
            reversal_id=reversal.id,
            overage_id=overage.id,
            ticket_id=paid.ticket_id,
            ticket_number=paid.ticket_number,
            round=paid.round,
            minutes=one.minutes,
            hour_price_cents=overage.hour_price_cents,
            cents=one.cents,
            billing_month=overage.billing_month,
            reason=reversal.reason,
            dispute_id=reversal.dispute_id,
            reversed_at=reversal.reversed_at,
        )
        account = tell(account, uncharged)
    return account
