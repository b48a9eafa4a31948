"""Close = debit (2.5): capture what is held, give back the rest, use what is available; what is missing is overage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid5

from services.hourbank.domain.account import HoldState, keep_hold, post, tell
from services.hourbank.domain.holds import Piece, by_lot, draw, give_back, pieces_of
from services.hourbank.domain.ledger import EntryKind, Work
from services.hourbank.domain.lots import warn_of_balance
from services.hourbank.domain.statements import period_of
from shared.errors import Refused
from shared.events.hourbank import HoursDebited, LotShare, OverageAccrued
from shared.money import price_of_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from services.hourbank.domain.account import Account, Hold
    from services.hourbank.domain.ledger import Cause


class ApprovalPending(Refused):
    """An estimate of the ticket waits for the customer's answer (2.5, S02)."""

    rule = "2.5"


class ApprovalRequired(Refused):
    """More minutes are to be debited than were approved: ask for more, or write the difference off (2.5.1, S11)."""

    rule = "2.5.1"


class DebitDiffers(Refused):
    """The same closing comes again and says something else (invariant 13)."""

    rule = "invariant 13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """What is to be debited: `minutes` = actual after rounding, less what was written off (2.5)."""

    ticket_id: UUID
    ticket_number: int
    round: int
    minutes: int
    minutes_written_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overage:
    """Minutes of one tranche that no lot paid, at its own rate: one invoice line, rounded once."""

    id: UUID
    tranche: int
    minutes: int
    hour_price_cents: int
    cents: int
    billing_month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """How a closing was paid: by which lots, and what was over. One per ticket and round."""

    ticket_id: UUID
    ticket_number: int
    round: int
    minutes: int
    minutes_written_off: int
    by_lot: tuple[LotShare, ...]
    overages: tuple[Overage, ...]
    debited_at: datetime
    local_date: date

    @property
    def minutes_over(self) -> int:
        """What no lot paid."""
        return sum(overage.minutes for overage in self.overages)


def debit(account: Account, close: Close, *, cause: Cause) -> tuple[Account, Debit]:
    """Debit a closed ticket (2.5.1-2.5.6): 330 minutes with 180 held and 150 approved beyond them are 180 and 150.

    Raises ApprovalPending, ApprovalRequired; then nothing was changed.
    """
    tranches = [one for one in account.holds if (one.ticket_id, one.round) == (close.ticket_id, close.round)]
    tranches = sorted((one for one in tranches if one.is_open), key=lambda one: one.number)
    _must_be_approved(tranches, close)
    today = account.local_date(cause.occurred_at)
    available_before = account.available_minutes
    account, captured = _capture(account, tranches, close, cause)
    missing = close.minutes - sum(share.minutes for share in captured)
    work = Work(ticket_id=close.ticket_id, round=close.round)
    account, consumed = draw(account, EntryKind.CONSUME, missing, work=work, on=today, cause=cause)
    missing -= sum(share.minutes for share in consumed)
    account, overages = _accrue(account, tranches, missing, close=close, month=period_of(today), cause=cause)
    paid = Debit(
        ticket_id=close.ticket_id,
        ticket_number=close.ticket_number,
        round=close.round,
        minutes=close.minutes,
        minutes_written_off=close.minutes_written_off,
        by_lot=by_lot(account, [*captured, *consumed]),
        overages=overages,
        debited_at=cause.occurred_at,
        local_date=max(today, account.stated_until),
    )
    in_lots = sum(share.minutes for share in paid.by_lot)
    assert in_lots + paid.minutes_over == close.minutes, "invariant 6: what was worked is paid or over"
    return warn_of_balance(_tell(account, paid), available_before=available_before), paid


def overage_id(ticket_id: UUID, round_number: int, tranche: int) -> UUID:
    """The id of a tranche's overage: one, however often its closing is told."""
    return uuid5(ticket_id, f"overage/{round_number}/{tranche}")


