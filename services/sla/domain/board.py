"""The board: what is owed, in the order in which somebody should look at it, with clocks that run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.sla.domain.clocks import Clock, State
from shared.calendar import BusinessCalendar

LOOK_AHEAD: Final = timedelta(days=14)  # no calendar of a shop stays closed for longer than people look at a board


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A clock at an instant: `remaining_seconds` of its calendar's open time are left.

    `is_counting`: its calendar is open, so that they become fewer; `turns_at` is when that changes: when it closes, at
    the due instant at the latest, or when it opens.
    """

    clock: Clock
    zone: str
    remaining_seconds: int
    is_counting: bool = False
    turns_at: datetime | None = None

    @property
    def mark(self) -> tuple[object, ...]:
        """What of it others see change; what merely runs does not count."""
        clock = self.clock
        stands = self.remaining_seconds if clock.state is State.PAUSED else None
        told = (clock.state, clock.due_at, clock.priority, clock.plan_code, clock.percent_said, clock.paused_for)
        return (clock.id, *told, stands, self.is_counting, self.turns_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What is owed at an instant: broken and not made good, what runs by its due instant, and apart what stands still.

    `is_cut`: there is more than is shown.
    """

    at: datetime
    broken: tuple[Standing, ...]
    running: tuple[Standing, ...]
    paused: tuple[Standing, ...]
    is_cut: bool

    def mark(self, *, time_stands: bool = False) -> str:
        """A name for what is to be seen: the same until something changes besides the time, unless time stands."""
        seen = [[one.mark for one in part] for part in (self.broken, self.running, self.paused)]
        told = repr((seen, self.is_cut, self.at if time_stands else None))
        return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def standing(clock: Clock, calendar: BusinessCalendar, *, now: datetime) -> Standing:
    """A clock as it stands now, by the calendar that it is counted by.

    >>> from uuid import UUID
    >>> from datetime import UTC
    >>> from services.sla.domain.clocks import Metric
    >>> from shared.calendar import CalendarSpec, business_calendar
    >>> spec = CalendarSpec(name="office", timezone="UTC", hours={"mon": [("08:00", "18:00")]})
    >>> some, nine = UUID(int=0), datetime(2026, 11, 16, 9, tzinfo=UTC)
    >>> ids = {"id": some, "ticket_id": some, "ticket_number": 1042, "contract_id": some, "organization_id": some}
    >>> terms = {"terms_version": 1, "calendar_version": 1, "calendar_name": "office", "counting": "business"}
    >>> about = {"plan_code": "START", "priority": None, "generation": 1, "is_quiet": True, "percent_said": 0}
    >>> due = {"target_seconds": 14400, "started_at": nine, "due_at": nine + timedelta(days=7), "levels": ()}
    >>> clock = Clock(**ids, **terms, **about, **due, metric=Metric.ATTENDANCE, state=State.RUNNING)
    >>> found = standing(clock, business_calendar(spec), now=nine + timedelta(hours=8))
    >>> found.remaining_seconds, found.is_counting, found.turns_at.isoformat()
    (7200, True, '2026-11-16T18:00:00+00:00')
    """
    zone = calendar.spec.timezone
    if clock.state is State.PAUSED:
        return Standing(clock=clock, zone=zone, remaining_seconds=clock.remaining_seconds or 0)
    if clock.state is not State.RUNNING:
        return Standing(clock=clock, zone=zone, remaining_seconds=0)
    ahead = calendar.intervals(now, min(clock.due_at, now + LOOK_AHEAD))
    is_counting = bool(ahead) and ahead[0][0] == now
    turns_at = ahead[0][1 if is_counting else 0] if ahead else None
    left = calendar.elapsed(now, clock.due_at)
    return Standing(clock=clock, zone=zone, remaining_seconds=left, is_counting=is_counting, turns_at=turns_at)
