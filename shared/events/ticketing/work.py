"""The work done on a ticket: time entries, timers, meetings, visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ticketing.ticket import TicketEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeEntry:
    """Time that a professional was allocated to the customer (N34), one of those that a closed round came to."""

    entry_id: UUID
    professional_id: str
    kind: str
    seconds: int
    started_at: datetime
    billable: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkLogged(TicketEvent):
    """A professional was allocated to the customer for so many seconds (N34)."""

    number: int
    entry_id: UUID
    professional_id: str
    kind: str
    seconds: int
    billable: bool
    started_at: datetime
    logged_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerStarted(TicketEvent):
    """A professional is at work for the customer from here on (N34); at most one timer of a professional runs."""

    number: int
    timer_id: UUID
    professional_id: str
    kind: str
    started_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerStopped(TicketEvent):
    """The timer was stopped; the time itself is told by WorkLogged."""

    number: int
    timer_id: UUID
    professional_id: str
    kind: str
    seconds: int
    started_at: datetime
    stopped_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkRemoved(TicketEvent):
    """A time entry was taken back before its round was closed, with a reason: it never counts."""

    number: int
    entry_id: UUID
    professional_id: str
    seconds: int
    billable: bool
    removed_at: datetime
    removed_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingRequested(TicketEvent):
    """A meeting is asked for, with the reason that the provider's offer allows (N46, N48); it consumes hours (N34)."""

    number: int
    meeting_id: UUID
    reason_code: str | None
    minutes: int
    professionals: int
    by_customer: bool
    requested_at: datetime
    requested_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitScheduled(TicketEvent):
    """A visit was appointed (B21): a technician from `starts_at` to `ends_at`, in the zone of the contract."""

    number: int
    visit_id: UUID
    sequence: int
    technician_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    scheduled_at: datetime
    scheduled_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitRescheduled(TicketEvent):
    """The appointment is another now: the same visit, a higher `sequence`."""

    number: int
    visit_id: UUID
    sequence: int
    technician_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    scheduled_at: datetime
    scheduled_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitCancelled(TicketEvent):
    """The visit does not take place."""

    number: int
    visit_id: UUID
    sequence: int
    reason: str | None
    cancelled_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cancelled_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitMissed(TicketEvent):
    """The technician came and nobody was there, or nobody came (B21)."""

    number: int
    visit_id: UUID
    sequence: int
    reason: str | None
    missed_at: datetime
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EmergencyBegun(TicketEvent):
    """Work on what is critical begins before its approval (A-07): up to `most_minutes` until the customer says yes."""

    number: int
    priority: str
    most_minutes: int
    begun_at: datetime
    begun_by: str
