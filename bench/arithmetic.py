"""Business time, one process: due times and elapsed times a second, against the libraries that people use for it.

The same cases for all: Monday to Friday 08:00-18:00 in São Paulo without Brazil's holidays. An answer that differs from
ours by a microsecond ends the measurement: a wrong answer has no speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

import business_duration
import businesstimedelta
import holidays
import pytz
import timegrid
import workclock

from bench.figures import Figure
from shared.calendar import CalendarSpec, HolidaySource, business_calendar

ZONE = "America/Sao_Paulo"
FIRST = datetime(2024, 1, 3, 15, tzinfo=UTC)
STEP = timedelta(hours=31, minutes=17, seconds=5)
CASES = 500
YEAR = timedelta(days=365)
YEARS = range(2023, 2029)
PASSES = 5  # the best of them counts: a busy machine makes every library slow
PASS_SECONDS = 0.5  # one pass ends after this many, or with the cases

Due = Callable[[datetime, int], datetime]
Elapsed = Callable[[datetime, datetime], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A library as it is asked in earnest: instants in, an instant or seconds out; None for what it cannot do."""

    name: str
    due: Due | None
    elapsed: Elapsed


def compared() -> list[Figure]:
    """Check that all agree, then measure each; ours with a ratio to the fastest of the others and to each."""
    ours, others = _ours(), [_workclock(), _timegrid(), _businesstimedelta(), _business_duration()]
    starts = [FIRST + number * STEP for number in range(CASES)]
    dues = [(start, 60 * (1 + 37 * number % 2_400)) for number, start in enumerate(starts)]
    years = [(start, start + YEAR) for start in starts]
    assert ours.due is not None
    found = []
    for name, mine, theirs, cases in (
        ("due times", ours.due, [(one.name, one.due) for one in others], dues),
        ("elapsed over a year", ours.elapsed, [(one.name, one.elapsed) for one in others], years),
    ):
        found += _one_question(name, mine, [(peer, ask) for peer, ask in theirs if ask is not None], cases)
    return found


def _one_question(
    name: str,
    ours: Callable[..., Any],
    others: Sequence[tuple[str, Callable[..., Any]]],
    cases: Sequence[tuple[datetime, Any]],
) -> list[Figure]:
    for peer, ask in others:
        for case in cases[:: 1 if _rate(ask, cases[:3]) > CASES else CASES // 10]:
            assert ask(*case) == ours(*case), f"{peer} disagrees on {name} {case}: {ask(*case)}, ours {ours(*case)}"
    rate = _best(ours, cases)
    return [
        Figure(
            name=f"business time, {name}, against {peer}",
            value=rate,
            unit="1/s",
            baseline=_best(ask, cases),
            baseline_name=peer,
            goal="ratio > 1",
        )
        for peer, ask in others
    ]


def _best(ask: Callable[..., Any], cases: Sequence[tuple[datetime, Any]]) -> float:
    return max(_rate(ask, cases) for _ in range(PASSES))


def _rate(ask: Callable[..., Any], cases: Sequence[tuple[datetime, Any]]) -> float:
    """Answers a second, over the cases or for as long as a pass lasts."""
    asked, started = 0, time.perf_counter()
    for start, other in cases:
        ask(start, other)
        asked += 1
        if time.perf_counter() - started > PASS_SECONDS:
            break
    return asked / (time.perf_counter() - started)


def _ours() -> Peer:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "18:00"),))
    spec = CalendarSpec(name="office", timezone=ZONE, hours=hours, holidays=HolidaySource(country="BR"))
    calendar = business_calendar(spec)
    return Peer(name="ponteiro", due=calendar.due, elapsed=calendar.elapsed)


def _workclock() -> Peer:
    office = workclock.WorkDay(wall_time(8), wall_time(18))
    schedule = workclock.Schedule([office, workclock.Holidays(_holidays())], time_zone=ZoneInfo(ZONE))
    return Peer(
        name="workclock",
        due=lambda start, seconds: schedule.add(start, seconds=seconds),
        elapsed=lambda start, end: schedule.between(start, end).total_seconds(),
    )


def _timegrid() -> Peer:
    """It knows no zones: it is given wall times, made beforehand, and its timeline is compiled once."""
    calendar = timegrid.TimeGridCalendar.weekdays(wall_time(8), wall_time(18))
    for day in _holidays():
        calendar = calendar.close(day)
    wall, zone = _walls(), ZoneInfo(ZONE)
    timeline = calendar.compile(min(wall.values()) - YEAR, max(wall.values()) + YEAR)
    return Peer(
        name="timegrid",
        due=lambda start, seconds: (
            calendar.add_work_duration(wall[start], timegrid.seconds(seconds)).replace(tzinfo=zone).astimezone(UTC)
        ),
        elapsed=lambda start, end: timeline.get_working_duration(wall[start], wall[end]).total_seconds(),
    )


def _businesstimedelta() -> Peer:
    zone = pytz.timezone(ZONE)
    office = businesstimedelta.WorkDayRule(wall_time(8), wall_time(18), [0, 1, 2, 3, 4], tz=zone)
    closed = businesstimedelta.HolidayRule(holidays.country_holidays("BR", years=YEARS), tz=zone)
    rules = businesstimedelta.Rules([office, closed])

    def elapsed(start: datetime, end: datetime) -> float:
        found = rules.difference(start, end)
        return float(found.hours * 3600 + found.seconds)

    return Peer(
        name="businesstimedelta",
        due=lambda start, seconds: start + businesstimedelta.BusinessTimeDelta(rules, seconds=seconds),
        elapsed=elapsed,
    )


def _business_duration() -> Peer:
    """Elapsed times only, of wall times made beforehand."""
    wall, closed = _walls(), holidays.country_holidays("BR", years=YEARS)

    def elapsed(start: datetime, end: datetime) -> float:
        return float(
            business_duration.businessDuration(
                startdate=wall[start],
                enddate=wall[end],
                starttime=wall_time(8),
                endtime=wall_time(18),
                holidaylist=closed,
                unit="sec",
            )
        )

    return Peer(name="business-duration", due=None, elapsed=elapsed)


def _walls() -> dict[datetime, datetime]:
    """The wall time in the zone of every instant that is asked about."""
    starts = [FIRST + number * STEP for number in range(CASES)]
    instants = [*starts, *(start + YEAR for start in starts)]
    return {one: one.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None) for one in instants}


def _holidays() -> list[Any]:
    return sorted(holidays.country_holidays("BR", years=YEARS))
