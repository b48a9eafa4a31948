"""The local days of a calendar: when each is open, whether it is a business day, and why it is closed."""

import datetime as dt

from shared.calendar.brazil import brazil
from shared.calendar.spec import (
    WEEKDAYS,
    BeyondHorizon,
    CalendarSpec,
    HolidaySource,
    Piece,
    day_pieces,
    month_day,
    weekly_pieces,
)

BANK_CLOSINGS = frozenset({"Carnaval", "Corpus Christi"})
"""The optional points on which banks close (CMN Resolution 4.880/2020 art. 6), by the library's pt-BR names."""

LOOK_AHEAD_DAYS = 4_000
"""How far a search for a business day goes before the calendar counts as closed for good: over ten years."""


class LocalDays:
    """The days of one calendar by local date; holidays are looked up a year at a time and kept."""

    def __init__(self, spec: CalendarSpec) -> None:
        """Read the weekly hours and the special days; the spec must be valid."""
        self._weekly = weekly_pieces(spec)
        self._begins = tuple(bool(spec.hours.get(key)) for key in WEEKDAYS)
        self._yearly = frozenset(month_day(text, "closed_yearly") for text in spec.closed_yearly)
        self._source = spec.holidays
        self._closed: dict[dt.date, str] = dict.fromkeys(spec.closed_dates, "")
        self._special: dict[dt.date, tuple[Piece, ...]] = {}
        for row in spec.days:
            if row.kind == "closed":
                self._closed[row.date] = row.reason
            else:
                own = day_pieces(row.windows, "days.windows")
                self._special[row.date] = own or self._weekly[row.date.weekday()]
        self._holidays: dict[int, dict[dt.date, str]] = {}

    def pieces(self, day: dt.date) -> tuple[Piece, ...]:
        """Give the open pieces of a local date, empty when it is closed."""
        if day in self._special:
            return self._special[day]
        weekly = self._weekly[day.weekday()]
        if not weekly or self.closed_because(day) is not None:
            return ()
        return weekly

    def closed_because(self, day: dt.date) -> str | None:
        """Give the reason why a date of any weekday is closed ("" when nobody gave one), None when it is not (B1)."""
        if day in self._special:
            return None
        if day in self._closed:
            return self._closed[day]
        if (day.month, day.day) in self._yearly:
            return ""
        return self._holidays_of(day.year).get(day)

    def is_business_day(self, day: dt.date) -> bool:
        """Say whether work begins on that date; a half day counts, the tail of last night's window does not."""
        if day in self._special:
            return True
        return self._begins[day.weekday()] and self.closed_because(day) is None

    def nearest_business_day(self, day: dt.date, *, step_days: int) -> dt.date:
        """Give the date itself when it is a business day, else the nearest one ahead (1) or behind (-1)."""
        for n in range(LOOK_AHEAD_DAYS):
            candidate = day + dt.timedelta(days=n * step_days)
            if self.is_business_day(candidate):
                return candidate
        raise BeyondHorizon(f"no business day within {LOOK_AHEAD_DAYS} days of {day}")

    def _holidays_of(self, year: int) -> dict[dt.date, str]:
        """Look a year's holidays up once."""
        if self._source is None:
            return {}
        known = self._holidays.get(year)
        if known is None:
            known = self._holidays[year] = holidays_of(self._source, year)
        return known


def holidays_of(source: HolidaySource, year: int) -> dict[dt.date, str]:
    """Give the dates and pt-BR names of a year's holidays, with the optional points that the source closes on.

    >>> holidays_of(HolidaySource(), 2026)[dt.date(2026, 11, 20)]
    'Dia Nacional de Zumbi e da Consciência Negra'
    """
    public = brazil()(years=year, subdiv=source.subdivision, language="pt_BR")
    found = {day: name for day, name in public.items() if day.year == year}
    if source.optional_points != "ignore":
        optional = brazil()(years=year, subdiv=source.subdivision, language="pt_BR", categories=("optional",))
        for day, name in optional.items():
            if source.optional_points == "observe" or name in BANK_CLOSINGS:
                found.setdefault(day, name)
    return found
