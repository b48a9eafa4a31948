"""What a change of calendars or policies does to one promise, in the words of those who have to decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.clocks import Clock, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A promise that is counted anew and falls due elsewhere, or stands still with another rest.

    `breaks`: its time is over by the new count, so that it breaks at once; `is_forgiven`: its breach falls.
    """

    before: Clock
    after: Clock
    breaks: bool
    is_forgiven: bool


def moved(before: Clock | None, after: Clock, *, at: datetime) -> Move | None:
    """The move of a promise at an instant; None when nobody would notice one."""
    if before is None or _seen(before) == _seen(after):
        return None
    was_broken, is_running = before.state is State.BREACHED, after.state is State.RUNNING
    breaks = not was_broken and (after.state is State.BREACHED or (is_running and after.due_at <= at))
    is_forgiven = was_broken and after.state is not State.BREACHED
    return Move(before=before, after=after, breaks=breaks, is_forgiven=is_forgiven)


def _seen(clock: Clock) -> tuple[State, datetime | None, int | None]:
    """How it stands, when it is due while it runs, and what is left of it while it does not."""
    is_paused = clock.state is State.PAUSED
    return (clock.state, None if is_paused else clock.due_at, clock.remaining_seconds)
