"""Second thoughts about an answer: the last valid decision within the quote's validity holds (A-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.domain.estimates import estimate_of
from services.ticketing.domain.life import Act, step
from services.ticketing.domain.values import Estimate, Kind, State, Ticket


def is_second_thought(ticket: Ticket, number: int, *, approves: bool) -> bool:
    """Whether an answer is the contrary of the one that the customer gave before."""
    one = estimate_of(ticket, number)
    given = State.DECLINED if approves else State.APPROVED
    return one.state is given and one.valid_until is not None


def withdraw(ticket: Ticket, number: int, *, reason: str | None, worked_minutes: int, at: datetime, by: str) -> Ticket:
    """A no after a yes: what was approved is declined, as far as none of it was worked.

    `worked_minutes` are the billable ones of the round. Raises AlreadyDecided, AlreadyWorked.
    """
    one = _latest(ticket, number, at=at)
    if worked_minutes > ticket.minutes_approved - one.minutes:
        raise refusals.AlreadyWorked("work has begun on what was approved: ask the team to stop, and close with it")
    is_first = one.kind is Kind.INITIAL
    stage = step(ticket.stage, Act.WITHDRAW if is_first else Act.WITHDRAW_HOURS)
    declined = replace(one, state=State.DECLINED, decided_at=at, decided_by=by, reason=reason)
    return replace(ticket, stage=stage, estimates=(*ticket.estimates[:-1], declined))


def repeat(ticket: Ticket, number: int, *, estimate_id: UUID, at: datetime, by: str) -> Ticket:
    """A yes after a no: its hold was given back, so the bank is asked again, under the number that follows.

    Where the bank then says the same or better the yes holds; else the customer is asked anew. Raises AlreadyDecided.
    """
    one = _latest(ticket, number, at=at)
    is_first = one.kind is Kind.INITIAL
    stage = step(ticket.stage, Act.REPEAT if is_first else Act.REPEAT_HOURS)
    again = Estimate(
        id=estimate_id,
        number=one.number + 1,
        round=one.round,
        kind=one.kind,
        minutes=one.minutes,
        justification=one.justification,
        state=State.REQUESTED,
        published_at=at,
        published_by=by,
        repeats=one.number,
    )
    return replace(ticket, stage=stage, estimates=(*ticket.estimates, again))


def _latest(ticket: Ticket, number: int, *, at: datetime) -> Estimate:
    one = estimate_of(ticket, number)
    is_open = one.valid_until is not None and at < one.valid_until and one.round == ticket.round
    if not is_open or one is not ticket.estimates[-1]:
        raise refusals.AlreadyDecided(f"estimate {number} is {one.state.value}, and its time to say otherwise is over")
    return one
