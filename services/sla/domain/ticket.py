"""A ticket as its clocks see it, and the winding of its promises: begun, counted anew, made to stand still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from services.sla.domain.boxes import Box
from services.sla.domain.clocks import Clock, Metric, State, Wait, Wound, wind
from services.sla.domain.facts import Opened, Promised, TermsRef
from services.sla.domain.terms import Rule, Subject, Terms
from shared.calendar.opening import MICROSECONDS

Book = Mapping[TermsRef, Terms]
"""The versions of the offer that a ticket's facts name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as its clocks see it. `since` is where the attendance of this round is counted from.

    `terms` are its policies, counted by the calendars of the version `calendars`; `plan_code` is the plan that they
    are looked up by; `is_touched`: somebody of the staff has done something about it, at `level` of the desk.
    """

    opened: Opened
    terms: Terms
    calendars: TermsRef
    since: datetime
    plan_code: str
    priority: str | None
    level: int = 1
    boxes: tuple[Box, ...] = ()
    is_touched: bool = False
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
        return Subject(plan=self.plan_code, priority=self.priority, area=opened.area, channel=opened.channel)

    @property
    def waits_for(self) -> list[str]:
        """The states in which it waits now."""
        return [wait.state for wait in self.waits if wait.until is None]

    def running(self, metric: Metric) -> Wound | None:
        """The promise of a metric that has no verdict yet."""
        return next((one for one in self.wound if one.clock.metric is metric and one.clock.is_open), None)


def start_attendance(ticket: Ticket, *, clock_id: UUID, at: datetime | None = None) -> Ticket:
    """Promise attention from the start of the round; `at` is when the promise is made, if later (S31)."""
    rule = ticket.terms.attendance_rule(ticket.subject)
    if rule is None or rule.target_seconds is None:
        return ticket
    clock = new_clock(ticket, Metric.ATTENDANCE, rule, clock_id=clock_id, at=ticket.since)
    wound = Wound(clock=clock, rule=rule, origin=ticket.since, seconds=rule.target_seconds)
    if at is not None:
        wound = graced(ticket, wound, at=at)
    return put(ticket, rewind(ticket, wound, at=at or ticket.since, moves=False))


def new_clock(ticket: Ticket, metric: Metric, rule: Rule, *, clock_id: UUID, at: datetime) -> Clock:
    """A clock of the next generation of its metric, not yet wound."""
    opened = ticket.opened
    before = [clock.generation for clock in ticket.clocks if clock.metric is metric]
    return Clock(
        id=clock_id,
        ticket_id=opened.ticket_id,
        ticket_number=opened.ticket_number,
        contract_id=opened.contract_id,
        organization_id=opened.organization_id,
        plan_code=ticket.plan_code,
        priority=ticket.priority,
        metric=metric,
        generation=max(before, default=0) + 1,
        state=State.RUNNING,
        terms_version=ticket.terms.version,
        calendar_version=rule.calendar_version,
        calendar_name=rule.calendar_name,
        counting=rule.policy.clock,
        is_quiet=rule.is_quiet,
        target_seconds=rule.target_seconds or 0,
        started_at=at,
        due_at=at,
        levels=(),
        percent_said=0,
    )


def reprioritise(ticket: Ticket, old: Wound, *, at: datetime) -> Wound:
    """Count from registration with the new target; the earlier of both due instants holds, never an instant breach."""
    rule = ticket.terms.attendance_rule(ticket.subject)
    if rule is None or rule.target_seconds is None:
        return old
    clock = under(old.clock, rule, ticket.terms, target_seconds=rule.target_seconds)
    new = Wound(clock=clock, rule=rule, origin=ticket.since, seconds=rule.target_seconds)
    return earlier(ticket, old, graced(ticket, new, at=at), at=at)


def earlier(ticket: Ticket, old: Wound, new: Wound, *, at: datetime) -> Wound:
    """The new winding, wound, unless the old one is due before it: what was promised is never put off so."""
    if new.due_if_resumed(ticket.waits, at) > old.due_if_resumed(ticket.waits, at):
        return old
    return rewind(ticket, new, at=at, moves=True)


def under(clock: Clock, rule: Rule, terms: Terms, *, target_seconds: int) -> Clock:
    """The clock under another rule."""
    return replace(
        clock,
        terms_version=terms.version,
        calendar_version=rule.calendar_version,
        calendar_name=rule.calendar_name,
        counting=rule.policy.clock,
        is_quiet=rule.is_quiet,
        target_seconds=target_seconds,
    )


def graced(ticket: Ticket, wound: Wound, *, at: datetime) -> Wound:
    """A target that is already past gives way to some grace from now on (S31)."""
    if wound.due_if_resumed(ticket.waits, at) > at:
        return wound
    return replace(wound, origin=at, seconds=ticket.terms.grace_seconds)


def wait(ticket: Ticket, waits: tuple[Wait, ...], state: str, *, at: datetime) -> Ticket:
    """Wind every open clock that pauses for a state, now that its waits are others."""
    ticket = replace(ticket, waits=waits)
    for wound in ticket.wound:
        if wound.clock.is_open and state in wound.rule.pause_states:
            ticket = put(ticket, rewind(ticket, wound, at=at, moves=True))
    return ticket


def rewind(ticket: Ticket, wound: Wound, *, at: datetime, moves: bool) -> Wound:
    """Wind a clock; one that runs on to another instant than before is of a new generation."""
    now = wind(wound, ticket.waits, at=at, warning_percents=ticket.terms.warning_percents)
    before, after = wound.clock, now.clock
    resumes = before.state is State.PAUSED
    if moves and after.state is State.RUNNING and (resumes or before.due_at != after.due_at):
        return replace(now, clock=replace(after, generation=after.generation + 1))
    return now


def settle(ticket: Ticket, *, at: datetime, metric: Metric | None = None) -> Ticket:
    """What was promised and broken has come after all, or is owed no more (S-10: the verdict stays)."""
    settled = tuple(
        replace(one, clock=replace(one.clock, settled_at=at))
        if one.clock.state is State.BREACHED and one.clock.is_owed and metric in (None, one.clock.metric)
        else one
        for one in ticket.wound
    )
    return replace(ticket, wound=settled)


def delivery(ticket: Ticket, fact: Promised, open_now: Wound | None) -> Wound:
    """The delivery that a fact promises, not yet wound (N16)."""
    rule = ticket.terms.delivery_rule(ticket.subject)
    clock = open_now.clock if open_now else new_clock(ticket, Metric.DELIVERY, rule, clock_id=fact.id, at=fact.at)
    promised_at = fact.promised_at.astimezone(UTC)
    wound = Wound(
        clock=clock, rule=rule, origin=fact.at, seconds=0, promised_at=promised_at, promised_on=fact.at.astimezone(UTC)
    )
    return measured(ticket, wound)


def measured(ticket: Ticket, wound: Wound) -> Wound:
    """A delivery promise with the business time between its telling and its instant, by its rule's calendar."""
    assert wound.promised_at is not None and wound.promised_on is not None, "a delivery is promised for an instant"
    calendar = wound.rule.calendar
    seconds = calendar.elapsed_microseconds(wound.promised_on, wound.promised_at) // MICROSECONDS
    return replace(
        wound,
        clock=under(wound.clock, wound.rule, ticket.terms, target_seconds=seconds),
        origin=calendar.due_backward(wound.promised_at, seconds),
        seconds=seconds,
    )


def put(ticket: Ticket, wound: Wound) -> Ticket:
    """The ticket with a clock in the place of the one with its id, or added."""
    others = [one for one in ticket.wound if one.clock.id != wound.clock.id]
    place = next((n for n, one in enumerate(ticket.wound) if one.clock.id == wound.clock.id), len(others))
    return replace(ticket, wound=(*others[:place], wound, *others[place:]))
