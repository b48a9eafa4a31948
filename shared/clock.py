"""The only source of `now`: the system's clock in earnest, a clock that stands still in rehearsals and tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, aware, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved forward; it never goes back."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware instant."""
        assert start.tzinfo is not None, "a virtual clock starts at an instant, not at a wall time"
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last moved to."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Move forward to `instant`; moving back is the caller's mistake."""
        assert instant >= self._now, f"time does not go back: {self._now} -> {instant}"
        self._now = instant.astimezone(UTC)
