"""Estimates and approvals: no overage without the customer's yes (N17, N40-N42, domain 2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from services.ticketing.domain import refusals, reminding
from services.ticketing.domain.life import Act, awake, end_of_business_day, step
from services.ticketing.domain.values import Contract, Estimate, Kind, State, Status, Ticket
from services.ticketing.offer import Policy, Section
from shared.errors import NotFound

AUTOMATICALLY = "ticketing"  # who approved what the bank covers whole
UNANSWERED = "quote_expired"  # why a ticket waits for its customer when nobody answered a quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The bank's answer to an estimate (2.4.2): minutes held and over, centavos per hour and for what is over."""

    estimate_id: UUID
    minutes_held: int
    minutes_over: int
    hour_price_cents: int
    overage_cents: int


def publish(
    ticket: Ticket,
    *,
    estimate_id: UUID,
    minutes: int,
    justification: str | None,
    at: datetime,
    by: str,
    offer: Section,
    policy: Policy,
) -> Ticket:
    """Estimate the work, or ask for additional hours once an estimate of this round is approved (N41).

    An unanswered estimate is superseded (A-02). `policy` is fixed with the first estimate of a round (2.6).
    Raises JustificationRequired.
    """
    kind = Kind.ADDITIONAL if ticket.approved else Kind.INITIAL
    stage = step(ticket.stage, Act.ADD_HOURS if kind is Kind.ADDITIONAL else Act.ESTIMATE)
    least = offer.justification_least_characters
    if kind is Kind.ADDITIONAL and len((justification or "").strip()) < least:
        told = f"additional hours need a justification of {least} characters or more"
        raise refusals.JustificationRequired(told, field="justification")
    older = tuple(
        replace(one, state=State.SUPERSEDED, decided_at=at, decided_by=by) if one.is_pending else one
        for one in ticket.estimates
    )
    newest = Estimate(
        id=estimate_id,
        number=len(older) + 1,
        round=ticket.round,
        kind=kind,
        minutes=minutes,
        justification=(justification or "").strip() or None,
        state=State.REQUESTED,
        published_at=at,
        published_by=by,
    )
    rounding = ticket.rounding if kind is Kind.ADDITIONAL else policy
    asked = awake(ticket) if ticket.waiting_reason == UNANSWERED else ticket
    return replace(asked, stage=stage, estimates=(*older, newest), rounding=rounding)


def check_contract(contract: Contract, *, at: datetime) -> None:
    """Refuse new estimates for a contract that is over or suspended (2.9).

    Raises ContractEnded, ContractIsSuspended.
    """
    if contract.is_over(at):
        raise refusals.ContractEnded(f"the contract ended on {contract.ends_on}")
    if contract.suspended_at is not None:
        raise refusals.ContractIsSuspended("the contract is suspended: nothing new is estimated")


def answer_hold(ticket: Ticket, hold: Hold, *, at: datetime, offer: Section) -> Ticket:
    """Hear the bank: a first estimate that it covers whole approves itself, everything else is asked (N17, S10).

    An answer to an estimate that is no longer asked for changes nothing.
    """
    asked = _asked(ticket, hold.estimate_id)
    if asked is None:
        return ticket
    assert hold.minutes_held + hold.minutes_over == asked.minutes, "the bank answers for the whole estimate"
    answered = replace(
        asked,
        minutes_from_bank=hold.minutes_held,
        minutes_over=hold.minutes_over,
        hour_price_cents=hold.hour_price_cents,
        overage_cents=hold.overage_cents,
        requested_at=at,
    )
    shown = None if asked.repeats is None else estimate_of(ticket, asked.repeats)
    if shown is not None and _is_no_worse(answered, shown):  # it may be thought over as long as what was shown
        said_yes = replace(answered, decided_by=asked.published_by, valid_until=shown.valid_until)
        return _with(ticket, replace(said_yes, state=State.APPROVED, decided_at=at), Act.COVER)
    if asked.kind is Kind.INITIAL and hold.minutes_over == 0:
        approved = replace(answered, state=State.APPROVED, decided_at=at, decided_by=AUTOMATICALLY)
        return _with(ticket, approved, Act.COVER)
    valid_until = end_of_business_day(offer.calendars[offer.calendar], at, offer.quote_validity_business_days)
    remind_at = reminding.quote_due(offer, asked_at=at, valid_until=valid_until)
    waiting = replace(answered, state=State.AWAITING_APPROVAL, valid_until=valid_until, remind_at=remind_at)
    return _with(ticket, waiting, Act.ASK_APPROVAL)


