"""Counting a promise anew by other calendars or policies: what is previewed is what is then saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.sla.domain.clocks import WARNED_MOST_PERCENT, Clock, Metric, State, Wound
from services.sla.domain.terms import Terms
from services.sla.domain.ticket import Ticket, graced, measured, rewind, under


def recount(ticket: Ticket, wound: Wound, new: Terms, *, policies: bool, at: datetime) -> Wound:
    """What is owed, counted anew at an instant; `ticket` has its new terms already.

    A breach that nobody has made good falls when there is time left by the new count; else its verdict stays (S-13).
    An instant that was promised stays: only what pauses cost is counted otherwise.
    """
    counted = _by_policy(ticket, wound, at) if policies else _by_calendar(ticket, wound, new)
    if counted is wound:
        return wound
    if wound.clock.state is State.BREACHED:
        due_at = counted.due(ticket.waits)
        if due_at is not None and due_at <= at:
            return wound
        counted = replace(counted, clock=forgiven(counted))
    return rewind(ticket, counted, at=at, moves=True)


def forgiven(wound: Wound) -> Clock:
    """The clock of a promise whose breach has fallen: it runs, and its warnings are not said again."""
    return replace(wound.clock, state=State.RUNNING, percent_said=WARNED_MOST_PERCENT, ended_at=None)


def _by_calendar(ticket: Ticket, wound: Wound, new: Terms) -> Wound:
    rule = wound.rule.counted_by(new.calendars, version=new.version)
    before = wound.rule
    if rule.calendar is before.calendar and rule.hours is before.hours and rule.is_quiet == before.is_quiet:
        return wound  # what the wall counts has hours as well: those in which it may be announced (S-32)
    if wound.promised_at is not None:
        return _of_policy(measured(ticket, replace(wound, rule=rule)), wound)
    clock = replace(wound.clock, calendar_version=rule.calendar_version, is_quiet=rule.is_quiet)
    return replace(wound, rule=rule, clock=clock)


def _of_policy(counted: Wound, before: Wound) -> Wound:
    clock = replace(counted.clock, terms_version=before.clock.terms_version)
    return replace(counted, clock=clock)


def _by_policy(ticket: Ticket, wound: Wound, at: datetime) -> Wound:
    if wound.clock.metric is Metric.DELIVERY:
        return measured(ticket, replace(wound, rule=ticket.terms.delivery_rule(ticket.subject)))
    rule = ticket.terms.attendance_rule(ticket.subject)
    if rule is None or rule.target_seconds is None:
        return wound
    clock = under(wound.clock, rule, ticket.terms, target_seconds=rule.target_seconds)
    counted = Wound(clock=clock, rule=rule, origin=ticket.since, seconds=rule.target_seconds)
    is_broken = wound.clock.state is State.BREACHED
    return counted if is_broken else graced(ticket, counted, at=at)
