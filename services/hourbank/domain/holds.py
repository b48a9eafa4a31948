"""Estimates: hold what there is at once, pin the rate at approval, give back what was not wanted (2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from services.hourbank.domain.account import Hold, HoldState, find_hold, keep_hold, post, tell
from services.hourbank.domain.ledger import EntryKind, Work
from services.hourbank.domain.lots import TERMINATION, expire, refund, warn_of_balance
from shared.errors import Refused
from shared.events.hourbank import HoldRefused, HoldUntouched, HoursHeld, HoursReleased, LotShare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.ledger import Cause, Lot


class EstimateUnknown(Refused):
    """An answer speaks of an estimate that was never published here."""

    rule = "2.4"


class EstimateDiffers(Refused):
    """The same estimate comes again and says something else (invariant 13)."""

    rule = "invariant 13"


class EstimateAnswered(Refused):
    """The estimate has had its answer, or its ticket its end."""

    rule = "2.4"


class ApprovalDiffers(Refused):
    """What was approved is not what was quoted (S35, B-09)."""

    rule = "2.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What ticketing published: `number` counts within the ticket, `round` its reopenings."""

    estimate_id: UUID
    ticket_id: UUID
    round: int
    number: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the customer agreed to."""

    estimate_id: UUID
    minutes: int
    minutes_over: int
    hour_price_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Minutes of one lot that lie held for one estimate."""

    hold: Hold
    share: LotShare

    @property
    def work(self) -> Work:
        """What an entry about it is about."""
        return work_of(self.hold)


def hold(account: Account, estimate: Estimate, *, cause: Cause) -> Account:
    """Hold min(available, estimate) at once; the rest would be overage at today's price (2.4.2).

    Published again it changes nothing; raises EstimateDiffers when it then says something else. An estimate before
    the contract's first day, in a suspension or after the end is refused as a fact: HoldRefused (2.9).
    """
    known = find_hold(account, estimate.estimate_id)
    if known is not None:
        _must_be_the_same(known, estimate)
        return account
    today = account.local_date(cause.occurred_at)
    refused = _why_not(account, estimate, today, cause)
    if refused is not None:
        return _refuse(account, estimate, refused, cause)
    available_before = account.available_minutes
    work = Work(ticket_id=estimate.ticket_id, round=estimate.round, estimate_id=estimate.estimate_id)
    account, shares = draw(account, EntryKind.HOLD, estimate.minutes, work=work, on=today, cause=cause)
    held = Hold(
        estimate_id=estimate.estimate_id,
        ticket_id=estimate.ticket_id,
        round=estimate.round,
        number=estimate.number,
        state=HoldState.WAITING,
        minutes=estimate.minutes,
        minutes_over=estimate.minutes - sum(share.minutes for share in shares),
        hour_price_cents=account.plan_on(today).hour_price_cents,
        shares=shares,
        published_at=cause.occurred_at,
    )
    account = tell(_touch(keep_hold(account, held), held.ticket_id, cause.occurred_at), _held(account, held))
    return warn_of_balance(account, available_before=available_before)


def approve(account: Account, approval: Approval, *, at: datetime) -> Account:
    """Make a tranche of an estimate: its overage is authorised, at the rate that was quoted (2.4.6, S35).

    Raises EstimateUnknown, ApprovalDiffers, EstimateAnswered. Approved again it changes nothing.
    """
    held = _known(account, approval.estimate_id)
    quoted = (held.minutes, held.minutes_over, held.hour_price_cents if held.minutes_over else None)
    rate = approval.hour_price_cents if approval.minutes_over else None  # nothing over: no rate was agreed
    if (approval.minutes, approval.minutes_over, rate) != quoted:
        raise ApprovalDiffers(
            f"approved were {approval.minutes} minutes, {approval.minutes_over} of them over at"
            f" {approval.hour_price_cents} cents an hour; quoted were {held.minutes}, {held.minutes_over} over at"
            f" {held.hour_price_cents}"
        )
    if held.state is HoldState.APPROVED:
        return account
    if held.state is not HoldState.WAITING:
        raise EstimateAnswered(f"the estimate is {held.state} and can no longer be approved")
    return _touch(keep_hold(account, replace(held, state=HoldState.APPROVED)), held.ticket_id, at)