def _is_no_worse(answered: Estimate, shown: Estimate) -> bool:
    """Whether the customer has said yes to these terms or worse ones after a no (A-03), at a price no lower (B-09)."""
    told = ((answered.minutes_over, shown.minutes_over), (answered.hour_price_cents, shown.hour_price_cents))
    return all((now or 0) <= (then or 0) for now, then in told)


def refuse_hold(ticket: Ticket, *, estimate_id: UUID, rule: str, detail: str, at: datetime) -> Ticket:
    """Hear that the bank holds nothing for it (contract ended, suspended): a new estimate is needed later."""
    asked = _asked(ticket, estimate_id)
    if asked is None:
        return ticket
    refused = replace(asked, state=State.REFUSED, decided_at=at, reason=f"{rule}: {detail}")
    return _with(ticket, refused, _lapse_of(asked))


def approve(ticket: Ticket, number: int, *, at: datetime, by: str) -> Ticket:
    """The customer's yes (N42), with the overage at the price that was shown (S35)."""
    open_one = _answerable(ticket, number, at=at)
    return _with(ticket, replace(open_one, state=State.APPROVED, decided_at=at, decided_by=by), Act.APPROVE)


def decline(ticket: Ticket, number: int, *, reason: str | None, at: datetime, by: str) -> Ticket:
    """The customer's no (N42): the ticket is declined (S17), or goes on within what was approved before (S11)."""
    open_one = _answerable(ticket, number, at=at)
    act = Act.DECLINE if open_one.kind is Kind.INITIAL else Act.DECLINE_HOURS
    return _with(ticket, replace(open_one, state=State.DECLINED, decided_at=at, decided_by=by, reason=reason), act)


def expire(ticket: Ticket) -> Ticket:
    """Nobody answered while the quote was valid (2.4.4): dated by its last instant.

    A first estimate leaves the ticket on hold until the customer or the team says something (A-05); additional hours
    leave the work going on within what was approved before.
    """
    pending = ticket.pending
    assert pending is not None and pending.valid_until is not None, "only a quote that was shown expires"
    lapsed = replace(pending, state=State.EXPIRED, decided_at=pending.valid_until)
    after = _with(ticket, lapsed, _lapse_of(pending))
    if pending.kind is Kind.ADDITIONAL or after.waiting is not None:
        return after
    return replace(after, waiting=Status.AWAITING_CUSTOMER, waiting_reason=UNANSWERED)


def estimate_of(ticket: Ticket, number: int) -> Estimate:
    """The estimate with this number. Raises NotFound."""
    for one in ticket.estimates:
        if one.number == number:
            return one
    raise NotFound(f"the ticket has no estimate {number}")


def replaced_number(ticket: Ticket, newest: Estimate) -> int | None:
    """The number of the estimate that the customer was asked for and that `newest` superseded unanswered (A-02)."""
    older = (one for one in reversed(ticket.estimates) if one.number < newest.number)
    superseded = takewhile(lambda one: one.state is State.SUPERSEDED, older)
    return next((one.number for one in superseded if one.requested_at is not None), None)


def _answerable(ticket: Ticket, number: int, *, at: datetime) -> Estimate:
    """The estimate, when it may be answered now. Raises what A-02, A-03 and A-08 say."""
    one = estimate_of(ticket, number)
    if one.state is State.REQUESTED:
        raise refusals.ApprovalPending("the hour bank has not said yet what this estimate would take")
    if one.state is State.EXPIRED or (one.valid_until is not None and one.is_pending and at >= one.valid_until):
        raise refusals.QuoteExpired("the quote is no longer valid: a new estimate is needed")
    if one.state is State.SUPERSEDED:
        raise refusals.QuoteSuperseded("a newer estimate took the place of this one")
    if one.state is not State.AWAITING_APPROVAL:
        raise refusals.AlreadyDecided(f"estimate {number} is {one.state.value} already")
    return one


def _asked(ticket: Ticket, estimate_id: UUID) -> Estimate | None:
    """The estimate that the bank's answer is for, while it is still asked for."""
    pending = ticket.pending
    is_asked = pending is not None and pending.id == estimate_id and pending.state is State.REQUESTED
    return pending if is_asked else None


def _lapse_of(estimate: Estimate) -> Act:
    return Act.LAPSE if estimate.kind is Kind.INITIAL else Act.LAPSE_HOURS


def _with(ticket: Ticket, changed: Estimate, act: Act) -> Ticket:
    estimates = tuple(changed if one.id == changed.id else one for one in ticket.estimates)
    return replace(ticket, stage=step(ticket.stage, act), estimates=estimates)
