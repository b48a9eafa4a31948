"""What is told of a run before it is done: that it comes, and that its month has begun (3.1, 3.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from services.billing.domain.schedule import Calendars, Run
from shared.calendar import local_date

NoticeKind = Literal["upcoming", "drafted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to be told of a run, and when."""

    kind: NoticeKind
    at: datetime


def next_notice(
    run: Run, *, now: datetime, told: str, timezone: str, calendars: Calendars, upcoming_business_days: int
) -> Notice | None:
    """The next notice of a run; `told` is the kind that was told last of it, or "none".

    Business days before the run it is upcoming, unless that has passed. With the first day of its month its draft is
    there, or later when the contract is; then the run itself is what comes next.
    """
    zone = ZoneInfo(timezone)
    day = local_date(run.at, timezone)
    if told == "none" and upcoming_business_days:
        before = calendars.business.business_days_before(day, upcoming_business_days)
        at = datetime.combine(before, calendars.run_time, zone).astimezone(run.at.tzinfo)
        if at >= now:
            return Notice(kind="upcoming", at=at)
    begins = datetime.combine(run.month.first_day, time(), zone).astimezone(run.at.tzinfo)
    drafted_at = max(begins, now)
    return Notice(kind="drafted", at=drafted_at) if told != "drafted" and drafted_at < run.at else None
