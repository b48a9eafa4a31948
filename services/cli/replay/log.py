"""Reading another help desk's event log by a map: which column is what, and what each activity does here."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.cli.terminal import Cannot

Verb = Literal["open", "triage", "answer", "pause", "escalate", "resolve", "close"]


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The columns that every log has; `format` is that of strptime, without an offset in `timezone`."""

    case: str
    activity: str
    at: str
    format: str
    timezone: str = "UTC"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a column's values mean here; a value that is not named means `other`, without one the row is listed."""

    column: str
    values: dict[str, str]
    other: str | None = None


class Deed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an activity does to a ticket: `text` is what the customer reads, state and reason are those of a pause."""

    does: Verb
    text: str = "..."
    state: Literal["awaiting_customer", "blocked"] = "awaiting_customer"
    reason: str | None = None


class Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a log is read. `customer` names a column for a contract per customer; without it there is one per plan."""

    offer: str
    log: Columns
    plan: Choice
    activities: dict[str, Deed]
    priority: Choice | None = None
    customer: str | None = None
    channel: str = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row that means something: what happens to the ticket of a case at an instant; `row` counts from 1."""

    row: int
    case: str
    activity: str
    at: datetime
    deed: Deed
    plan: str
    priority: str | None
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A row that makes no sense, and why."""

    row: int
    case: str
    activity: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log that was read: its steps in the order of time, the rows that make none, and a fingerprint of its bytes."""

    steps: Sequence[Step]
    odd: Sequence[Odd]
    fingerprint: str

    @property
    def tickets(self) -> int:
        """How many cases it tells of."""
        return len({step.case for step in self.steps})


class _Unread(Exception):
    """A row cannot be read: its message says why."""


def read_map(path: Path) -> Map:
    """A map, checked. Raises Cannot, naming the field."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Map)
    except OSError as error:
        raise Cannot(f"{path} cannot be read: {error.strerror or error}") from None
    except msgspec.MsgspecError as error:
        raise Cannot(f"{path}: {error}") from None


def read_log(path: Path, by: Map) -> Log:
    """A log in the order of time; rows of one instant keep their order. Raises Cannot for what is no such log."""
    try:
        body = path.read_bytes()
        zone = ZoneInfo(by.log.timezone)
        rows = list(csv.DictReader(body.decode("utf-8-sig").splitlines(), delimiter=by.log.delimiter))
    except OSError as error:
        raise Cannot(f"{path} cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, ZoneInfoNotFoundError, ValueError) as error:
        raise Cannot(f"{path}: {error}") from None
    named = [by.log.case, by.log.activity, by.log.at, by.plan.column]
    named += [by.priority.column] if by.priority else []
    missing = [name for name in named if not rows or name not in rows[0]]
    if missing:
        raise Cannot(f"{path} has no column {', '.join(missing)}")
    steps, odd = [], []
    for number, row in enumerate(rows, start=1):
        try:
            steps.append(_step(number, row, by, zone))
        except _Unread as why:
            case, activity = row[by.log.case] or "", row[by.log.activity] or ""
            odd.append(Odd(row=number, case=case, activity=activity, why=str(why)))
    steps.sort(key=lambda step: (step.at, step.row))
    return Log(steps=steps, odd=odd, fingerprint=hashlib.sha256(body).hexdigest()[:12])


def _step(number: int, row: dict[str, str | None], by: Map, zone: ZoneInfo) -> Step:
    case, activity = row[by.log.case], row[by.log.activity]
    if not case or not activity:
        raise _Unread("it names no case or no activity")
    deed = by.activities.get(activity)
    if deed is None:
        raise _Unread("the map does not say what this activity does")
    try:
        at = datetime.strptime(row[by.log.at] or "", by.log.format)  # noqa: DTZ007  its zone is given below
    except ValueError:
        raise _Unread(f"{row[by.log.at]!r} is no instant like {by.log.format}") from None
    at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    plan = _meant(by.plan, row)
    if plan is None:
        raise _Unread(f"the map does not say which plan {row[by.plan.column]!r} is")
    priority = _meant(by.priority, row) if by.priority is not None else None
    if deed.does == "triage" and priority is None:
        raise _Unread("it sets a priority that the map does not name")
    customer = (row.get(by.customer) or "") if by.customer else ""
    return Step(
        row=number,
        case=case,
        activity=activity,
        at=at.astimezone(UTC),
        deed=deed,
        plan=plan,
        priority=priority,
        customer=customer,
    )


def _meant(choice: Choice, row: dict[str, str | None]) -> str | None:
    return choice.values.get(row[choice.column] or "", choice.other)
