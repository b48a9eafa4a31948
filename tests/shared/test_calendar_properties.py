"""Business time against a slow oracle that asks every minute what the wall clock shows, over random calendars.

Laws S-03, S-05, S-28 and S-40. The generators aim at daylight saving, window edges and closed days; a counter proves
that they hit them, for a generator that never gets there proves nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared.calendar import BusinessCalendar, CalendarSpec, DaySpec, Pause, Window
from shared.calendar.spec import WEEKDAYS

ZONES = (
    "America/Sao_Paulo",
    "America/Manaus",
    "America/Havana",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Tehran",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
"""Zones that change at midnight, by half an hour, around Ramadan, by a whole day, or never."""

EDGES = ("00:00", "00:30", "01:00", "02:00", "02:30", "03:00", "08:00", "12:00", "13:00", "18:00", "22:00", "23:30")
MINUTE = dt.timedelta(minutes=1)
ORACLE_DAYS = 8
"""How far the oracle walks; longer answers are left to the algebra."""

LAWS = settings(
    max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


class Oracle:
    """Says minute by minute whether a calendar is open, knowing nothing but the wall clock."""

    def __init__(self, spec: CalendarSpec) -> None:
        """Spell every window out as minutes of its weekday or date."""
        self.spec = spec
        self.zone = ZoneInfo(spec.timezone)
        self.weekly: list[set[int]] = [set() for _ in WEEKDAYS]
        for number, key in enumerate(WEEKDAYS):
            for minute in _minutes(spec.hours.get(key, ())):
                self.weekly[(number + minute // 1440) % 7].add(minute % 1440)
        self.seen: dict[dt.datetime, bool] = {}
        self.special = {row.date: set(_minutes(row.windows)) for row in spec.days}

    def closed(self, day: dt.date) -> bool:
        """Say whether a date is closed for the whole day."""
        yearly = f"{day.month:02}-{day.day:02}" in self.spec.closed_yearly
        return day not in self.special and (day in self.spec.closed_dates or yearly)

    def is_open(self, at: dt.datetime) -> bool:
        """Look at the wall clock, once for each minute."""
        known = self.seen.get(at)
        if known is None:
            known = self.seen[at] = self._look(at)
        return known

    def _look(self, at: dt.datetime) -> bool:
        """Look at the wall clock."""
        wall = at.astimezone(self.zone)
        minute, day = wall.hour * 60 + wall.minute, wall.date()
        if day in self.special:
            return minute in self.special[day]
        return minute in self.weekly[wall.weekday()] and not self.closed(day)

    def elapsed(self, start: dt.datetime, end: dt.datetime, pauses: Sequence[Pause] = ()) -> int:
        """Add up open microseconds, a minute at a time."""
        return sum(
            (ends - begins) // dt.timedelta(microseconds=1)
            for begins, ends in _steps(start, end, pauses)
            if self.is_open(_whole_minute(begins)) and not _paused(begins, pauses)
        )

    def due(self, start: dt.datetime, left: int, pauses: Sequence[Pause] = ()) -> dt.datetime | None:
        """Walk until the open microseconds are used up; None when that takes longer than ORACLE_DAYS."""
        for begins, ends in _steps(start, start + dt.timedelta(days=ORACLE_DAYS), pauses):
            if self.is_open(_whole_minute(begins)) and not _paused(begins, pauses):
                length = (ends - begins) // dt.timedelta(microseconds=1)
                if left <= length:
                    return begins + dt.timedelta(microseconds=left)
                left -= length
        return None


def _minutes(windows: Sequence[Window]) -> Iterator[int]:
    """Spell windows out, past 24:00 where they cross midnight."""
    for opens, closes in windows:
        first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
        yield from range(first, last if last > first else last + 1440)


def _whole_minute(at: dt.datetime) -> dt.datetime:
    """Cut the seconds off; every offset since 1972 is of whole minutes."""
    return at.replace(second=0, microsecond=0)


def _paused(at: dt.datetime, pauses: Sequence[Pause]) -> bool:
    """Say whether any pause holds an instant."""
    return any(pause.start <= at and (pause.end is None or at < pause.end) for pause in pauses)


def _steps(start: dt.datetime, end: dt.datetime, pauses: Sequence[Pause]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Cut an interval at every minute and at every end of a pause."""
    edges = {edge for pause in pauses for edge in (pause.start, pause.end) if edge is not None}
    marks = [*sorted(edge for edge in edges if start < edge < end), end]
    at = start
    for mark in marks:
        while at < mark:
            ends = min(_whole_minute(at) + MINUTE, mark)
            yield at, ends
            at = ends


@cache
def transitions(zone: str) -> tuple[dt.datetime, ...]:
    """Find the hours in which a zone changed its offset from 2010 to 2019, daily and then hourly."""
    info, found = ZoneInfo(zone), []
    day = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
    while day.year < 2020:
        following = day + dt.timedelta(days=1)
        if day.astimezone(info).utcoffset() != following.astimezone(info).utcoffset():
            hours = [day + dt.timedelta(hours=n) for n in range(25)]
            offsets = [hour.astimezone(info).utcoffset() for hour in hours]
            found += [hours[n] for n in range(1, 25) if offsets[n] != offsets[n - 1]]
        day = following
    return tuple(found) or (dt.datetime(2015, 6, 1, tzinfo=dt.UTC),)


