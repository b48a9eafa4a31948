"""An oracle for business time: it looks at the wall clock once a minute, and knows nothing of the engine.

It reads calendars as `sla_vectors.json` writes them. Windows, breaks and shifts are of whole minutes; instants are of
whole seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = dt.timedelta(minutes=1)
WALK_MOST = 12 * 1440
Span = tuple[dt.datetime, dt.datetime | None]


class Minutes:
    """One calendar, spelled out minute by minute."""

    def __init__(self, calendar: dict[str, Any]) -> None:
        """Read it; nothing is worked out."""
        self.zone = ZoneInfo(calendar["timezone"])
        self.calendar = calendar
        self.spelled: dict[dt.date, frozenset[int]] = {}

    def windows(self, day: dt.date) -> list[tuple[int, int]]:
        """When it is open on a local date, in minutes of the wall clock, breaks aside."""
        own = self.calendar
        if day.isoformat() in own.get("holidays", ()) or day.strftime("%m-%d") in own.get("holidays_yearly", ()):
            return []
        if day.isoformat() in own.get("shifts", {}):
            return [(_minute(opens), _minute(closes)) for opens, closes in own["shifts"][day.isoformat()]]
        found = []
        for ago in (0, 1):
            for opens, closes in own["hours"].get(DAYS[(day.weekday() - ago) % 7], ()):
                first, last = _minute(opens), _minute(closes)
                last += 1440 * (last <= first)
                found.append((first - 1440 * ago, last - 1440 * ago))
        return found

    def minutes(self, day: dt.date) -> frozenset[int]:
        """The minutes of a local date's wall clock in which it is open."""
        if day not in self.spelled:
            breaks = self.calendar.get("breaks", {}).get(day.isoformat(), ())
            opened = {minute for opens, closes in self.windows(day) for minute in range(max(opens, 0), closes)}
            broken = {minute for opens, closes in breaks for minute in range(_minute(opens), _minute(closes))}
            self.spelled[day] = frozenset((opened - broken) & set(range(1440)))
        return self.spelled[day]

    def is_open(self, at: dt.datetime) -> bool:
        """Whether it is open at an instant."""
        wall = at.astimezone(self.zone)
        return wall.hour * 60 + wall.minute in self.minutes(wall.date())

    def pieces(self, start: dt.datetime, pauses: Sequence[Span], *, back: bool = False) -> Iterator[Span]:
        """The open pieces of a minute at most from an instant on, or back from it, without the pauses."""
        at = start
        edges = [edge for pause in pauses for edge in pause if edge is not None]
        for _ in range(WALK_MOST):
            whole = at.replace(second=0)
            if back:
                begins = whole if whole < at else at - MINUTE
                ends, at = at, begins
            else:
                begins, ends = at, min([whole + MINUTE, *(edge for edge in edges if at < edge < whole + MINUTE)])
                at = ends
            paused = any(since <= begins and (until is None or begins < until) for since, until in pauses)
            if self.is_open(begins) and not paused:
                yield begins, ends

    def elapsed(self, start: dt.datetime, end: dt.datetime, pauses: Sequence[Span] = ()) -> int:
        """The open seconds between two instants."""
        seconds = 0
        for begins, ends in self.pieces(start, [*pauses, (end, None)]):
            assert ends is not None
            if begins >= end:
                break
            seconds += int((min(ends, end) - begins).total_seconds())
            if ends >= end:
                break
        return seconds

    def due(self, start: dt.datetime, seconds: int, pauses: Sequence[Span] = ()) -> dt.datetime | None:
        """When so many open seconds have run; None when that is not seen."""
        for begins, ends in self.pieces(start, pauses):
            assert ends is not None
            length = int((ends - begins).total_seconds())
            if seconds <= length:
                return begins + dt.timedelta(seconds=seconds)
            seconds -= length
        return None

    def due_backward(self, end: dt.datetime, seconds: int) -> dt.datetime | None:
        """From when so many open seconds run until an instant."""
        for begins, ends in self.pieces(end, (), back=True):
            assert ends is not None
            length = int((ends - begins).total_seconds())
            if seconds <= length:
                return ends - dt.timedelta(seconds=seconds)
            seconds -= length
        return None

    def first_business_day(self, year: int, month: int) -> dt.date | None:
        """The first date of a month with an open minute."""
        day = dt.date(year, month, 1)
        while day.month == month:
            if self.minutes(day):
                return day
            day += dt.timedelta(days=1)
        return None


def expiry(granted: dt.date, months: int) -> dt.date:
    """The same day so many months on, or the last day of a month that is too short."""
    day, left = granted.replace(day=1), months
    while left:
        day, left = (day + dt.timedelta(days=32)).replace(day=1), left - 1
    wanted = granted.day
    while True:
        try:
            return day.replace(day=wanted)
        except ValueError:
            wanted -= 1


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])
