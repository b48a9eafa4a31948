"""Dates without hours: months that clamp, local midnights, and the days on which banks work."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from shared.calendar.business import business_calendar
from shared.calendar.spec import CalendarSpec, HolidaySource

SAO_PAULO = "America/Sao_Paulo"
_BANK_HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("10:00", "16:00"),))


def add_months(day: dt.date, months: int) -> dt.date:
    """Give the same day of a later (or earlier) month, clamped to that month's end (2.3, L-06).

    Count from the anchor each time: a chain of clamped dates drifts (B-06).

    >>> add_months(dt.date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    >>> [add_months(dt.date(2026, 1, 31), n).day for n in (1, 2, 3)]
    [28, 31, 30]
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def local_date(at: dt.datetime, timezone: str) -> dt.date:
    """Give the date that a zone's wall clock shows at an instant (4.4, L-04).

    >>> local_date(dt.datetime(2026, 9, 1, 2, 59, tzinfo=dt.UTC), "America/Sao_Paulo")
    datetime.date(2026, 8, 31)
    """
    return at.astimezone(ZoneInfo(timezone)).date()


def local_midnight(day: dt.date, timezone: str) -> dt.datetime:
    """Give the UTC instant at which a local date begins, 01:00 where the zone skips 00:00 (B-07).

    >>> local_midnight(dt.date(2018, 11, 4), "America/Sao_Paulo")
    datetime.datetime(2018, 11, 4, 3, 0, tzinfo=datetime.timezone.utc)
    """
    return dt.datetime.combine(day, dt.time.min, ZoneInfo(timezone)).astimezone(dt.UTC)


def bank_spec(timezone: str = SAO_PAULO) -> CalendarSpec:
    """Give the calendar of Brazilian banks: national holidays, Carnival Monday and Tuesday, Corpus Christi (3.3)."""
    return CalendarSpec(
        name="bank", timezone=timezone, hours=_BANK_HOURS, holidays=HolidaySource(optional_points="banks")
    )


def is_bank_day(day: dt.date) -> bool:
    """Say whether banks work on a date."""
    return business_calendar(bank_spec()).is_business_day(day)


def following_bank_day(day: dt.date) -> dt.date:
    """Give the date itself when banks work on it, else the next such date: the due dates of 3.4.

    >>> following_bank_day(dt.date(2026, 2, 14))
    datetime.date(2026, 2, 18)
    """
    return business_calendar(bank_spec()).following_business_day(day)