def release(account: Account, estimate_id: UUID, *, reason: str, cause: Cause) -> Account:
    """Give back the hold of one estimate: it was declined, expired or superseded (2.4.4, 2.4.5, S11, S17).

    Raises EstimateUnknown, or EstimateAnswered when it had been approved. Released again it changes nothing.
    """
    held = _known(account, estimate_id)
    if held.state in (HoldState.RELEASED, HoldState.REFUSED):
        return account
    if held.state is not HoldState.WAITING:
        raise EstimateAnswered(f"the estimate is {held.state} and can no longer be {reason}")
    pieces = pieces_of(account, [held])
    account = keep_hold(account, replace(held, state=HoldState.RELEASED, shares=(), remind_at=None))
    return give_back(account, pieces, ticket_id=held.ticket_id, estimate_id=estimate_id, reason=reason, cause=cause)


def withdraw(account: Account, estimate_id: UUID, *, cause: Cause) -> Account:
    """Give back the hold of an estimate whose approval the customer took back before work began (A-03).

    Its overage is authorised no more. Raises EstimateUnknown, or EstimateAnswered for what was debited or not approved.
    """
    held = _known(account, estimate_id)
    if held.state is HoldState.RELEASED:
        return account
    if held.state is not HoldState.APPROVED:
        raise EstimateAnswered(f"the estimate is {held.state}: there is no approval to take back")
    pieces = pieces_of(account, [held])
    account = keep_hold(account, replace(held, state=HoldState.RELEASED, shares=(), remind_at=None))
    return give_back(
        account, pieces, ticket_id=held.ticket_id, estimate_id=estimate_id, reason="withdrawn", cause=cause
    )


def cancel(account: Account, ticket_id: UUID, *, cause: Cause) -> Account:
    """Give back every hold of a ticket that was given up, approved ones too."""
    held = [one for one in account.holds if one.ticket_id == ticket_id and one.is_open]
    pieces = pieces_of(account, held)
    for one in held:
        account = keep_hold(account, replace(one, state=HoldState.RELEASED, shares=(), remind_at=None))
    return give_back(account, pieces, ticket_id=ticket_id, reason="cancelled", cause=cause)


def remind_of_hold(account: Account, ticket_id: UUID, *, at: datetime) -> Account:
    """Tell once that nothing has happened to what is held for a ticket for so many days; it stays held (2.3)."""
    held = [one for one in account.holds if one.ticket_id == ticket_id and one.is_open]
    due = [one for one in held if one.remind_at is not None and one.remind_at <= at]
    for one in held:
        account = keep_hold(account, replace(one, remind_at=None))
    if not due:
        return account
    fact = HoldUntouched(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        ticket_id=ticket_id,
        minutes=sum(one.minutes_held for one in held),
        days=account.policy.untouched_days,
    )
    return tell(account, fact)


def draw(
    account: Account, kind: EntryKind, minutes: int, *, work: Work, on: date, cause: Cause
) -> tuple[Account, tuple[LotShare, ...]]:
    """Take up to so many available minutes, what dies first first, of lots usable on a local date (2.3, L-19).

    A fact of yesterday that is heard after midnight does not take from the lot that came at midnight (L-08).
    """
    shares = []
    for lot in account.lots:
        take = min(minutes, lot.available_minutes) if lot.terms.effective_date <= on else 0
        if take > 0:
            account = post(account, kind, take, lot=lot, work=work, cause=cause)
            shares.append(lot.share(take))
            minutes -= take
    return account, tuple(shares)


def give_back(
    account: Account,
    pieces: Sequence[Piece],
    *,
    ticket_id: UUID,
    reason: str,
    cause: Cause,
    estimate_id: UUID | None = None,
) -> Account:
    """Release held minutes, latest-expiring first; what comes back after its lot's end expires at once (2.3, S08).

    What comes back after the contract's end lapses with it (2.9).
    """
    lapsed = []
    for piece in reversed(pieces):
        lot, minutes = account.lot(piece.share.lot_id), piece.share.minutes
        account = post(account, EntryKind.RELEASE, minutes, lot=lot, work=piece.work, reason=reason, cause=cause)
        returned = account.lot(lot.id)
        if lot.terms.expires_date <= account.reached:
            account = expire(account, returned, minutes, reason="released_after_expiry", cause=cause)
        elif account.forfeits:
            account = expire(account, returned, minutes, reason=TERMINATION, cause=cause)
            lapsed.append(piece.share)
    account = refund(account, by_lot(account, lapsed), cause=cause)
    if not pieces:
        return account
    fact = HoursReleased(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        ticket_id=ticket_id,
        estimate_id=estimate_id,
        minutes=sum(piece.share.minutes for piece in pieces),
        by_lot=by_lot(account, [piece.share for piece in pieces]),
        reason=reason,
        available_after=account.available_minutes,
    )
    return tell(account, fact)


