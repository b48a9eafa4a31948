"""A ticket's clocks as a pure fold over its facts: the same facts give the same clocks, whenever and however often.

Before a fact takes effect, time passes up to it: what fell due earlier is broken, whoever came to say so first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from uuid import UUID

from services.sla.domain.clocks import Clock, Metric, State, Wait, Wound, cancel, ended, keep, pass_time, wind
from services.sla.domain.facts import (
    AnyFact,
    Attended,
    Cancelled,
    Opened,
    Prioritised,
    Promised,
    Reopened,
    Resolved,
    TermsRef,
    WaitBegan,
    WaitEnded,
)
from services.sla.domain.terms import Rule, Subject, Terms
from shared.calendar.opening import MICROSECONDS

JUST_BEFORE = timedelta(microseconds=1)  # what happens exactly at the due instant is still in time

Book = Mapping[TermsRef, Terms]
"""The versions of the offer that a ticket's facts name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its clocks see it. `since` is where the attendance of this round is counted from."""

    opened: Opened
    terms: Terms
    since: datetime
    priority: str | None
    waits: tuple[Wait, ...] = ()
    is_attended: bool = False
    is_ended: bool = False
    wound: tuple[Wound, ...] = ()

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Every promise ever made on it, oldest first."""
        return tuple(wound.clock for wound in self.wound)

    @property
    def subject(self) -> Subject:
        """What policies may ask for."""
        opened = self.opened
        return Subject(plan=opened.plan_code, priority=self.priority, area=opened.area, channel=opened.channel)

    def running(self, metric: Metric) -> Wound | None:
        """The promise of a metric that has no verdict yet."""
        return next((one for one in self.wound if one.clock.metric is metric and one.clock.is_open), None)


def open_ticket(fact: Opened, book: Book) -> Ticket:
    """A ticket's beginning: the attendance clock runs from its registration (B12)."""
    ticket = Ticket(opened=fact, terms=book[fact.terms], since=fact.at, priority=fact.priority)
    return _start_attendance(ticket, clock_id=fact.id)


def fold(facts: Iterable[AnyFact], book: Book) -> Ticket:
    """The ticket after all its facts, of which the first opened it.

    Four business hours from Friday 17:00 in São Paulo are over on Monday at 11:00 (S27); raised to two hours on Monday
    at 10:00, when those are past already, half an hour is left (S31).

    >>> from services.sla.offer import Calendar, Policy, Section
    >>> from services.sla.domain.terms import terms_of
    >>> office = Calendar(timezone="America/Sao_Paulo", hours=dict.fromkeys(("mon", "fri"), (("08:00", "18:00"),)))
    >>> policies = (Policy(target_minutes=240), Policy(priority="medium", target_minutes=120))
    >>> offered = Section(calendars={"office": office}, calendar="office", policies=policies)
    >>> ref, some = TermsRef(version=1, sha256=""), UUID(int=0)
    >>> book = {ref: terms_of(offered, version=1)}
    >>> ids = {"ticket_id": some, "ticket_number": 1042, "contract_id": some, "organization_id": some}
    >>> about = {"plan_code": "START", "channel": "portal", "area": None, "priority": None}
    >>> opened = Opened(id=some, at=datetime(2026, 11, 13, 20, tzinfo=UTC), **ids, **about, terms=ref)
    >>> fold([opened], book).clocks[0].due_at.isoformat()
    '2026-11-16T14:00:00+00:00'
    >>> raised = Prioritised(id=some, at=datetime(2026, 11, 16, 13, tzinfo=UTC), priority="medium")
    >>> fold([opened, raised], book).clocks[0].due_at.isoformat()
    '2026-11-16T13:30:00+00:00'
    """
    told = iter(facts)
    first = next(told)
    assert isinstance(first, Opened), "a ticket begins with its opening"
    ticket = open_ticket(first, book)
    for fact in told:
        ticket = apply(ticket, fact, book)
    return ticket


def apply(ticket: Ticket, fact: AnyFact, book: Book) -> Ticket:
    """The ticket after one more fact."""
    passed = tuple(replace(one, clock=pass_time(one.clock, until=fact.at - JUST_BEFORE)) for one in ticket.wound)
    return _effect(fact, replace(ticket, wound=passed), book)


