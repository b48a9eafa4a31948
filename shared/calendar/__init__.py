"""Business time: which instants a calendar is open, and the arithmetic of due times and elapsed times.

Domain 2.3, 3.2-3.4, 4.1, 4.2, 4.4. Pure: no clock, no database. Instants are aware datetimes and come back in UTC,
durations are seconds of open time, dates are local dates of the calendar's own zone.
"""

from shared.calendar.business import BusinessCalendar, Pause, business_calendar
from shared.calendar.dates import add_months, bank_spec, following_bank_day, is_bank_day, local_date, local_midnight
from shared.calendar.spec import (
    BeyondHorizon,
    CalendarInvalid,
    CalendarSpec,
    DaySpec,
    HolidaySource,
    Window,
    never_closed,
)

__all__ = [
    "BeyondHorizon",
    "BusinessCalendar",
    "CalendarInvalid",
    "CalendarSpec",
    "DaySpec",
    "HolidaySource",
    "Pause",
    "Window",
    "add_months",
    "bank_spec",
    "business_calendar",
    "following_bank_day",
    "is_bank_day",
    "local_date",
    "local_midnight",
    "never_closed",
]
