"""When somebody who does not answer is asked again: of a quote (A-05), of what a ticket is blocked by (N38, N39)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.ticketing.domain.life import end_of_business_day
from services.ticketing.domain.values import Ticket
from services.ticketing.offer import Section
from shared.calendar import business_calendar

IMPEDIMENT_MOST_TIMES = 3  # then the team sees to it: a customer who never answers is not written to for ever


def quote_due(offer: Section, *, asked_at: datetime, valid_until: datetime) -> datetime | None:
    """When the customer is asked once more, before the quote ends; None where the provider does not, or too late."""
    hours = offer.unanswered.reminder_business_hours
    if hours is None:
        return None
    due = business_calendar(offer.calendars[offer.calendar]).due(asked_at, hours * 3600)
    return due if due < valid_until else None


def quote_reminded(ticket: Ticket) -> Ticket:
    """The customer was asked once more: that is enough."""
    pending = ticket.pending
    assert pending is not None, "only an open question is repeated"
    told = tuple(replace(one, remind_at=None) if one.id == pending.id else one for one in ticket.estimates)
    return replace(ticket, estimates=told)


def impediment_due(offer: Section, reason: str | None, *, at: datetime) -> datetime | None:
    """When the customer is reminded of an impediment; None where the offer says nothing of it."""
    known = offer.impediments.get(reason or "")
    if known is None or known.reminder_business_days is None:
        return None
    return end_of_business_day(offer.calendars[offer.calendar], at, known.reminder_business_days)


def impediment_reminded(ticket: Ticket, *, at: datetime, offer: Section) -> Ticket:
    """The customer was reminded: the next time so many business days after `at`, three times in all."""
    times = ticket.reminders + 1
    again = impediment_due(offer, ticket.waiting_reason, at=at) if times < IMPEDIMENT_MOST_TIMES else None
    return replace(ticket, reminders=times, remind_at=again)


def put_off(ticket: Ticket, *, at: datetime, offer: Section) -> Ticket:
    """The customer has just written: they are not reminded of it tomorrow."""
    if ticket.remind_at is None:
        return ticket
    return replace(ticket, remind_at=impediment_due(offer, ticket.waiting_reason, at=at))
