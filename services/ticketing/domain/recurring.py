"""Tickets that come again (N13): a rule of iCalendar in the contract's local time, and what becomes of missed ones."""

from __future__ import annotations

import calendar
import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from services.ticketing.domain import refusals

FIRST_MOST_DAYS = 366  # a plan that begins later is made later
COUNT_MOST = 1_000
OF_CONTRACT_MOST = 50  # recurrences that are not over: what comes oftener is a service, not a ticket
UPCOMING_SHOWN = 5

_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_NTH_DAY = rf"(?:[+-]?[1-5])?{_DAY}"
_MONTHDAY = r"-?(?:[1-9]|[12]\d|3[01])"


def _several(one: str) -> str:
    return f"{one}(?:,{one}){{0,30}}"


# Per frequency the parts that a rule may have: daily at most, and none of those combinations that never come (which the
# library would look for until the year 9999).
_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "DAILY": {"INTERVAL": r"[1-9]\d{0,2}"},
    "WEEKLY": {"INTERVAL": r"[1-9]\d?", "BYDAY": _several(_DAY), "WKST": _DAY},
    "MONTHLY": {
        "INTERVAL": r"[1-9]\d?",
        "BYDAY": _several(_NTH_DAY),
        "BYMONTHDAY": _several(_MONTHDAY),
        "BYSETPOS": r"-?[1-4]",
    },
    "YEARLY": {
        "INTERVAL": r"[1-9]",
        "BYMONTH": _several(r"(?:[1-9]|1[0-2])"),
        "BYDAY": _several(rf"[+-]?[1-4]{_DAY}"),
        "BYMONTHDAY": _several(_MONTHDAY),
    },
}
_ENDS: Final[Mapping[str, str]] = {"COUNT": r"[1-9]\d{0,3}", "UNTIL": r"\d{8}(?:T\d{6}Z?)?"}


