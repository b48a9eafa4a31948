"""One promise about time: the clock that people see, and the winding of it from terms, start and pauses."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.sla.domain.terms import Rule
from services.sla.offer import Counting
from shared.calendar import Pause

BREACH_PERCENT = 100  # the last level of every clock: all of its time has run
WARNED_MOST_PERCENT = 99  # every warning is below the breach


class Metric(enum.StrEnum):
    """What is promised: attention (B10, B12, N28), or the work done by an instant (N16)."""

    ATTENDANCE = "attendance"
    DELIVERY = "delivery"


class State(enum.StrEnum):
    """How a promise stands; the last three are final."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


OPEN = frozenset({State.RUNNING, State.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """So many percent of a clock's time have run at an instant; 100 is the breach."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A promise as it stands. Seconds are business seconds of `calendar_name`.

    `generation` counts the windings of this metric on this ticket: each moved the due instant, each can be broken
    once. `levels` are the instants of its warnings and of its end while it runs; all up to `percent_said` have been
    announced; `is_quiet`: not while its calendar is closed (S-32). `terms_version` is of the policy, `calendar_version`
    of the calendars that it is counted by. `settled_at`: when what was promised came, after a breach too, or was owed
    no more. While paused, `due_at` is what it would be had the wait ended at once; `remaining_seconds` is the truth.
    """

    id: UUID
    ticket_id: UUID
    ticket_number: int
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    priority: str | None
    metric: Metric
    generation: int
    state: State
    terms_version: int
    calendar_version: int
    calendar_name: str
    counting: Counting
    is_quiet: bool
    target_seconds: int
    started_at: datetime
    due_at: datetime
    levels: tuple[Level, ...]
    percent_said: int
    paused_at: datetime | None = None
    paused_for: str | None = None
    remaining_seconds: int | None = None
    elapsed_seconds: int | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def is_owed(self) -> bool:
        """Whether somebody still waits for what was promised: it is open, or broken and not made good."""
        return self.settled_at is None

    @property
    def is_open(self) -> bool:
        """Whether the promise has no verdict yet."""
        return self.state in OPEN

    @property
    def next_due_at(self) -> datetime | None:
        """When the next level is to be announced; None when none is."""
        if self.state is not State.RUNNING:
            return None
        return next((level.at for level in self.levels if level.percent > self.percent_said), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time in which work waited for something outside (4.3); without an end it still does."""

    state: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wound:
    """A clock with what it is counted from: `seconds` of its rule's business time from `origin`, without the pauses.

    For a delivery promise `promised_at` is the instant itself, which holds as it is until a pause moves it, and
    `promised_on` when it was told.
    """

    clock: Clock
    rule: Rule
    origin: datetime
    seconds: int
    promised_at: datetime | None = None
    promised_on: datetime | None = None

    def pauses(self, waits: Iterable[Wait]) -> list[Pause]:
        """The waits that this promise stands still for."""
        return [Pause(start=wait.since, end=wait.until) for wait in waits if wait.state in self.rule.pause_states]

    def due(self, waits: Iterable[Wait]) -> datetime | None:
        """When the promise is broken; None while a pause holds it (S29, S-01, S-06)."""
        pauses = self.pauses(waits)
        if self.promised_at is None:
            return self.rule.calendar.due_with_pauses(self.origin, self.seconds, pauses)
        if not any(_touches(pause, self.origin, self.promised_at) for pause in pauses):
            return self.promised_at
        moved = self.rule.calendar.due_with_pauses(self.origin, self.seconds, pauses)
        return moved and max(moved, self.promised_at)  # a pause never brings a promise forward

    def due_if_resumed(self, waits: Iterable[Wait], at: datetime) -> datetime:
        """When it would be broken if every wait ended at an instant."""
        due = self.due(ended(waits, at))
        assert due is not None, "a pause that ends holds nothing"
        return due


def wind(wound: Wound, waits: Sequence[Wait], *, at: datetime, warning_percents: Sequence[int]) -> Wound:
    """Work out state, due instant and warnings anew; nothing of it falls due before `at`."""
    due = wound.due(waits)
    if due is None:
        return replace(wound, clock=_stopped(wound, waits, at))
    pauses = wound.pauses(waits)
    levels = [Level(percent=BREACH_PERCENT, at=max(due, at))]
    for percent in reversed(warning_percents):
        seconds = -(-wound.seconds * percent // BREACH_PERCENT)
        if seconds < wound.seconds:
            warned_at = wound.rule.calendar.due_with_pauses(wound.origin, seconds, pauses)
            assert warned_at is not None, "a clock that comes to its end comes to every part of it"
            if warned_at < at:  # over already: said in open hours (S-32), and never after what comes next (S-31)
                warned_at = min(wound.rule.calendar.next_open(at), levels[0].at)
            levels.insert(0, Level(percent=percent, at=warned_at))
    running = replace(
        wound.clock,
        state=State.RUNNING,
        due_at=due,
        levels=tuple(levels),
        paused_at=None,
        paused_for=None,
        remaining_seconds=None,
    )
    return replace(wound, clock=running)


def pass_time(clock: Clock, *, until: datetime) -> Clock:
    """Announce every level that has fallen due, in order; with the last one the promise is broken (S-31)."""
    passed = [level.percent for level in clock.levels if level.percent > clock.percent_said and level.at <= until]
    if clock.state is not State.RUNNING or not passed:
        return clock
    if passed[-1] < BREACH_PERCENT:
        return replace(clock, percent_said=passed[-1])
    return broken(clock)


def broken(clock: Clock) -> Clock:
    """The clock of a promise that was not kept, dated by its due instant."""
    return replace(clock, state=State.BREACHED, percent_said=BREACH_PERCENT, ended_at=clock.due_at, levels=())


def keep(wound: Wound, waits: Sequence[Wait], *, at: datetime) -> Clock:
    """The clock of a promise that was kept at an instant, its own due instant at the latest."""
    pauses = wound.pauses(ended(waits, at))
    return replace(
        wound.clock,
        state=State.MET,
        levels=(),
        due_at=wound.due_if_resumed(waits, at),
        elapsed_seconds=wound.rule.calendar.elapsed_with_pauses(wound.clock.started_at, at, pauses),
        ended_at=at,
        settled_at=at,
        paused_at=None,
        paused_for=None,
        remaining_seconds=None,
    )


def cancel(clock: Clock, *, at: datetime) -> Clock:
    """The clock of a promise that no longer applies."""
    return replace(
        clock,
        state=State.CANCELLED,
        levels=(),
        ended_at=at,
        settled_at=at,
        paused_at=None,
        paused_for=None,
        remaining_seconds=None,
    )


def ended(waits: Iterable[Wait], at: datetime) -> list[Wait]:
    """The waits, had those that still go on ended at an instant."""
    return [wait if wait.until is not None else replace(wait, until=at) for wait in waits]


def _stopped(wound: Wound, waits: Sequence[Wait], at: datetime) -> Clock:
    holding = next(wait for wait in waits if wait.until is None and wait.state in wound.rule.pause_states)
    run = wound.rule.calendar.elapsed_with_pauses(wound.origin, at, wound.pauses(waits))
    return replace(
        wound.clock,
        state=State.PAUSED,
        due_at=wound.due_if_resumed(waits, at),
        levels=(),
        paused_at=max(holding.since, wound.clock.started_at),
        paused_for=holding.state,
        remaining_seconds=wound.seconds - run,
    )


def _touches(pause: Pause, origin: datetime, promised_at: datetime) -> bool:
    return pause.start < promised_at and (pause.end is None or pause.end > origin)
