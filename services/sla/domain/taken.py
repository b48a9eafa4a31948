"""How long a ticket took, for the statistics that are shown and promise nothing (N3, N30)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.clocks import Wait, ended
from services.sla.offer import Resolution
from shared.calendar import BusinessCalendar, Pause

SECONDS_PER_MINUTE = 60


class Band(enum.StrEnum):
    """Where a resolution falls beside what most demands take (N30)."""

    QUICKER = "quicker"
    WITHIN = "within"
    SLOWER = "slower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Business seconds from the registration to the resolution, and how many of them it stood still for something."""

    business_seconds: int
    paused_seconds: int
    band: Band | None


def taken(
    calendar: BusinessCalendar,
    *,
    since: datetime,
    until: datetime,
    waits: tuple[Wait, ...],
    typical: Resolution | None,
) -> Taken:
    """What a resolution took; the band counts whole business time, pauses among it, by days after the registration's.

    >>> from shared.calendar import CalendarSpec, business_calendar
    >>> from datetime import UTC
    >>> week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "18:00"),))
    >>> office = business_calendar(CalendarSpec(name="office", timezone="UTC", hours=week))
    >>> most = Resolution(min_minutes=360, max_business_days=2)  # N30: six hours to two business days
    >>> registered = datetime(2026, 11, 16, 9, tzinfo=UTC)
    >>> done = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((16, 14), (18, 18), (19, 9)))
    >>> for until in done:
    ...     one = taken(office, since=registered, until=until, waits=(), typical=most)
    ...     print(one.business_seconds // 3600, one.band)
    5 quicker
    29 within
    30 slower
    """
    business = calendar.elapsed(since, until)
    pauses = [Pause(start=wait.since, end=wait.until) for wait in ended(waits, until)]
    paused = business - calendar.elapsed_with_pauses(since, until, pauses)
    return Taken(
        business_seconds=business,
        paused_seconds=paused,
        band=None if typical is None else _band(calendar, business, since, until, typical),
    )


def _band(
    calendar: BusinessCalendar, business_seconds: int, since: datetime, until: datetime, typical: Resolution
) -> Band:
    if business_seconds < typical.min_minutes * SECONDS_PER_MINUTE:
        return Band.QUICKER
    last = calendar.business_days_after(calendar.local_date(since), typical.max_business_days)
    return Band.WITHIN if calendar.local_date(until) <= last else Band.SLOWER