def changes_nothing(ticket: Ticket, fact: AnyFact, book: Book) -> bool:
    """Whether a fact is none to these clocks, now and later: then it need not be kept."""
    return _effect(fact, ticket, book) == ticket


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
        return _put(ticket, _reprioritise(ticket, attendance, at=fact.at))
    if any(one.clock.metric is Metric.ATTENDANCE and one.clock.started_at >= ticket.since for one in ticket.wound):
        return ticket  # broken in this round: final
    return _start_attendance(ticket, clock_id=fact.id, at=fact.at)


@_effect.register
def _(fact: Attended, ticket: Ticket, book: Book) -> Ticket:
    """Keep the promise of attention (B10)."""
    if ticket.is_ended or ticket.is_attended:
        return ticket
    attendance = ticket.running(Metric.ATTENDANCE)
    ticket = replace(ticket, is_attended=True)
    if attendance is None:
        return ticket
    return _put(ticket, replace(attendance, clock=keep(attendance, ticket.waits, at=fact.at)))


@_effect.register
def _(fact: Promised, ticket: Ticket, book: Book) -> Ticket:
    """Start the delivery clock, or move it while it has no verdict (N16)."""
    if ticket.is_ended:
        return ticket
    rule = ticket.terms.delivery_rule(ticket.subject)
    promised_at = fact.promised_at.astimezone(UTC)
    open_now = ticket.running(Metric.DELIVERY)
    clock = open_now.clock if open_now else _new_clock(ticket, Metric.DELIVERY, rule, clock_id=fact.id, at=fact.at)
    seconds = rule.calendar.elapsed_microseconds(fact.at, promised_at) // MICROSECONDS
    promised = Wound(
        clock=_under(clock, rule, ticket.terms, target_seconds=seconds),
        rule=rule,
        origin=rule.calendar.due_backward(promised_at, seconds),
        seconds=seconds,
        promised_at=promised_at,
    )
    return _put(ticket, _wind(ticket, promised, at=fact.at, moves=open_now is not None))


@_effect.register
def _(fact: WaitBegan, ticket: Ticket, book: Book) -> Ticket:
    """Let the clocks that pause for this state stand still; an appointed visit is a forwarding act as well (4.3)."""
    if ticket.is_ended or any(wait.state == fact.state and wait.until is None for wait in ticket.waits):
        return ticket
    if fact.state == "scheduled":
        ticket = _effect(Attended(id=fact.id, at=fact.at, how="visit"), ticket, book)
    return _wait(ticket, (*ticket.waits, Wait(state=fact.state, since=fact.at)), fact.state, at=fact.at)


@_effect.register
def _(fact: WaitEnded, ticket: Ticket, book: Book) -> Ticket:
    """Let the clocks run on, unless something else is waited for as well (S-05)."""
    over = tuple(
        replace(wait, until=fact.at) if wait.state == fact.state and wait.until is None else wait
        for wait in ticket.waits
    )
    return _wait(ticket, over, fact.state, at=fact.at) if over != ticket.waits else ticket


@_effect.register
def _(fact: Resolved, ticket: Ticket, book: Book) -> Ticket:
    """Keep what was promised: who is told that the work is done has been attended to as well (N18)."""
    if ticket.is_ended:
        return ticket
    kept = tuple(
        replace(one, clock=keep(one, ticket.waits, at=fact.at)) if one.clock.is_open else one for one in ticket.wound
    )
    waits = tuple(ended(ticket.waits, fact.at))
    return replace(ticket, wound=kept, waits=waits, is_attended=True, is_ended=True)


@_effect.register
def _(fact: Reopened, ticket: Ticket, book: Book) -> Ticket:
    """Start a new attendance clock under the terms of today; the old verdicts stay (4.3, S-10)."""
    if not ticket.is_ended:
        return ticket
    again = replace(ticket, terms=book[fact.terms], since=fact.at, is_attended=False, is_ended=False)
    return _start_attendance(again, clock_id=fact.id)


@_effect.register
def _(fact: Cancelled, ticket: Ticket, book: Book) -> Ticket:
    """Let go of every promise that has no verdict (S-37)."""
    if ticket.is_ended:
        return ticket
    gone = tuple(
        replace(one, clock=cancel(one.clock, at=fact.at)) if one.clock.is_open else one for one in ticket.wound
    )
    return replace(ticket, wound=gone, waits=tuple(ended(ticket.waits, fact.at)), is_ended=True)


