"""What a calendar says: its zone, weekly hours, holidays and special days, as data that an offer file can hold."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from shared.calendar.brazil import brazil

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 86_400
LAST_OF_SIXTY = 59

Window = tuple[str, str]
"""A window as written: ("08:00", "18:00"). It is open at its first instant and closed at its last (S-15)."""

Piece = tuple[int, int]
"""A window as counted: seconds of the local wall clock since that day's 00:00, [opens, closes)."""

_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_A_LEAP_YEAR = 2024  # the year in which every month and day, 29 February too, exists
_DAYS_OF_A_LEAP_YEAR = 366


class CalendarInvalid(ValueError):
    """A calendar that cannot be used; `field` says where, `rule` which rule says no.

    >>> CalendarSpec(name="x", timezone="America/Sampa", hours={"mon": [("08:00", "18:00")]}).validate()
    Traceback (most recent call last):
    ...
    shared.calendar.spec.CalendarInvalid: timezone: unknown_zone: no zone is called 'America/Sampa'
    """

    def __init__(self, field: str, rule: str, why: str) -> None:
        """Name the field as a path (`hours.mon[0]`), the rule as one word, and say why in a sentence."""
        super().__init__(f"{field}: {rule}: {why}")
        self.field = field
        self.rule = rule
        self.why = why


class BeyondHorizon(ValueError):
    """There is no answer in the years that can be computed in: the calendar never opens or closed for good (S-22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidaySource:
    """Whose holidays count (domain 3.3, 4.1): national, with a subdivision those of the state or city too.

    `subdivision` is a code of the `holidays` library: "SP", "RJ", or "São Paulo Capital" for that city.
    `optional_points`: `ignore` works through them, `observe` closes on them for the whole day, `banks` closes on
    Carnival Monday and Tuesday and Corpus Christi only (CMN Resolution 4.880/2020).
    """

    country: Literal["BR"] = "BR"
    subdivision: str | None = None
    optional_points: Literal["ignore", "observe", "banks"] = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpec:
    """One day that differs: it wins over weekly hours, holidays and yearly closings (S-24).

    `closed`: a whole local day. `open`: worked although it is a holiday, in its weekday's hours or in `windows`.
    `partial`: `windows` replace the weekday's. `source` says where that is written.
    """

    date: dt.date
    kind: Literal["closed", "open", "partial"]
    windows: Sequence[Window] = ()
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSpec:
    """A calendar as data. Windows of one day may touch or overlap (they are a union) and may cross midnight.

    A window across midnight is cut there: its second half belongs to the next local day, and falls away when that
    day is closed. `closed_yearly` are "MM-DD"; "02-29" counts in leap years only (S-25).
    """

    name: str
    timezone: str
    hours: Mapping[str, Sequence[Window]]
    holidays: HolidaySource | None = None
    days: Sequence[DaySpec] = ()
    closed_dates: Sequence[dt.date] = ()
    closed_yearly: Sequence[str] = ()

    def validate(self) -> None:
        """Refuse with CalendarInvalid what must not be saved: a calendar that cannot be read or never opens (S-22)."""
        self.check_readable()
        yearly = {month_day(text, "closed_yearly") for text in self.closed_yearly}
        opens_weekly = any(weekly_pieces(self)) and len(yearly) < _DAYS_OF_A_LEAP_YEAR
        if not opens_weekly and all(row.kind == "closed" for row in self.days):
            raise CalendarInvalid("hours", "never_opens", "a calendar must be open at some time")

    def check_readable(self) -> None:
        """Refuse with CalendarInvalid what cannot be computed with: unknown zone or subdivision, bad window or day."""
        _check_zone(self.timezone)
        weekly = weekly_pieces(self)
        for number, text in enumerate(self.closed_yearly):
            month_day(text, f"closed_yearly[{number}]")
        _check_holidays(self.holidays)
        _check_days(self, weekly)


def never_closed(timezone: str, name: str = "24x7") -> CalendarSpec:
    """Give the calendar that is always open, as 00:00-24:00 every day (S-16)."""
    return CalendarSpec(name=name, timezone=timezone, hours=dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),)))


def weekly_pieces(spec: CalendarSpec) -> tuple[tuple[Piece, ...], ...]:
    """Give Monday to Sunday the merged pieces of their local day, midnight crossings cut and handed on.

    >>> weekly_pieces(CalendarSpec(name="night", timezone="UTC", hours={"sun": [("22:00", "06:00")]}))[6]
    ((79200, 86400),)
    >>> weekly_pieces(CalendarSpec(name="night", timezone="UTC", hours={"sun": [("22:00", "06:00")]}))[0]
    ((0, 21600),)
    """
    for key in spec.hours:
        if key not in WEEKDAYS:
            raise CalendarInvalid(f"hours.{key}", "unknown_weekday", f"a weekday is one of {', '.join(WEEKDAYS)}")
    days: list[list[Piece]] = [[] for _ in WEEKDAYS]
    for number, key in enumerate(WEEKDAYS):
        for opens, closes in read_windows(spec.hours.get(key, ()), f"hours.{key}"):
            days[number].append((opens, min(closes, DAY_SECONDS)))
            if closes > DAY_SECONDS:
                days[(number + 1) % 7].append((0, closes - DAY_SECONDS))
    return tuple(merged(day) for day in days)


def day_pieces(windows: Sequence[Window], field: str) -> tuple[Piece, ...]:
    """Give a special day's own pieces; it ends by 24:00, for the night belongs to the next day's row."""
    pieces = read_windows(windows, field)
    for n, (_, closes) in enumerate(pieces):
        if closes > DAY_SECONDS:
            raise CalendarInvalid(f"{field}[{n}]", "crosses_midnight", "end it at 24:00 and give the next day a row")
    return merged(pieces)


def merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Unite pieces that overlap or touch (S-17).

    >>> merged([(5, 7), (1, 3), (3, 4)])
    ((1, 4), (5, 7))
    """
    union: list[Piece] = []
    for opens, closes in sorted(pieces):
        if union and opens <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], closes))
        else:
            union.append((opens, closes))
    return tuple(union)