def check_repeat(known: Debit, close: Close) -> None:
    """A closing that was debited before changes nothing. Raises DebitDiffers when it says something else (S26)."""
    if (known.minutes, known.minutes_written_off) != (close.minutes, close.minutes_written_off):
        raise DebitDiffers(f"round {close.round} of this ticket was debited with {known.minutes} minutes before")


def _must_be_approved(tranches: Sequence[Hold], close: Close) -> None:
    if any(one.state is HoldState.WAITING for one in tranches):
        raise ApprovalPending("an estimate of this ticket still waits for its answer")
    limit = sum(one.minutes for one in tranches)
    if close.minutes > limit:
        raise ApprovalRequired(f"{close.minutes} minutes are to be debited and {limit} are approved", field="minutes")


def _capture(account: Account, tranches: Sequence[Hold], close: Close, cause: Cause) -> tuple[Account, list[LotShare]]:
    """Capture the ticket's holds, what dies first first, up to what was worked, and give back the rest."""
    pieces = pieces_of(account, tranches)
    for one in tranches:
        account = keep_hold(account, replace(one, state=HoldState.SETTLED, shares=(), remind_at=None))
    left = close.minutes
    captured: list[LotShare] = []
    rest: list[Piece] = []
    for piece in pieces:
        lot = account.lot(piece.share.lot_id)
        take = min(left, piece.share.minutes)
        if take > 0:
            account = post(account, EntryKind.CAPTURE, take, lot=lot, work=piece.work, cause=cause)
            captured.append(lot.share(take))
            left -= take
        if take < piece.share.minutes:
            rest.append(replace(piece, share=lot.share(piece.share.minutes - take)))
    account = give_back(account, rest, ticket_id=close.ticket_id, reason="closed", cause=cause)
    return account, captured


def _accrue(
    account: Account, tranches: Sequence[Hold], minutes: int, *, close: Close, month: str, cause: Cause
) -> tuple[Account, tuple[Overage, ...]]:
    """Charge what is missing to the approved tranches in their order, each at its own rate (invariant 7)."""
    overages = []
    for tranche in tranches:
        over = min(minutes, tranche.minutes_over)
        if over > 0:
            overage = Overage(
                id=overage_id(close.ticket_id, close.round, tranche.number),
                tranche=tranche.number,
                minutes=over,
                hour_price_cents=tranche.hour_price_cents,
                cents=price_of_minutes(over, tranche.hour_price_cents),
                billing_month=month,
            )
            account = post(
                account,
                EntryKind.OVERAGE,
                over,
                work=Work(ticket_id=close.ticket_id, round=close.round, estimate_id=tranche.estimate_id),
                tranche=tranche.number,
                hour_price_cents=tranche.hour_price_cents,
                cause=cause,
            )
            overages.append(overage)
            minutes -= over
    assert minutes == 0, "no overage without approval (invariant 7)"
    return account, tuple(overages)


def _tell(account: Account, paid: Debit) -> Account:
    contract_id, organization_id = account.terms.contract_id, account.terms.organization_id
    debited = HoursDebited(
        contract_id=contract_id,
        organization_id=organization_id,
        ticket_id=paid.ticket_id,
        round=paid.round,
        minutes=paid.minutes,
        minutes_written_off=paid.minutes_written_off,
        minutes_over=paid.minutes_over,
        by_lot=paid.by_lot,
        balance_after=account.balance_minutes,
        debited_at=paid.debited_at,
    )
    account = tell(account, debited)
    for overage in paid.overages:
        accrued = OverageAccrued(
            contract_id=contract_id,
            organization_id=organization_id,
            overage_id=overage.id,
            ticket_id=paid.ticket_id,
            ticket_number=paid.ticket_number,
            round=paid.round,
            minutes=overage.minutes,
            hour_price_cents=overage.hour_price_cents,
            cents=overage.cents,
            billing_month=overage.billing_month,
            accrued_at=paid.debited_at,
        )
        account = tell(account, accrued)
    return account
