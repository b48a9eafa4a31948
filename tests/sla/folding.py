"""The facts of a ticket, made by hand, and what is folded from them."""

from __future__ import annotations

from uuid import UUID

from services.sla import domain
from services.sla.domain import (
    AnyFact,
    Attended,
    Clock,
    Metric,
    Opened,
    Prioritised,
    Promised,
    Reopened,
    Resolved,
    Ticket,
    WaitBegan,
    WaitEnded,
)
from services.sla.domain.terms import Terms
from shared import ids
from tests.sla.shops import LONG_AGO, REF, Life, at, local, terms


def new_id() -> UUID:
    """The id of a fact."""
    return ids.new_id(LONG_AGO)


def opening(when: str, *, life: Life | None = None, source: str = "customer", detected: str | None = None) -> Opened:
    """The first fact of a ticket."""
    event = (life or Life()).opened(when, source=source, detected=detected)
    return domain.opening(event, id=new_id(), terms=REF, heard_at=at(when))


def low(when: str) -> Opened:
    """A ticket of low priority: four business hours at Blocktime."""
    return opening(when, life=Life(priority="low"))


def attended(when: str) -> Attended:
    """A person answered."""
    return Attended(id=new_id(), at=at(when), how="message")


def began(when: str, state: str = "awaiting_customer") -> WaitBegan:
    """Something is waited for."""
    return WaitBegan(id=new_id(), at=at(when), state=state)


def over(when: str, state: str = "awaiting_customer") -> WaitEnded:
    """It has come."""
    return WaitEnded(id=new_id(), at=at(when), state=state)


def prioritised(when: str, priority: str) -> Prioritised:
    """Staff set the priority."""
    return Prioritised(id=new_id(), at=at(when), priority=priority)


def promised(when: str, until: str) -> Promised:
    """The customer was told when it will be done."""
    return Promised(id=new_id(), at=at(when), promised_at=at(until))


def resolved(when: str) -> Resolved:
    """The work is done."""
    return Resolved(id=new_id(), at=at(when))


def reopened(when: str) -> Reopened:
    """The customer wants more."""
    return Reopened(id=new_id(), at=at(when), terms=REF)


def fold(*facts: AnyFact, shop: str | Terms = "blocktime") -> Ticket:
    """The ticket after these facts, under the offer of a shop."""
    return domain.fold(facts, {REF: terms(shop) if isinstance(shop, str) else shop})


def only(ticket: Ticket, metric: Metric = Metric.ATTENDANCE) -> Clock:
    """The one clock of a metric."""
    (clock,) = [clock for clock in ticket.clocks if clock.metric is metric]
    return clock


def seen(clock: Clock) -> tuple[str, str | None]:
    """How it stands and when it is due, in São Paulo."""
    return (clock.state.value, local(clock.due_at))