class RecurrenceState(enum.StrEnum):
    """Whether a recurrence opens tickets."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A demand that comes again, by `rule` from the local wall time `first_local` on, in the contract's zone.

    `next_at` is the next instant, None where nothing comes. `stopped_because`: what refused a ticket, where one was.
    """

    id: UUID
    contract_id: UUID
    organization_id: UUID
    subject: str
    description: str
    item: str | None
    area: str | None
    asset_id: UUID | None
    template: str | None
    rule: str
    first_local: str
    timezone: str
    state: RecurrenceState
    next_at: datetime | None
    opened: int
    missed: int
    stopped_because: str | None
    created_by: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What has come: the newest occurrence opens a ticket, `missed` earlier ones do not; and what comes next."""

    occurs_at: datetime
    missed: int
    next_at: datetime | None


def check_rule(rule: str, *, timezone: str) -> str:
    """The rule as it is kept, its end in local time. Raises RecurrenceInvalid, naming the part.

    >>> check_rule("FREQ=MONTHLY;BYDAY=1MO;UNTIL=20271231", timezone="America/Sao_Paulo")
    'FREQ=MONTHLY;BYDAY=1MO;UNTIL=20271231T235959'
    """
    parts: dict[str, str] = {}
    for piece in rule.strip().removeprefix("RRULE:").split(";"):
        name, _, value = piece.partition("=")
        if name in parts:
            raise _wrong(f"{name} is said twice")
        parts[name] = value
    known = _PARTS.get(parts.get("FREQ", ""))
    if known is None:
        raise _wrong(f"FREQ is {', '.join(_PARTS)}: nothing comes oftener than daily")
    for name, value in parts.items():
        pattern = {**known, **_ENDS, "FREQ": r"\w+"}.get(name)
        if pattern is None or not re.fullmatch(pattern, value):
            raise _wrong(f"{name or piece}={value} is not taken with FREQ={parts['FREQ']}")
    _check_together(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = _local_end(parts["UNTIL"], timezone)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _check_together(parts: Mapping[str, str]) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise _wrong("COUNT and UNTIL are not said together")
    if int(parts.get("COUNT", 1)) > COUNT_MOST:
        raise _wrong(f"COUNT is {COUNT_MOST} at most")
    if "BYDAY" in parts and "BYMONTHDAY" in parts:
        raise _wrong("BYDAY and BYMONTHDAY are not said together")
    if "BYSETPOS" in parts and "BYDAY" not in parts:
        raise _wrong("BYSETPOS chooses among the days of BYDAY")
    if parts["FREQ"] != "YEARLY":
        return
    if "BYMONTH" not in parts and ("BYDAY" in parts or "BYMONTHDAY" in parts):
        raise _wrong("a day of the year is said with its BYMONTH")
    months = [int(month) for month in parts.get("BYMONTH", "1").split(",")]
    days = [int(day) for day in parts.get("BYMONTHDAY", "1").split(",")]
    longest = max(calendar.monthrange(2027, month)[1] for month in months)  # a year without 29 February
    if not any(abs(day) <= longest for day in days):
        raise _wrong("there is no such day in most years")


def _local_end(until: str, timezone: str) -> str:
    """A day counts to its end, an instant in UTC becomes local: the rule is in local time as a whole."""
    try:
        if len(until) == len("20271231"):
            return f"{date.fromisoformat(until):%Y%m%d}T235959"
        told = datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  the zone follows
    except ValueError as error:
        raise _wrong(f"UNTIL={until} is no date") from error
    if until.endswith("Z"):
        told = told.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
    return f"{told:%Y%m%dT%H%M%S}"


def begins(first_at: datetime, *, timezone: str, at: datetime) -> str:
    """The local wall time from which a rule counts: ahead, and by a year at most. Raises RecurrenceInvalid."""
    if not at < first_at <= at + timedelta(days=FIRST_MOST_DAYS):
        raise refusals.RecurrenceInvalid(f"it begins ahead, by {FIRST_MOST_DAYS} days at most", field="first_at")
    return first_at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None).isoformat()


def after(one: Recurrence, at: datetime) -> Iterator[datetime]:
    """The instants of the occurrences after one, the earliest first.

    An hour that the clocks skip is moved forward by as much; one that they show twice counts once.
    """
    zone = ZoneInfo(one.timezone)
    local = at.astimezone(zone).replace(tzinfo=None)
    for wall in _rule(one).xafter(local - timedelta(days=1)):
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant > at:
            yield instant


def next_after(one: Recurrence, at: datetime) -> datetime | None:
    """The next occurrence after an instant, None when there is none."""
    return next(after(one, at), None)


def due(one: Recurrence, *, at: datetime) -> Due:
    """What has come by now: after an outage one ticket for the newest occurrence, not one for each that was missed."""
    assert one.next_at is not None and one.next_at <= at, "something is due"
    newest, missed = one.next_at, 0
    for instant in after(one, one.next_at):
        if instant > at:
            return Due(occurs_at=newest, missed=missed, next_at=instant)
        newest, missed = instant, missed + 1
    return Due(occurs_at=newest, missed=missed, next_at=None)


def opened(one: Recurrence, come: Due) -> Recurrence:
    """The recurrence after its newest occurrence opened a ticket."""
    state = RecurrenceState.ACTIVE if come.next_at is not None else RecurrenceState.ENDED
    opened_now, missed = one.opened + 1, one.missed + come.missed
    return replace(one, state=state, next_at=come.next_at, version=one.version + 1, opened=opened_now, missed=missed)


def stopped(one: Recurrence, *, why: str) -> Recurrence:
    """No ticket could be opened: nothing more is tried until somebody looks, and resumes it."""
    return replace(one, state=RecurrenceState.PAUSED, next_at=None, stopped_because=why, version=one.version + 1)


def pause(one: Recurrence) -> Recurrence:
    """Open nothing until it is resumed. Raises RecurrenceIsOver."""
    _check_alive(one)
    return replace(one, state=RecurrenceState.PAUSED, next_at=None, version=one.version + 1)


def resume(one: Recurrence, *, at: datetime) -> Recurrence:
    """Go on with what comes from now on: what fell into the pause is not made up for. Raises RecurrenceIsOver."""
    _check_alive(one)
    coming = next_after(one, at)
    state = RecurrenceState.ACTIVE if coming is not None else RecurrenceState.ENDED
    return replace(one, state=state, next_at=coming, stopped_because=None, version=one.version + 1)


def end(one: Recurrence) -> Recurrence:
    """Open nothing any more. Raises RecurrenceIsOver."""
    _check_alive(one)
    return replace(one, state=RecurrenceState.ENDED, next_at=None, version=one.version + 1)


def _check_alive(one: Recurrence) -> None:
    if one.state is RecurrenceState.ENDED:
        raise refusals.RecurrenceIsOver("the recurrence is over: make another one")


def _rule(one: Recurrence) -> rrule:
    found = rrulestr(one.rule, dtstart=datetime.fromisoformat(one.first_local))
    assert isinstance(found, rrule), "one rule, not a set of them"
    return found


def _wrong(told: str) -> refusals.RecurrenceInvalid:
    return refusals.RecurrenceInvalid(told, field="rule")
