"""Timers: one professional, one ticket, one stretch of time (N34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.domain.worktime import ENTRY_MOST_SECONDS
from shared.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A stretch of work that runs, or ran for so many seconds."""

    id: UUID
    ticket_id: UUID
    professional_id: str
    kind: str
    billable: bool
    started_at: datetime
    stopped_at: datetime | None = None
    seconds: int | None = None


def stop(timer: Timer, *, ended_at: datetime | None, at: datetime) -> Timer:
    """End a timer now, or at the instant at which it should have been stopped: whole seconds, one at least.

    Raises TimerIsStopped, Invalid for an end before the beginning, ahead, or more than a day after it.
    """
    if timer.stopped_at is not None:
        raise refusals.TimerIsStopped("the timer was stopped already")
    end = ended_at if ended_at is not None else at
    if not timer.started_at <= end <= at:
        raise Invalid("a timer ends after it began, and not ahead", field="ended_at", rule="N34")
    seconds = max((end - timer.started_at) // timedelta(seconds=1), 1)
    if seconds > ENTRY_MOST_SECONDS:
        raise Invalid("the timer ran for more than a day: say when the work ended", field="ended_at", rule="N34")
    return replace(timer, stopped_at=end, seconds=seconds)


def check_none_runs(timers: Sequence[Timer]) -> None:
    """Refuse to end a ticket's work while a timer runs on it: its time would be lost. Raises TimerStillRuns."""
    running = [timer.professional_id for timer in timers if timer.stopped_at is None]
    if running:
        raise refusals.TimerStillRuns(f"a timer of {', '.join(running)} still runs: stop it first")
