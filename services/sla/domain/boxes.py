"""Time-boxes: limits on work itself (B20, B26), apart from the customer's clocks; once per ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.sla.offer import Counting
from shared.calendar import BusinessCalendar
from shared.calendar.opening import MICROSECONDS

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRule:
    """One time-box of an offer, with the calendar that it is counted by: of a desk's `level`, or a `kind` of timer."""

    box: str
    level: int | None
    kind: str | None
    limit_minutes: int
    at_limit: str
    calendar_name: str
    counting: Counting
    calendar: BusinessCalendar
    pause_states: frozenset[str]

    @property
    def limit_microseconds(self) -> int:
        """The limit as the calendar counts."""
        return self.limit_minutes * SECONDS_PER_MINUTE * MICROSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A time-box of one ticket: what was used of it, since when it runs, and when it was used up.

    `timers` are those that run now; the time of two that run at once counts once. A box that `is_over` never runs
    again: its limit was reached, or what it bounds has come to its end.
    """

    rule: BoxRule
    begun_at: datetime | None = None
    running_since: datetime | None = None
    used_microseconds: int = 0
    timers: tuple[UUID, ...] = ()
    timer_id: UUID | None = None
    reached_at: datetime | None = None
    is_over: bool = False

    @property
    def due_at(self) -> datetime | None:
        """When it will be used up, if it runs on; None while it stands still.

        >>> from services.sla.offer import Calendar
        >>> from shared.calendar import business_calendar
        >>> hours = dict.fromkeys(("wed", "thu"), (("08:00", "18:00"),))
        >>> calendar = business_calendar(Calendar(timezone="America/Sao_Paulo", hours=hours).spec("business"))
        >>> rule = BoxRule(
        ...     box="n1", level=1, kind=None, limit_minutes=30, at_limit="escalate", calendar_name="business",
        ...     counting="business", calendar=calendar, pause_states=frozenset(),
        ... )
        >>> box = begin(Box(rule=rule), at=datetime.fromisoformat("2026-11-18T17:45-03:00"))
        >>> box.due_at.isoformat()
        '2026-11-19T11:15:00+00:00'
        """
        if self.running_since is None:
            return None
        left = self.rule.limit_microseconds - self.used_microseconds
        return self.rule.calendar.due_in_microseconds(self.running_since, left)


def begin(box: Box, *, at: datetime) -> Box:
    """The box runs from an instant on, unless it does already or is over."""
    if box.is_over or box.running_since is not None:
        return box
    return replace(box, begun_at=box.begun_at or at, running_since=at)


def hold(box: Box, *, at: datetime) -> Box:
    """The box stands still from an instant on; what was used of it stays used."""
    if box.running_since is None:
        return box
    used = box.used_microseconds + box.rule.calendar.elapsed_microseconds(box.running_since, at)
    return replace(box, running_since=None, used_microseconds=min(used, box.rule.limit_microseconds))


def end(box: Box, *, at: datetime) -> Box:
    """What the box bounds has come to its end."""
    return box if box.is_over else replace(hold(box, at=at), is_over=True, timers=())


def pass_by(box: Box, *, until: datetime) -> Box:
    """Time has passed: a box that was used up meanwhile has reached its limit, at that instant."""
    due_at = box.due_at
    if due_at is None or due_at > until:
        return box
    return replace(end(box, at=due_at), reached_at=due_at)


def counted_by(box: Box, calendar: BusinessCalendar) -> Box:
    """The box by another version of its calendar: what was used stays used (S-13)."""
    return replace(box, rule=replace(box.rule, calendar=calendar))


def start_timer(box: Box, *, timer_id: UUID, kind: str, at: datetime) -> Box:
    """A professional starts a timer; the box of its kind runs while any of them does."""
    if box.rule.kind != kind or box.is_over:
        return box
    return begin(replace(box, timers=(*box.timers, timer_id), timer_id=timer_id), at=at)


def stop_timer(box: Box, *, timer_id: UUID, at: datetime) -> Box:
    """A timer ends; with the last one the box stands still."""
    if timer_id not in box.timers:
        return box
    left = tuple(one for one in box.timers if one != timer_id)
    stopped = replace(box, timers=left, timer_id=left[-1] if left else box.timer_id)
    return stopped if left else hold(stopped, at=at)


def passed_by(boxes: Sequence[Box], *, until: datetime) -> tuple[Box, ...]:
    """Every box after time has passed."""
    return tuple(pass_by(box, until=until) for box in boxes)


def take_in_hand(box: Box, *, level: int, waits: Sequence[str], at: datetime) -> Box:
    """Somebody of a level works on the ticket: the box of that level runs, unless work waits for something."""
    if box.rule.level != level or box.begun_at is not None or box.is_over:
        return box
    begun = begin(box, at=at)
    return hold(begun, at=at) if box.rule.pause_states & set(waits) else begun


def wait_or_go_on(box: Box, *, waits: Sequence[str], at: datetime) -> Box:
    """What is waited for has changed: the box of a level stands still while anything is (4.3)."""
    if box.rule.level is None or box.begun_at is None or box.is_over:
        return box
    return hold(box, at=at) if box.rule.pause_states & set(waits) else begin(box, at=at)


def leave_level(box: Box, *, level: int, at: datetime) -> Box:
    """The ticket went to another level: the box of the one that it left is over."""
    bounds_another = box.rule.level is not None and box.rule.level != level
    return end(box, at=at) if bounds_another and box.begun_at is not None else box