@st.composite
def windows(draw: st.DrawFn, *, past_midnight: bool = True) -> list[Window]:
    """Draw up to three windows, on edges that others share or on any minute."""
    clock = st.sampled_from(EDGES) | st.integers(0, 1439).map(lambda n: f"{n // 60:02}:{n % 60:02}")
    drawn = draw(st.lists(st.tuples(clock, clock | st.just("24:00")), min_size=0, max_size=3))
    return [(opens, closes) for opens, closes in drawn if opens < closes or (past_midnight and opens > closes)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[CalendarSpec, dt.datetime]:
    """Draw a calendar and an instant near something that happens in it."""
    zone = draw(st.sampled_from(ZONES))
    anchor = draw(st.sampled_from(transitions(zone)))
    seconds, microseconds = draw(st.sampled_from([(0, 0), (0, 0), (59, 0), (37, 250)]))
    minutes = draw(st.integers(-2 * 1440, 600))
    start = anchor + dt.timedelta(minutes=minutes, seconds=seconds, microseconds=microseconds)
    around_the_clock = draw(st.integers(0, 9)) == 0
    hours = {key: [("00:00", "24:00")] if around_the_clock else draw(windows()) for key in WEEKDAYS}
    dates = [start.date() + dt.timedelta(days=n) for n in (0, 1, 2, -1, 3, 4)]
    special = draw(st.none() | st.sampled_from(dates[:2]))
    half_day = draw(windows(past_midnight=False)) or [("13:00", "18:00")]
    rows = [DaySpec(date=special, kind="partial", windows=half_day)] if special else []
    closed = draw(st.sets(st.sampled_from(dates), max_size=2)) - {special}
    yearly = [f"{date.month:02}-{date.day:02}" for date in draw(st.sets(st.sampled_from(dates), max_size=1))]
    assume(any(hours.values()) or rows)
    spec = CalendarSpec(
        name="drawn", timezone=zone, hours=hours, days=rows, closed_dates=sorted(closed), closed_yearly=yearly
    )
    edge = draw(st.integers(0, 3))
    if edge == 0:
        start = BusinessCalendar(spec).next_open(start)
    if edge == 1:
        start = _closing_after(spec, start)
    return spec, start


def _closing_after(spec: CalendarSpec, start: dt.datetime) -> dt.datetime:
    """Walk with the oracle to the next instant at which the calendar closes, as far as it can see."""
    oracle = Oracle(spec)
    at, was_open = _whole_minute(start), False
    for _ in range(3 * 1440):
        if was_open and not oracle.is_open(at):
            return at
        was_open, at = oracle.is_open(at), at + MINUTE
    return start


TO_CLOSING = -1
"""A drawn target that stands for whatever is left until the next closing."""

targets = st.sampled_from([0, 1, 60, 1800, 3600, 14_400, 36_000, 86_400]) | st.integers(1, 200_000)
spans = st.integers(0, 4 * 86_400)
pauses_drawn = st.tuples(
    st.lists(st.tuples(st.integers(-1440, 2 * 1440), st.integers(0, 1440)), max_size=3),
    st.lists(st.tuples(st.integers(-60, 6 * 1440), st.none()), max_size=1),
).map(lambda ended_and_open: [*ended_and_open[0], *ended_and_open[1]])


def count(met: Counter[str], spec: CalendarSpec, start: dt.datetime, end: dt.datetime) -> None:
    """Note which of the traps an example walked through."""
    oracle = Oracle(spec)
    days = [start.astimezone(oracle.zone).date() + dt.timedelta(days=n) for n in range((end - start).days + 1)]
    met["examples"] += 1
    met["dst"] += start.astimezone(oracle.zone).utcoffset() != end.astimezone(oracle.zone).utcoffset()
    met["window over midnight"] += any(opens > closes for drawn in spec.hours.values() for opens, closes in drawn)
    met["holiday"] += any(oracle.closed(day) and oracle.weekly[day.weekday()] for day in days)
    met["half day"] += any(day in oracle.special for day in days)
    met["starts closed"] += not oracle.is_open(_whole_minute(start))
    met["starts at closing"] += not oracle.is_open(start) and oracle.is_open(_whole_minute(start - MINUTE / 60))
    met["ends at closing"] += not oracle.is_open(end) and oracle.is_open(_whole_minute(end - MINUTE / 60))
    met["with fractions"] += start.microsecond != 0


OFTEN = 3
"""Reached once may be chance: a trap that a generator aims at is met at least so many times."""


def prove(met: Counter[str], *traps: str) -> None:
    """Fail when a generator did not reach what it is there for."""
    print(dict(met))
    assert all(met[trap] >= OFTEN for trap in traps), met


def test_due_is_what_the_oracle_says_and_s03_never_outside_open_hours() -> None:
    met: Counter[str] = Counter()

    @LAWS
    @given(cases(), targets | st.just(TO_CLOSING))
    def law(case: tuple[CalendarSpec, dt.datetime], seconds: int) -> None:
        spec, start = case
        calendar, oracle = BusinessCalendar(spec), Oracle(spec)
        if seconds == TO_CLOSING:
            seconds = oracle.elapsed(start, _closing_after(spec, start)) // 1_000_000
        if seconds == 0:
            due = calendar.next_open(start)
            assert calendar.due(start, 0) == due
            assert calendar.is_open(due)
            return
        expected = oracle.due(start, seconds * 1_000_000)
        assume(expected is not None)
        due = calendar.due(start, seconds)

        assert due == expected
        assert oracle.is_open(_whole_minute(due - MINUTE / 60_000_000))
        assert calendar.elapsed_microseconds(start, due) == seconds * 1_000_000
        count(met, spec, start, due)

    law()
    prove(met, "dst", "window over midnight", "holiday", "half day", "starts closed", "starts at closing",
          "ends at closing", "with fractions")  # fmt: skip


def test_elapsed_is_what_the_oracle_says_and_s40_parts_add_up() -> None:
    met: Counter[str] = Counter()

    @LAWS
    @given(cases(), spans, spans)
    def law(case: tuple[CalendarSpec, dt.datetime], first: int, second: int) -> None:
        spec, start = case
        calendar, oracle = BusinessCalendar(spec), Oracle(spec)
        middle = start + dt.timedelta(seconds=first)
        end = middle + dt.timedelta(seconds=second)
        head, tail = oracle.elapsed(start, middle), oracle.elapsed(middle, end)

        assert calendar.elapsed_microseconds(start, middle) == head
        assert calendar.elapsed_microseconds(middle, end) == tail
        assert calendar.elapsed_microseconds(start, end) == head + tail
        assert calendar.elapsed(end, start) == 0
        assert calendar.is_open(middle) == oracle.is_open(_whole_minute(middle))
        count(met, spec, start, end)

    law()
    prove(met, "dst", "window over midnight", "holiday", "half day", "starts at closing", "with fractions")


def test_s05_pauses_are_a_union_in_any_order() -> None:
    met: Counter[str] = Counter()

    @LAWS
    @given(cases(), targets, pauses_drawn, st.randoms(use_true_random=False))
    def law(
        case: tuple[CalendarSpec, dt.datetime], seconds: int, drawn: list[tuple[int, int | None]], dice: Random
    ) -> None:
        spec, start = case
        calendar, oracle = BusinessCalendar(spec), Oracle(spec)
        pauses = [_pause(start, begins, length) for begins, length in drawn]
        shuffled = [*pauses, *pauses[:1]]
        dice.shuffle(shuffled)
        end = start + dt.timedelta(days=1, seconds=seconds)

        assert calendar.elapsed_with_pauses(start, end, shuffled) == oracle.elapsed(start, end, pauses) // 1_000_000
        held = any(pause.end is None for pause in pauses)
        expected = oracle.due(start, seconds * 1_000_000, pauses) if seconds else None
        due = calendar.due_with_pauses(start, seconds, shuffled)
        if expected is not None:
            assert due == expected
        if due is None:
            assert held
        else:
            assert calendar.elapsed_with_pauses(start, due, pauses) == seconds
            met["due in an open pause's past"] += held
        met["held"] += due is None
        met["two pauses that overlap"] += len(pauses) > 1

    law()
    prove(met, "held", "due in an open pause's past", "two pauses that overlap")


def _pause(start: dt.datetime, begins: int, length: int | None) -> Pause:
    """Place a pause some minutes from the start."""
    opens = start + begins * MINUTE
    return Pause(start=opens, end=None if length is None else opens + length * MINUTE)


@LAWS
@given(cases(), targets, targets)
def test_s40_due_is_monotonic_splits_and_is_undone_by_due_backward(
    case: tuple[CalendarSpec, dt.datetime], first: int, second: int
) -> None:
    spec, start = case
    assume(any(spec.hours.values()))
    calendar = BusinessCalendar(spec)
    due = calendar.due(start, first)

    assert start <= due <= calendar.due(start, first + second)
    assert calendar.due(start, first + second) == calendar.due(due, second) or second == 0
    if first + second:
        back = calendar.due_backward(calendar.due(start, first + second), first + second)
        assert calendar.elapsed(back, calendar.due(start, first + second)) == first + second
        assert calendar.due(back, first + second) == calendar.due(start, first + second)
        assert back >= start


@LAWS
@given(cases(), st.integers(-15, 15), targets)
def test_the_order_of_questions_does_not_change_an_answer(
    case: tuple[CalendarSpec, dt.datetime], years: int, seconds: int
) -> None:
    spec, start = case
    assume(any(spec.hours.values()))
    fresh, asked = BusinessCalendar(spec), BusinessCalendar(spec)
    far = start + dt.timedelta(days=365 * years)

    asked.elapsed(min(far, start), max(far, start))

    assert asked.due(start, seconds) == fresh.due(start, seconds)
    assert asked.due_backward(start, seconds) == fresh.due_backward(start, seconds)
    assert asked.next_open(start) == fresh.next_open(start)
