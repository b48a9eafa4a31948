"""What the others are told when a clock changes, and what has already been told and cannot be taken back.

The job that announces what falls due and the fact that comes late race each other: facts decide what is true, and
what was announced before they came is revised aloud, never in silence (reliability 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from services.sla.domain.clocks import BREACH_PERCENT, WARNED_MOST_PERCENT, Clock, Level, Metric, State, broken
from services.sla.domain.facts import Absorbed, AnyFact, Recounted, Replanned
from services.sla.domain.ticket import Ticket
from shared.events.sla import (
    BreachRevised,
    ClockCancelled,
    ClockEvent,
    ClockPaused,
    ClockRescheduled,
    ClockResumed,
    ClockStarted,
    SlaBreached,
    SlaMet,
    SlaWarned,
)

RESCHEDULED = {Metric.ATTENDANCE: "reprioritised", Metric.DELIVERY: "promise_changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How far a clock's levels have been announced; `broken_generation` when a breach of it stands announced."""

    percent: int
    broken_generation: int | None


class Promise(Protocol):
    """What of a clock its announcements say; a whole clock says it, and the narrow row of one that falls due."""

    @property
    def id(self) -> UUID: ...  # noqa: D102
    @property
    def ticket_id(self) -> UUID: ...  # noqa: D102
    @property
    def ticket_number(self) -> int: ...  # noqa: D102
    @property
    def contract_id(self) -> UUID: ...  # noqa: D102
    @property
    def organization_id(self) -> UUID: ...  # noqa: D102
    @property
    def plan_code(self) -> str: ...  # noqa: D102
    @property
    def priority(self) -> str | None: ...  # noqa: D102
    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def generation(self) -> int: ...  # noqa: D102
    @property
    def due_at(self) -> datetime: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One level of one clock, said once: the record under every warning and breach."""

    clock: Promise
    level: Level


def said_of(clock: Clock) -> Said:
    """What has been announced of a clock as it is kept."""
    is_broken = clock.state is State.BREACHED
    return Said(percent=clock.percent_said, broken_generation=clock.generation if is_broken else None)


def said_too(said: Said | None, *, generation: int, percent: int) -> Said:
    """What has been announced once one more level of a winding was."""
    before = said or Said(percent=0, broken_generation=None)
    is_breach = percent == BREACH_PERCENT
    return Said(
        percent=max(before.percent, percent),
        broken_generation=generation if is_breach else before.broken_generation,
    )


def reconcile(clock: Clock, said: Said | None) -> Clock:
    """A clock as its facts give it, with what has been announced meanwhile.

    A breach that was announced stands while the facts leave this winding as it was; else it falls, and the winding
    that took its place can be broken itself.
    """
    if said is None or clock.state is State.BREACHED:
        return clock
    if clock.state is State.RUNNING and said.broken_generation == clock.generation:
        return broken(clock)
    return replace(clock, percent_said=max(clock.percent_said, min(said.percent, WARNED_MOST_PERCENT)))


def changed(kept: Mapping[UUID, Clock], ticket: Ticket) -> list[tuple[Clock | None, Clock]]:
    """The clocks of a ticket that are not as they are kept: as they were (None: new), and as they are now."""
    found: list[tuple[Clock | None, Clock]] = []
    for folded in ticket.clocks:
        before = kept.get(folded.id)
        after = folded if before is None else reconcile(folded, said_of(before))
        if after != before:
            found.append((before, after))
    return found


def reason_of(fact: AnyFact) -> str | None:
    """Why a clock that a fact moves falls due elsewhere; None: the usual reason of its metric."""
    match fact:
        case Recounted():
            return "policy_changed" if fact.policies else "calendar_changed"
        case Replanned():
            return "plan_changed"
        case Absorbed():
            return "merged"
    return None


def announcements(before: Clock, after: Clock) -> list[Announcement]:
    """The levels that have been passed between two states of a clock, in order, each once."""
    passed = (level for level in before.levels if before.percent_said < level.percent <= after.percent_said)
    return [Announcement(clock=before, level=level) for level in passed]


def tell(
    before: Clock | None, after: Clock, *, at: datetime, now: datetime, because: str | None = None
) -> list[ClockEvent]:
    """The facts that a change tells, in the order in which they came about.

    `at`: when that happened which changed the clock; `now`: when it is told; `because`: why it falls due elsewhere.
    """
    told: list[ClockEvent] = []
    if before is None:
        told.append(_started(after))
        before = replace(after, state=State.RUNNING)
    if before.state is State.BREACHED and after.state is not State.BREACHED:
        told.append(_revised(before, after, now=now))
        before = replace(before, state=State.RUNNING)
    told += [announced(one, now=now) for one in announcements(before, after)]
    return told + _changed(before, after, at=at, because=because)


def _changed(before: Clock, after: Clock, *, at: datetime, because: str | None) -> list[ClockEvent]:
    address = _address(after)
    match (before.state, after.state):
        case (State.RUNNING | State.PAUSED, State.MET):
            assert after.ended_at is not None and after.elapsed_seconds is not None, "a promise is kept at an instant"
            seconds = after.elapsed_seconds
            return [SlaMet(**address, met_at=after.ended_at, due_at=after.due_at, elapsed_seconds=seconds)]
        case (State.RUNNING | State.PAUSED, State.CANCELLED):
            assert after.ended_at is not None, "a promise is given up at an instant"
            return [ClockCancelled(**address, cancelled_at=after.ended_at)]
        case (State.RUNNING, State.PAUSED):
            assert after.paused_at is not None and after.paused_for is not None, "a pause begins and has a reason"
            return [ClockPaused(**address, state=after.paused_for, paused_at=after.paused_at)]
        case (State.PAUSED, State.RUNNING):
            return [ClockResumed(**address, resumed_at=at, due_at=after.due_at)]
        case (State.RUNNING, State.RUNNING) if before.due_at != after.due_at:
            return [_rescheduled(before, after, because)]
    return []


def _started(clock: Clock) -> ClockStarted:
    is_attendance = clock.metric is Metric.ATTENDANCE
    return ClockStarted(
        **_address(clock),
        plan_code=clock.plan_code,
        priority=clock.priority,
        target_minutes=clock.target_seconds // 60 if is_attendance else None,
        started_at=clock.started_at,
        due_at=clock.due_at,
    )


def announced(one: Announcement, *, now: datetime) -> ClockEvent:
    """The fact that tells of a level: a warning, or the breach; it was due at the level's instant and is told `now`."""
    clock, level = one.clock, one.level
    if level.percent < BREACH_PERCENT:
        return SlaWarned(**_address(clock), percent=level.percent, due_at=clock.due_at, warned_at=level.at)
    return breached(clock, now=now)


