"""When invoices are made and when they are due: the run of a month, issue dates, bank days (3.2, 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.billing.domain.months import Month
from services.billing.offer import Section
from shared.calendar import BusinessCalendar, business_calendar, local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One making of a contract's invoice: `month` names it and is the month whose fee it takes in advance.

    The last run of a contract that ends (`is_final`) takes what there is, of its own month, too (2.9).
    """

    month: Month
    at: datetime
    is_final: bool = False

    @property
    def overage_before(self) -> Month:
        """The first month whose overage it leaves to another run."""
        return self.month.next() if self.is_final else self.month


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """What rules the dates of a provider: its business days, the banks' days, the local time of the run."""

    business: BusinessCalendar
    bank: BusinessCalendar
    run_time: time


def calendars_of(section: Section) -> Calendars:
    """The calendars that an offer names, built once and remembered."""
    return Calendars(
        business=business_calendar(section.calendars[section.calendar]),
        bank=business_calendar(section.calendars[section.bank_calendar]),
        run_time=time.fromisoformat(section.invoicing.run_time),
    )


def planned_run(month: Month, *, start_date: date, activated_at: datetime, timezone: str, calendars: Calendars) -> Run:
    """The run of a month: its first business day, in the month of the start the first one from `start_date` on (3.2).

    When that lies before the activation, the next business day after the activation. A run that falls into a later
    month is that month's run, and takes its fee as well.
    """
    business = calendars.business
    earliest = max(month.first_day, start_date)
    at = _at(business.following_business_day(earliest), calendars.run_time, timezone)
    if at < activated_at:
        today = local_date(activated_at, timezone)
        at = _at(business.following_business_day(today), calendars.run_time, timezone)
        if at <= activated_at:
            at = _at(business.business_days_after(today, 1), calendars.run_time, timezone)
    return Run(month=Month.of(local_date(at, timezone)), at=at)


def final_run(effective_date: date, *, timezone: str, calendars: Calendars) -> Run:
    """The last run of a contract: the first business day after its effective date (2.9)."""
    day = calendars.business.following_business_day(effective_date + timedelta(days=1))
    return Run(month=Month.of(day), at=_at(day, calendars.run_time, timezone), is_final=True)


def issue_date(now: datetime, *, scheduled_at: datetime, timezone: str) -> date:
    """The scheduled date while it is that day still, else today's, never one that has passed (3.2).

    >>> eight, later = datetime(2026, 12, 1, 11, tzinfo=UTC), datetime(2026, 12, 3, 1, tzinfo=UTC)
    >>> issue_date(later, scheduled_at=eight, timezone="America/Sao_Paulo")
    datetime.date(2026, 12, 2)
    """
    assert now >= scheduled_at, "a run is never early"
    return local_date(now, timezone)


def due_date(issued_on: date, *, net_days: int, calendars: Calendars) -> date:
    """The day of payment: so many days after the issue, and then the next day on which banks work (3.4)."""
    return calendars.bank.following_business_day(issued_on + timedelta(days=net_days))


def reminder_at(due: date, *, days: int, timezone: str, calendars: Calendars) -> datetime | None:
    """When it is said that an invoice will be due: so many days before, at the time of the run; 0: never."""
    return _at(due - timedelta(days=days), calendars.run_time, timezone) if days else None


def overdue_at(due: date, *, timezone: str, calendars: Calendars) -> datetime:
    """When an unpaid invoice is overdue: as soon as the due date, or the bank day after it, is over (3.4)."""
    return _at(calendars.bank.following_business_day(due) + timedelta(days=1), time(), timezone)


def _at(day: date, clock: time, timezone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)