def pieces_of(account: Account, holds: Sequence[Hold]) -> tuple[Piece, ...]:
    """What is held for some estimates, in the order in which it is captured: what dies first first (2.5.2)."""
    pieces = [Piece(hold=one, share=share) for one in holds for share in one.shares]
    return tuple(sorted(pieces, key=lambda piece: (_lot_of(account, piece).draw_order, piece.hold.number)))


def by_lot(account: Account, shares: Sequence[LotShare]) -> tuple[LotShare, ...]:
    """Shares of the same lot made one, in draw order."""
    totals: dict[UUID, int] = {}
    for share in shares:
        totals[share.lot_id] = totals.get(share.lot_id, 0) + share.minutes
    return tuple(lot.share(totals[lot.id]) for lot in account.lots if lot.id in totals)


def work_of(held: Hold) -> Work:
    """What an entry about a hold is about."""
    return Work(ticket_id=held.ticket_id, round=held.round, estimate_id=held.estimate_id)


def _lot_of(account: Account, piece: Piece) -> Lot:
    return account.lot(piece.share.lot_id)


def _known(account: Account, estimate_id: UUID) -> Hold:
    held = find_hold(account, estimate_id)
    if held is None:
        raise EstimateUnknown(f"no estimate {estimate_id} was published to this account")
    return held


def _must_be_the_same(known: Hold, estimate: Estimate) -> None:
    if (known.ticket_id, known.minutes) != (estimate.ticket_id, estimate.minutes):
        raise EstimateDiffers(f"the estimate {estimate.estimate_id} was held for {known.minutes} minutes before")


def _held(account: Account, held: Hold) -> HoursHeld:
    return HoursHeld(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        ticket_id=held.ticket_id,
        estimate_id=held.estimate_id,
        minutes=held.minutes,
        minutes_held=held.minutes_held,
        minutes_over=held.minutes_over,
        hour_price_cents=held.hour_price_cents,
        overage_cents=held.overage_cents,
        by_lot=held.shares,
        available_after=account.available_minutes,
    )


def _touch(account: Account, ticket_id: UUID, at: datetime) -> Account:
    """Something happened to a ticket: from here on it is counted anew how long its holds lie untouched (2.3)."""
    remind_at = at + timedelta(days=account.policy.untouched_days)
    for one in account.holds:
        if one.ticket_id == ticket_id and one.is_open and one.shares:
            account = keep_hold(account, replace(one, remind_at=remind_at))
    return account


def _why_not(account: Account, estimate: Estimate, today: date, cause: Cause) -> tuple[str, str] | None:
    """The rule by which an estimate cannot be held, and a sentence; None when it can (2.9).

    Under usable_until_expiry an ended contract still gives what it has, and nothing beyond.
    """
    agreed = account.agreed
    if today < account.terms.start_date:
        return "contract_not_started", f"the contract begins on {account.terms.start_date}"
    if account.has_ended and (account.forfeits or estimate.minutes > account.available_minutes):
        return "terminated", f"the contract ended on {agreed.ends_on}"
    if agreed.suspended_at is not None and agreed.suspended_at <= cause.occurred_at:
        return "suspended", "the contract is suspended: nothing new is estimated"
    return None


def _refuse(account: Account, estimate: Estimate, why: tuple[str, str], cause: Cause) -> Account:
    refused = Hold(
        estimate_id=estimate.estimate_id,
        ticket_id=estimate.ticket_id,
        round=estimate.round,
        number=estimate.number,
        state=HoldState.REFUSED,
        minutes=estimate.minutes,
        minutes_over=0,
        hour_price_cents=account.plan.hour_price_cents,
        shares=(),
        published_at=cause.occurred_at,
    )
    rule, detail = why
    fact = HoldRefused(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        ticket_id=estimate.ticket_id,
        estimate_id=estimate.estimate_id,
        rule=rule,
        detail=detail,
    )
    return tell(keep_hold(account, refused), fact)