def month_day(text: str, field: str) -> tuple[int, int]:
    """Read "MM-DD" of a yearly closing."""
    found = _MONTH_DAY.fullmatch(text)
    try:
        day = dt.date(_A_LEAP_YEAR, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise CalendarInvalid(field, "bad_month_day", f"{text!r} is no month and day like '01-25'")
    return (day.month, day.day)


def read_windows(windows: Sequence[Window], field: str) -> list[Piece]:
    """Read windows as written; one that ends before it begins runs past 24:00 into the next day.

    >>> read_windows([("22:00", "06:00")], "hours.mon")
    [(79200, 108000)]
    """
    pieces = []
    for n, (opens_text, closes_text) in enumerate(windows):
        where = f"{field}[{n}]"
        opens, closes = _seconds(opens_text, where), _seconds(closes_text, where)
        if opens in {closes, DAY_SECONDS}:
            raise CalendarInvalid(
                where, "empty_window", f"{opens_text}-{closes_text} is never open; all day is 00:00-24:00"
            )
        pieces.append((opens, closes if closes > opens else closes + DAY_SECONDS))
    return pieces


def _seconds(text: str, field: str) -> int:
    """Read "HH:MM" (or "HH:MM:SS"), 00:00 to 24:00, as seconds of the day."""
    found = _CLOCK.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if total > DAY_SECONDS or max(minutes, seconds) > LAST_OF_SIXTY:
        raise CalendarInvalid(field, "bad_window", f"{text!r} is no time of day like '08:00', up to '24:00'")
    return total


def _check_zone(timezone: str) -> None:
    """Refuse a zone that the tz database does not know."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise CalendarInvalid("timezone", "unknown_zone", f"no zone is called {timezone!r}") from None


def _check_holidays(source: HolidaySource | None) -> None:
    """Refuse a country, subdivision or policy that there are no holidays for."""
    if source is None:
        return
    if source.country != "BR":
        raise CalendarInvalid("holidays.country", "unknown_country", f"only BR is known, not {source.country!r}")
    if source.optional_points not in {"ignore", "observe", "banks"}:
        raise CalendarInvalid("holidays.optional_points", "unknown_policy", f"{source.optional_points!r} is none")
    known = brazil().subdivisions
    if source.subdivision is not None and source.subdivision not in known:
        why = f"{source.subdivision!r} is none of {', '.join(known)}"
        raise CalendarInvalid("holidays.subdivision", "unknown_subdivision", why)


def _check_days(spec: CalendarSpec, weekly: tuple[tuple[Piece, ...], ...]) -> None:
    """Refuse special days that contradict each other or themselves."""
    seen = set(spec.closed_dates)
    for n, row in enumerate(spec.days):
        where = f"days[{n}]"
        pieces = day_pieces(row.windows, f"{where}.windows")
        if row.kind not in {"closed", "open", "partial"}:
            raise CalendarInvalid(f"{where}.kind", "unknown_kind", f"{row.kind!r} is not closed, open or partial")
        if row.date in seen:
            raise CalendarInvalid(f"{where}.date", "day_twice", f"{row.date} is already in days or closed_dates")
        if row.kind == "closed" and pieces:
            raise CalendarInvalid(f"{where}.windows", "closed_with_windows", f"{row.date} is closed and has windows")
        if row.kind == "partial" and not pieces:
            raise CalendarInvalid(f"{where}.windows", "partial_without_windows", f"{row.date} needs its windows")
        if row.kind == "open" and not pieces and not weekly[row.date.weekday()]:
            raise CalendarInvalid(f"{where}.windows", "open_without_windows", f"{row.date} has no hours on its weekday")
        seen.add(row.date)
