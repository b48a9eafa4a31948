"""When a calendar is open, as sorted arrays of UTC instants that are searched and never walked."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shared.calendar.days import LocalDays
from shared.calendar.spec import DAY_SECONDS

MICROSECONDS = 1_000_000
PROBE_SECONDS = DAY_SECONDS // 2
"""How closely a zone is asked for its offset: no zone has changed twice within twelve hours."""

_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The open intervals of the years `first_year` to `last_year` in UTC, in microseconds since 1970.

    `opens[i]` and `closes[i]` bound the i-th interval; `sums[i]` is the open time from the first year up to
    `closes[i]`. Intervals are ascending and neither touch nor overlap.
    """

    first_year: int
    last_year: int
    begin: int
    end: int
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    sums: tuple[int, ...]

    @property
    def total(self) -> int:
        """Give the open time of all the years."""
        return self.sums[-1] if self.sums else 0

    def before(self, at: int) -> int:
        """Give the open time from the first year up to an instant."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return 0
        left = self.closes[index] - at
        return self.sums[index] - left if left > 0 else self.sums[index]

    def is_open(self, at: int) -> bool:
        """Say whether an instant lies in an interval, its end excluded."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]

    def open_from(self, at: int) -> int | None:
        """Give the first open instant at or after one; None when these years hold none."""
        index = bisect_right(self.opens, at) - 1
        if index >= 0 and at < self.closes[index]:
            return at
        return self.opens[index + 1] if index + 1 < len(self.opens) else None

    def open_until(self, at: int) -> int | None:
        """Give the last instant at or before one up to which it was open; None when these years hold none."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return None
        return min(at, self.closes[index])


def materialise(days: LocalDays, zone: ZoneInfo, first_year: int, last_year: int) -> Opening:
    """Build the open intervals of whole UTC years."""
    begin, end = _new_year(first_year), _new_year(last_year + 1)
    intervals: list[list[int]] = []
    for opens, closes in _open_intervals(days, zone, begin, end):
        if intervals and opens <= intervals[-1][1]:
            intervals[-1][1] = closes
        else:
            intervals.append([opens, closes])
    total = 0
    sums = []
    for opens, closes in intervals:
        total += (closes - opens) * MICROSECONDS
        sums.append(total)
    return Opening(
        first_year=first_year,
        last_year=last_year,
        begin=begin * MICROSECONDS,
        end=end * MICROSECONDS,
        opens=tuple(opens * MICROSECONDS for opens, _ in intervals),
        closes=tuple(closes * MICROSECONDS for _, closes in intervals),
        sums=tuple(sums),
    )


def _open_intervals(days: LocalDays, zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the open intervals in UTC seconds, ascending; pieces meet where the offset changes or a day ends.

    Within one stretch of constant offset the wall clock runs without jumps, so cutting each day's pieces to the
    stretch is all that daylight saving needs: what the clock skips is in no stretch, what it repeats is in two (S-20).
    """
    for starts, ends, offset in offset_stretches(zone, begin, end):
        first_day, last_day = (starts + offset) // DAY_SECONDS, (ends + offset - 1) // DAY_SECONDS
        for day in range(first_day, last_day + 1):
            midnight = day * DAY_SECONDS - offset
            for opens, closes in days.pieces(dt.date.fromordinal(_EPOCH_ORDINAL + day)):
                cut_opens, cut_closes = max(midnight + opens, starts), min(midnight + closes, ends)
                if cut_opens < cut_closes:
                    yield cut_opens, cut_closes


def offset_stretches(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Give the stretches [starts, ends) of UTC seconds in which a zone's offset (seconds) stays the same."""
    starts, offset = begin, _offset(zone, begin)
    assert (end - begin) % PROBE_SECONDS == 0, "whole years are whole steps"
    for probe in range(begin + PROBE_SECONDS, end + 1, PROBE_SECONDS):
        if _offset(zone, probe) != offset:
            before, after = probe - PROBE_SECONDS, probe
            while after - before > 1:
                middle = (before + after) // 2
                if _offset(zone, middle) == offset:
                    before = middle
                else:
                    after = middle
            yield starts, after, offset
            starts, offset = after, _offset(zone, after)
    if starts < end:
        yield starts, end, offset


def _offset(zone: ZoneInfo, at: int) -> int:
    """Give the seconds that a zone's wall clock is ahead of UTC at an instant."""
    ahead = dt.datetime.fromtimestamp(at, zone).utcoffset()
    assert ahead is not None, "an aware instant has an offset"
    return ahead.days * DAY_SECONDS + ahead.seconds


def _new_year(year: int) -> int:
    """Give the UTC seconds at which a year begins."""
    return (dt.date(year, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY_SECONDS