def breached(clock: Promise, *, now: datetime) -> SlaBreached:
    """The breach, told `now`; spelt out, since twenty thousand of them may fall due at one instant."""
    return SlaBreached(
        ticket_id=clock.ticket_id,
        contract_id=clock.contract_id,
        organization_id=clock.organization_id,
        clock_id=clock.id,
        metric=str(clock.metric),
        generation=clock.generation,
        ticket_number=clock.ticket_number,
        plan_code=clock.plan_code,
        priority=clock.priority,
        due_at=clock.due_at,
        announced_at=now,
    )


def _revised(before: Clock, after: Clock, *, now: datetime) -> BreachRevised:
    return BreachRevised(
        **_address(after) | {"generation": before.generation},
        breached_at=before.due_at,
        state=after.state.value,
        revised_at=now,
    )


def _rescheduled(before: Clock, after: Clock, because: str | None) -> ClockRescheduled:
    reason = because or RESCHEDULED[after.metric]
    return ClockRescheduled(**_address(after), reason=reason, previous_due_at=before.due_at, due_at=after.due_at)


def _address(clock: Promise) -> dict[str, Any]:
    return {
        "ticket_id": clock.ticket_id,
        "contract_id": clock.contract_id,
        "organization_id": clock.organization_id,
        "clock_id": clock.id,
        "metric": str(clock.metric),
        "generation": clock.generation,
        "ticket_number": clock.ticket_number,
    }
