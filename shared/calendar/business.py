"""The arithmetic of business time: due times, elapsed times and pauses of one calendar."""

import datetime as dt
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from shared.calendar.days import LocalDays
from shared.calendar.opening import MICROSECONDS, Opening, materialise
from shared.calendar.spec import BeyondHorizon, CalendarSpec

FIRST_YEAR = 1900
LAST_YEAR = 2100
"""The years that can be computed in; the holiday library knows no holiday after 2100."""

CALENDARS_KEPT = 512
"""How many built calendars `business_calendar` remembers; one costs about 30 kB a year."""

_FOREVER = sys.maxsize
"""The end of a pause that has none, later than any instant."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which a clock stands still, [start, end); without an end it is still going on (S-06)."""

    start: dt.datetime
    end: dt.datetime | None = None


class BusinessCalendar:
    """A calendar made ready for arithmetic; its intervals are built by whole years when they are first needed.

    Windows are [opens, closes): an instant exactly at closing counts as outside, a due time that is used up exactly
    at closing stays there (4.2). An instant is open when the wall clock of the calendar's zone shows a time inside a
    window of that local date; an hour that daylight saving repeats counts twice, one that it skips not at all.

    Threads may share one: the arrays are replaced whole, never changed.
    """

    def __init__(self, spec: CalendarSpec) -> None:
        """Refuse an unreadable spec with CalendarInvalid; prefer `business_calendar`, which remembers."""
        spec.check_readable()
        self.spec = spec
        self.zone = ZoneInfo(spec.timezone)
        self.days = LocalDays(spec)
        self._opening: Opening | None = None

    def due(self, start: dt.datetime, seconds: int) -> dt.datetime:
        """Give the instant at which `seconds` of open time have passed since `start` (4.2, S-14).

        No seconds at all are due at once when open, else at the next opening (S-27).
        """
        return _instant(self._due(_micros(start), seconds * MICROSECONDS))

    def due_in_microseconds(self, start: dt.datetime, microseconds: int) -> dt.datetime:
        """Give the instant at which so much open time has passed since `start`, unrounded (S-26)."""
        return _instant(self._due(_micros(start), microseconds))

    def due_backward(self, end: dt.datetime, seconds: int) -> dt.datetime:
        """Give the instant from which `seconds` of open time pass until `end` (S-30).

        Used up exactly at an opening it stays there; no seconds give `end`, or the closing before it.
        """
        return _instant(self._due_backward(_micros(end), seconds * MICROSECONDS))

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> int:
        """Give the whole seconds of open time between two instants; a reversed interval has none (S-28)."""
        return self._elapsed(_micros(start), _micros(end)) // MICROSECONDS

    def elapsed_microseconds(self, start: dt.datetime, end: dt.datetime) -> int:
        """Give the open time between two instants unrounded, so that parts add up to the whole (S-26, S-40)."""
        return self._elapsed(_micros(start), _micros(end))

    def due_with_pauses(self, start: dt.datetime, seconds: int, pauses: Iterable[Pause]) -> dt.datetime | None:
        """Give the due instant of a clock that stands still in the union of its pauses (4.3, S-01, S-04, S-05).

        None: a pause that has not ended holds the clock (S-06). A pause that begins at the due instant moves nothing.
        """
        at, left = _micros(start), seconds * MICROSECONDS
        for begins, ends in _union(pauses):
            if ends is not None and ends <= at:
                continue
            if begins > at:
                due = self._due(at, left)
                if due < begins or (due == begins and left > 0):
                    return _instant(due)
                left -= self._elapsed(at, begins)
            if ends is None:
                return None
            at = ends
        return _instant(self._due(at, left))

    def elapsed_with_pauses(self, start: dt.datetime, end: dt.datetime, pauses: Iterable[Pause]) -> int:
        """Give the whole seconds of open time between two instants outside the union of the pauses (S-02, S-05)."""
        at, until = _micros(start), _micros(end)
        left = self._elapsed(at, until)
        for begins, ends in _union(pauses):
            left -= self._elapsed(max(at, begins), until if ends is None else min(until, ends))
        assert left >= 0, "disjoint pauses cannot outweigh the interval that holds them"
        return left // MICROSECONDS

    def intervals(self, start: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
        """Give the open intervals between two instants, cut to them, ascending; none for a reversed interval."""
        begins, ends = _micros(start), _micros(end)
        if ends <= begins:
            return []
        opening = self._around(begins, ends)
        first, last = bisect_right(opening.closes, begins), bisect_left(opening.opens, ends)
        pairs = zip(opening.opens[first:last], opening.closes[first:last], strict=True)
        return [(_instant(max(opens, begins)), _instant(min(closes, ends))) for opens, closes in pairs]

    def is_open(self, at: dt.datetime) -> bool:
        """Say whether an instant lies in a window; its closing instant does not (S-15)."""
        micros = _micros(at)
        return self._around(micros, micros).is_open(micros)

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """Give the instant itself when it is open, else the next opening."""
        return _instant(self._open_from(_micros(at)))

    def local_date(self, at: dt.datetime) -> dt.date:
        """Give the date that the calendar's own zone shows at an instant (S-21)."""
        return at.astimezone(self.zone).date()

    def is_business_day(self, day: dt.date) -> bool:
        """Say whether work begins on a local date; a half day counts."""
        return self.days.is_business_day(day)

    def following_business_day(self, day: dt.date) -> dt.date:
        """Give the date itself when it is a business day, else the next one."""
        return self.days.nearest_business_day(day, step_days=1)

    def first_business_day(self, year: int, month: int) -> dt.date:
        """Give the first business day of a month (3.2, B-01)."""
        return self.following_business_day(dt.date(year, month, 1))

    def business_days_after(self, day: dt.date, count: int) -> dt.date:
        """Give the count-th business day after a date, which itself does not count (S18); 0: itself or the next."""
        assert count >= 0, "use business_days_before to go back"
        found = self.following_business_day(day) if count == 0 else day
        for _ in range(count):
            found = self.following_business_day(found + dt.timedelta(days=1))
        return found

    def business_days_before(self, day: dt.date, count: int) -> dt.date:
        """Give the count-th business day before a date, which itself does not count (3.11 `invoice.upcoming`)."""
        assert count > 0, "a day before is at least one day before"
        found = day
        for _ in range(count):
            found = self.days.nearest_business_day(found - dt.timedelta(days=1), step_days=-1)
        return found

    def _due(self, at: int, left: int) -> int:
        """Find the instant at which `left` microseconds of open time have passed since `at`."""
        assert left >= 0, "a target is never negative"
        if left == 0:
            return self._open_from(at)
        opening = self._around(at, at)
        while (target := opening.before(at) + left) > opening.total:
            opening = self._further(opening)
        index = bisect_left(opening.sums, target)
        return opening.closes[index] - (opening.sums[index] - target)

    def _due_backward(self, at: int, left: int) -> int:
        """Find the instant from which `left` microseconds of open time pass until `at`."""
        assert left >= 0, "a target is never negative"
        opening = self._around(at, at)
        if left == 0:
            while (found := opening.open_until(at)) is None:
                opening = self._earlier(opening)
            return found
        while (target := opening.before(at) - left) < 0:
            opening = self._earlier(opening)
        index = bisect_right(opening.sums, target)
        return opening.closes[index] - (opening.sums[index] - target)

    def _elapsed(self, begins: int, ends: int) -> int:
        """Measure the open microseconds between two instants."""
        if ends <= begins:
            return 0
        opening = self._around(begins, ends)
        return opening.before(ends) - opening.before(begins)

    def _open_from(self, at: int) -> int:
        """Find the first open instant at or after one."""
        opening = self._around(at, at)
        while (found := opening.open_from(at)) is None:
            opening = self._further(opening)
        return found

    def _around(self, begins: int, ends: int) -> Opening:
        """Give arrays whose years hold both instants."""
        opening = self._opening
        if opening is not None and opening.begin <= begins and ends < opening.end:
            return opening
        first_year, last_year = _year(begins), _year(ends)
        if opening is not None:
            first_year, last_year = min(first_year, opening.first_year), max(last_year, opening.last_year)
        return self._build(first_year, last_year)

    def _further(self, opening: Opening) -> Opening:
        """Give arrays that reach as far again into the future."""
        return self._build(opening.first_year, opening.last_year + 1 + opening.last_year - opening.first_year)

    def _earlier(self, opening: Opening) -> Opening:
        """Give arrays that reach as far again into the past."""
        return self._build(opening.first_year - 1 - (opening.last_year - opening.first_year), opening.last_year)

    def _build(self, first_year: int, last_year: int) -> Opening:
        """Build and keep the arrays of some years, cut to those that can be computed in."""
        known = self._opening
        first_year, last_year = max(first_year, FIRST_YEAR), min(last_year, LAST_YEAR)
        if first_year > last_year or (known and (first_year, last_year) == (known.first_year, known.last_year)):
            raise BeyondHorizon(f"calendar {self.spec.name!r} has no answer between {FIRST_YEAR} and {LAST_YEAR}")
        self._opening = opening = materialise(self.days, self.zone, first_year, last_year)
        return opening


def business_calendar(spec: CalendarSpec) -> BusinessCalendar:
    """Give the calendar of a spec, built once and remembered.

    CalendarInvalid when it cannot be read; one that never opens (which `validate` refuses when it is saved) answers
    BeyondHorizon when asked for a due time, never a loop.
    """
    return _remembered(msgspec.json.encode(spec, order="sorted"))


@lru_cache(maxsize=CALENDARS_KEPT)
def _remembered(encoded: bytes) -> BusinessCalendar:
    """Build a calendar from the bytes of its spec, which two equal specs share."""
    return BusinessCalendar(msgspec.json.decode(encoded, type=CalendarSpec))


def _union(pauses: Iterable[Pause]) -> list[tuple[int, int | None]]:
    """Order and unite pauses, so that overlapping or touching ones are never summed (S-05)."""
    union: list[tuple[int, int]] = []
    spans = ((_micros(pause.start), _FOREVER if pause.end is None else _micros(pause.end)) for pause in pauses)
    for begins, ends in sorted(spans):
        if union and begins <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], ends))
        elif begins < ends:
            union.append((begins, ends))
    return [(begins, None if ends == _FOREVER else ends) for begins, ends in union]


def _micros(at: dt.datetime) -> int:
    """Count microseconds since 1970; an instant without a zone is refused by the subtraction."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds


def _instant(micros: int) -> dt.datetime:
    """Give the UTC instant of a count of microseconds."""
    return _EPOCH + dt.timedelta(microseconds=micros)


def _year(micros: int) -> int:
    """Give the UTC year of a count of microseconds."""
    return _instant(micros).year
