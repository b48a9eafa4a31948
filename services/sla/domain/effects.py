"""What each fact does to the clocks of a ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import singledispatch

from services.sla.domain.clocks import Metric, Wait, cancel, ended, keep
from services.sla.domain.facts import (
    Absorbed,
    AnyFact,
    Attended,
    Cancelled,
    Handled,
    Prioritised,
    Promised,
    Raised,
    Recounted,
    Recovered,
    Reopened,
    Replanned,
    Resolved,
    TimerBegan,
    TimerEnded,
    WaitBegan,
    WaitEnded,
)
from services.sla.domain.recounting import recount
from services.sla.domain.ticket import (
    Book,
    Ticket,
    delivery,
    earlier,
    graced,
    put,
    reprioritise,
    rewind,
    settle,
    start_attendance,
    wait,
)
from services.sla.domain.working import work


def effect(fact: AnyFact, ticket: Ticket, book: Book) -> Ticket:
    """The ticket after a fact, up to which time has passed already."""
    return work(fact, _effect(fact, ticket, book))


@singledispatch
def _effect(fact: AnyFact, ticket: Ticket, book: Book) -> Ticket:
    raise AssertionError(f"nobody knows what {fact!r} does to a clock")


@_effect.register
def _(fact: Prioritised, ticket: Ticket, book: Book) -> Ticket:
    """Set the priority: the running attendance clock is wound anew, or, where none was promised, one starts (S31)."""
    named = tuple(
        replace(one, clock=replace(one.clock, priority=fact.priority)) if one.clock.is_open else one
        for one in ticket.wound
    )
    ticket = replace(ticket, priority=fact.priority, wound=named)
    if ticket.is_ended or ticket.is_attended:
        return ticket
    attendance = ticket.running(Metric.ATTENDANCE)
    if attendance is not None:
        return put(ticket, reprioritise(ticket, attendance, at=fact.at))
    if any(one.clock.metric is Metric.ATTENDANCE and one.clock.started_at >= ticket.since for one in ticket.wound):
        return ticket  # broken in this round: final
    return start_attendance(ticket, clock_id=fact.id, at=fact.at)


@_effect.register
def _(fact: Attended, ticket: Ticket, book: Book) -> Ticket:
    """Keep the promise of attention (B10)."""
    if ticket.is_ended or ticket.is_attended:
        return ticket
    attendance = ticket.running(Metric.ATTENDANCE)
    ticket = replace(settle(ticket, at=fact.at, metric=Metric.ATTENDANCE), is_attended=True)
    if attendance is None:
        return ticket
    return put(ticket, replace(attendance, clock=keep(attendance, ticket.waits, at=fact.at)))


@_effect.register
def _(fact: Promised, ticket: Ticket, book: Book) -> Ticket:
    """Start the delivery clock, or move it while it has no verdict (N16)."""
    if ticket.is_ended:
        return ticket
    open_now = ticket.running(Metric.DELIVERY)
    ticket = settle(ticket, at=fact.at, metric=Metric.DELIVERY)
    return put(ticket, rewind(ticket, delivery(ticket, fact, open_now), at=fact.at, moves=open_now is not None))


@_effect.register
def _(fact: WaitBegan, ticket: Ticket, book: Book) -> Ticket:
    """Let the clocks that pause for this state stand still; an appointed visit is a forwarding act as well (4.3)."""
    if ticket.is_ended or any(wait.state == fact.state and wait.until is None for wait in ticket.waits):
        return ticket
    if fact.state == "scheduled":
        ticket = _effect(Attended(id=fact.id, at=fact.at, how="visit"), ticket, book)
    return wait(ticket, (*ticket.waits, Wait(state=fact.state, since=fact.at)), fact.state, at=fact.at)


@_effect.register
def _(fact: WaitEnded, ticket: Ticket, book: Book) -> Ticket:
    """Let the clocks run on, unless something else is waited for as well (S-05)."""
    over = tuple(
        replace(wait, until=fact.at) if wait.state == fact.state and wait.until is None else wait
        for wait in ticket.waits
    )
    return wait(ticket, over, fact.state, at=fact.at) if over != ticket.waits else ticket


@_effect.register
def _(fact: Resolved, ticket: Ticket, book: Book) -> Ticket:
    """Keep what was promised: who is told that the work is done has been attended to as well (N18)."""
    if ticket.is_ended:
        return ticket
    kept = tuple(
        replace(one, clock=keep(one, ticket.waits, at=fact.at)) if one.clock.is_open else one for one in ticket.wound
    )
    waits = tuple(ended(ticket.waits, fact.at))
    return settle(replace(ticket, wound=kept, waits=waits, is_attended=True, is_ended=True), at=fact.at)


@_effect.register
def _(fact: Reopened, ticket: Ticket, book: Book) -> Ticket:
    """Start a new attendance clock under the terms and the plan of today; the old verdicts stay (4.3, S-10)."""
    if not ticket.is_ended:
        return ticket
    again = replace(
        ticket,
        terms=book[fact.terms],
        calendars=fact.terms,
        since=fact.at,
        plan_code=fact.plan_code or ticket.plan_code,
        is_attended=False,
        is_ended=False,
    )
    return start_attendance(again, clock_id=fact.id)


@_effect.register
def _(fact: Cancelled, ticket: Ticket, book: Book) -> Ticket:
    """Let go of every promise that has no verdict (S-37)."""
    if ticket.is_ended:
        return ticket
    gone = tuple(
        replace(one, clock=cancel(one.clock, at=fact.at)) if one.clock.is_open else one for one in ticket.wound
    )
    over = replace(ticket, wound=gone, waits=tuple(ended(ticket.waits, fact.at)), is_ended=True)
    return settle(over, at=fact.at)


@_effect.register(Handled | Raised | TimerBegan | TimerEnded)
def _(fact: Handled | Raised | TimerBegan | TimerEnded, ticket: Ticket, book: Book) -> Ticket:
    """Work that no customer sees is no promise kept, nor is what happens by itself; it is what time-boxes count."""
    return ticket


@_effect.register
def _(fact: Recounted, ticket: Ticket, book: Book) -> Ticket:
    """Count what is owed by other calendars, and under other policies if that was asked for (S-13, B11)."""
    new = book[fact.terms]
    terms = new if fact.policies else ticket.terms.counted_by(new)
    ticket = replace(ticket, terms=terms, calendars=fact.terms)
    for wound in ticket.wound:
        if wound.clock.is_owed:
            ticket = put(ticket, recount(ticket, wound, new, policies=fact.policies, at=fact.at))
    return ticket


@_effect.register
def _(fact: Replanned, ticket: Ticket, book: Book) -> Ticket:
    """Take the promise of another plan if it is better than the one that runs (2.8)."""
    attendance = ticket.running(Metric.ATTENDANCE)
    replanned = replace(ticket, plan_code=fact.plan_code)
    if attendance is None:
        return ticket
    better = reprioritise(replanned, attendance, at=fact.at)
    is_better = better is not attendance and better.due_if_resumed(ticket.waits, fact.at) < attendance.due_if_resumed(
        ticket.waits, fact.at
    )
    return put(replanned, better) if is_better else ticket


@_effect.register
def _(fact: Absorbed, ticket: Ticket, book: Book) -> Ticket:
    """Count from the earliest registration of the tickets that were merged (4.3); never an instant breach (S31)."""
    attendance = ticket.running(Metric.ATTENDANCE)
    if attendance is None or fact.registered_at >= ticket.since or attendance.rule.target_seconds is None:
        return ticket
    ticket = replace(ticket, since=fact.registered_at)
    new = replace(
        attendance,
        clock=replace(attendance.clock, started_at=fact.registered_at),
        origin=fact.registered_at,
        seconds=attendance.rule.target_seconds,
    )
    return put(ticket, earlier(ticket, attendance, graced(ticket, new, at=fact.at), at=fact.at))


@_effect.register
def _(fact: Recovered, ticket: Ticket, book: Book) -> Ticket:
    """Let go of the promise of attention when it was over so soon that nobody had touched it (4.3)."""
    attendance = ticket.running(Metric.ATTENDANCE)
    lasted = fact.recovered_at - (fact.detected_at or ticket.opened.at)
    if attendance is None or ticket.is_touched or lasted >= timedelta(seconds=ticket.terms.recovery_seconds):
        return ticket
    gone = replace(attendance, clock=cancel(attendance.clock, at=fact.at))
    return put(replace(ticket, is_attended=True), gone)
