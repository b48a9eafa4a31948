"""What sla tells: clocks started, paused, warned, met, breached. Stream: the ticket whose promise it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockEvent(Event):
    """A fact about a clock of a ticket; `metric` is attendance or delivery, `generation` grows with each re-arming."""

    ticket_id: UUID
    contract_id: UUID
    organization_id: UUID
    clock_id: UUID
    metric: str
    generation: int
    ticket_number: int | None = None

    @property
    def stream(self) -> UUID:
        """The ticket."""
        return self.ticket_id


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockStarted(ClockEvent):
    """A promise runs: due in `target_minutes` of business time after `started_at` (B12, N28); None for delivery."""

    plan_code: str
    priority: str | None
    target_minutes: int | None
    started_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockPaused(ClockEvent):
    """The clock stands still (4.3)."""

    state: str
    paused_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockResumed(ClockEvent):
    """The clock runs again; the pause was counted in business time and moved the due instant."""

    resumed_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRescheduled(ClockEvent):
    """The due instant moved (S31, S16).

    `reason` is reprioritised, promise_changed, calendar_changed, policy_changed, plan_changed or merged.
    """

    reason: str
    previous_due_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaWarned(ClockEvent):
    """`percent` of the business time has run (75, 90)."""

    percent: int
    due_at: datetime
    warned_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaMet(ClockEvent):
    """The promise was kept: final for this clock."""

    met_at: datetime
    due_at: datetime
    elapsed_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaBreached(ClockEvent):
    """The promise was not kept, dated by its due instant; once per metric and generation (B11)."""

    plan_code: str
    priority: str | None
    due_at: datetime
    announced_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BreachRevised(ClockEvent):
    """A fact of before the due instant came after the breach had been announced: the breach falls, aloud.

    `generation` is that of the breach, `breached_at` its due instant; `state` is how the clock stands now.
    """

    breached_at: datetime
    state: str
    revised_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockCancelled(ClockEvent):
    """The promise no longer applies (ticket cancelled or merged)."""

    cancelled_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeboxReached(Event):
    """A time-box of work on a ticket is used up (B20, B26, S33): `at_limit` is escalate, or suggest it to the people.

    `box` is the offer's name for it, `level` the desk's level that it bounds (None for a kind of timer), `timer_id`
    the timer that ran into the limit (None for a level). Told once per box and ticket, dated by `reached_at`.
    """

    ticket_id: UUID
    contract_id: UUID
    organization_id: UUID
    ticket_number: int
    box: str
    level: int | None
    timer_id: UUID | None
    at_limit: str
    limit_minutes: int
    reached_at: datetime

    @property
    def stream(self) -> UUID:
        """The ticket."""
        return self.ticket_id


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarChanged(Event):
    """A calendar holds in another version (S-13): that many open clocks were counted anew and fall due elsewhere now.

    `calendar` is its name and `calendar_id` stands for provider and name; `version` is that of the provider's promises.
    """

    calendar_id: UUID
    calendar: str
    version: int
    open_clocks_moved: int
    changed_at: datetime

    @property
    def stream(self) -> UUID:
        """The calendar."""
        return self.calendar_id
