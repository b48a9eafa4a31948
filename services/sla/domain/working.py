"""What each fact says of the work on a ticket: whose hands it is in, and what its time-boxes count (B20, B25, B26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import singledispatch

from services.sla.domain import boxes
from services.sla.domain.boxes import Box
from services.sla.domain.facts import (
    AnyFact,
    Attended,
    Cancelled,
    Handled,
    Prioritised,
    Promised,
    Raised,
    Recounted,
    Resolved,
    TimerBegan,
    TimerEnded,
    WaitBegan,
    WaitEnded,
)
from services.sla.domain.ticket import Ticket


@singledispatch
def work(fact: AnyFact, ticket: Ticket) -> Ticket:
    """The ticket after what a fact says of the work on it; most say nothing."""
    return ticket


@work.register
def _(fact: Prioritised, ticket: Ticket) -> Ticket:
    return _in_hand(ticket, at=fact.at)


@work.register
def _(fact: Promised, ticket: Ticket) -> Ticket:
    return ticket if ticket.is_ended else replace(ticket, is_touched=True)


@work.register
def _(fact: Handled, ticket: Ticket) -> Ticket:
    return _in_hand(_at_level(ticket, fact.to_level, at=fact.at), at=fact.at)


@work.register
def _(fact: Attended, ticket: Ticket) -> Ticket:
    if fact.how == "quote" and not ticket.is_ended:
        return replace(ticket, is_touched=True)
    if fact.to_level is None or ticket.is_ended:
        return _in_hand(ticket, at=fact.at)
    return replace(_at_level(ticket, fact.to_level, at=fact.at), is_touched=True)  # the next level has not begun


@work.register
def _(fact: Raised, ticket: Ticket) -> Ticket:
    return ticket if ticket.is_ended else _at_level(ticket, fact.to_level, at=fact.at)  # nobody has begun there


@work.register(WaitBegan | WaitEnded)
def _(fact: WaitBegan | WaitEnded, ticket: Ticket) -> Ticket:
    waits = ticket.waits_for
    held = tuple(boxes.wait_or_go_on(box, waits=waits, at=fact.at) for box in ticket.boxes)
    return replace(ticket, boxes=held, is_touched=ticket.is_touched or bool(waits))


@work.register
def _(fact: TimerBegan, ticket: Ticket) -> Ticket:
    ticket = _in_hand(ticket, at=fact.at)
    started = (boxes.start_timer(box, timer_id=fact.timer_id, kind=fact.timer_kind, at=fact.at) for box in ticket.boxes)
    return replace(ticket, boxes=tuple(started))


@work.register
def _(fact: TimerEnded, ticket: Ticket) -> Ticket:
    stopped = (boxes.stop_timer(box, timer_id=fact.timer_id, at=fact.at) for box in ticket.boxes)
    return replace(ticket, boxes=tuple(stopped))


@work.register(Resolved | Cancelled)
def _(fact: Resolved | Cancelled, ticket: Ticket) -> Ticket:
    """Work has come to its end; a session that goes on after a reopening counts on."""
    return replace(ticket, boxes=tuple(_rest(box, at=fact.at) for box in ticket.boxes))


@work.register
def _(fact: Recounted, ticket: Ticket) -> Ticket:
    counted = tuple(_recounted(box, ticket) for box in ticket.boxes)
    return replace(ticket, boxes=counted)


def _in_hand(ticket: Ticket, *, at: datetime) -> Ticket:
    if ticket.is_ended:
        return ticket
    waits = ticket.waits_for
    taken = tuple(boxes.take_in_hand(box, level=ticket.level, waits=waits, at=at) for box in ticket.boxes)
    return replace(ticket, boxes=taken, is_touched=True)


def _at_level(ticket: Ticket, level: int | None, *, at: datetime) -> Ticket:
    if level is None or level == ticket.level:
        return ticket
    left = tuple(boxes.leave_level(box, level=level, at=at) for box in ticket.boxes)
    return replace(ticket, level=level, boxes=left)


def _rest(box: Box, *, at: datetime) -> Box:
    if box.rule.level is not None:
        return boxes.end(box, at=at) if box.begun_at is not None else box
    return replace(boxes.hold(box, at=at), timers=())


def _recounted(box: Box, ticket: Ticket) -> Box:
    calendars = ticket.terms.calendars.get(box.rule.calendar_name)
    return box if calendars is None else boxes.counted_by(box, calendars.counting(box.rule.counting))