def _start_attendance(ticket: Ticket, *, clock_id: UUID, at: datetime | None = None) -> Ticket:
    """Promise attention from the start of the round; `at` is when the promise is made, if later (S31)."""
    rule = ticket.terms.attendance_rule(ticket.subject)
    if rule is None or rule.target_seconds is None:
        return ticket
    clock = _new_clock(ticket, Metric.ATTENDANCE, rule, clock_id=clock_id, at=ticket.since)
    wound = Wound(clock=clock, rule=rule, origin=ticket.since, seconds=rule.target_seconds)
    if at is not None:
        wound = _graced(ticket, wound, at=at)
    return _put(ticket, _wind(ticket, wound, at=at or ticket.since, moves=False))


def _new_clock(ticket: Ticket, metric: Metric, rule: Rule, *, clock_id: UUID, at: datetime) -> Clock:
    opened = ticket.opened
    before = [clock.generation for clock in ticket.clocks if clock.metric is metric]
    return Clock(
        id=clock_id,
        ticket_id=opened.ticket_id,
        ticket_number=opened.ticket_number,
        contract_id=opened.contract_id,
        organization_id=opened.organization_id,
        plan_code=opened.plan_code,
        priority=ticket.priority,
        metric=metric,
        generation=max(before, default=0) + 1,
        state=State.RUNNING,
        terms_version=ticket.terms.version,
        calendar_name=rule.calendar_name,
        counting=rule.policy.clock,
        target_seconds=rule.target_seconds or 0,
        started_at=at,
        due_at=at,
        levels=(),
        percent_said=0,
    )


def _reprioritise(ticket: Ticket, old: Wound, *, at: datetime) -> Wound:
    """Count from registration with the new target; the earlier of both due instants holds, never an instant breach."""
    rule = ticket.terms.attendance_rule(ticket.subject)
    if rule is None or rule.target_seconds is None:
        return old
    clock = _under(old.clock, rule, ticket.terms, target_seconds=rule.target_seconds)
    new = Wound(clock=clock, rule=rule, origin=ticket.since, seconds=rule.target_seconds)
    new = _graced(ticket, new, at=at)
    if new.due_if_resumed(ticket.waits, at) > old.due_if_resumed(ticket.waits, at):
        return old
    return _wind(ticket, new, at=at, moves=True)


def _under(clock: Clock, rule: Rule, terms: Terms, *, target_seconds: int) -> Clock:
    """The clock under another rule."""
    return replace(
        clock,
        terms_version=terms.version,
        calendar_name=rule.calendar_name,
        counting=rule.policy.clock,
        target_seconds=target_seconds,
    )


def _graced(ticket: Ticket, wound: Wound, *, at: datetime) -> Wound:
    """A target that is already past gives way to some grace from now on (S31)."""
    if wound.due_if_resumed(ticket.waits, at) > at:
        return wound
    return replace(wound, origin=at, seconds=ticket.terms.grace_seconds)


def _wait(ticket: Ticket, waits: tuple[Wait, ...], state: str, *, at: datetime) -> Ticket:
    """Wind every open clock that pauses for a state, now that its waits are others."""
    ticket = replace(ticket, waits=waits)
    for wound in ticket.wound:
        if wound.clock.is_open and state in wound.rule.pause_states:
            ticket = _put(ticket, _wind(ticket, wound, at=at, moves=True))
    return ticket


def _wind(ticket: Ticket, wound: Wound, *, at: datetime, moves: bool) -> Wound:
    """Wind a clock; one that runs on to another instant than before is of a new generation."""
    now = wind(wound, ticket.waits, at=at, warning_percents=ticket.terms.warning_percents)
    before, after = wound.clock, now.clock
    resumes = before.state is State.PAUSED
    if moves and after.state is State.RUNNING and (resumes or before.due_at != after.due_at):
        return replace(now, clock=replace(after, generation=after.generation + 1))
    return now


def _put(ticket: Ticket, wound: Wound) -> Ticket:
    """The ticket with a clock in the place of the one with its id, or added."""
    others = [one for one in ticket.wound if one.clock.id != wound.clock.id]
    place = next((n for n, one in enumerate(ticket.wound) if one.clock.id == wound.clock.id), len(others))
    return replace(ticket, wound=(*others[:place], wound, *others[place:]))
