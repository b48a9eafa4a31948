"""HTTP in: the calendars that promises are counted by, the days laid over them, and what a change would do."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.sla import actions, store
from services.sla.api.effects import EffectView, effect_of
from services.sla.offer import Calendar, Day
from shared.auth import EVERYBODY, MANAGERS
from shared.db import Transaction
from shared.web import Input, versioned

OFFICE = {
    "timezone": "America/Sao_Paulo",
    "hours": {"mon": [["08:00", "18:00"]], "tue": [["08:00", "12:00"], ["13:00", "18:00"]]},
    "holidays": {"country": "BR", "subdivision": "SP"},
}
HALF_DAY = {"kind": "partial", "windows": [["08:00", "12:00"]], "reason": "Véspera de Natal", "source": "Circular 12"}
CHANGE = {"days": [{"date": "2026-12-24", **HALF_DAY}]}


class CalendarsView(msgspec.Struct, frozen=True, kw_only=True):
    """When the provider works; `calendar` is the one that holds where none is named. The laid days are among `days`."""

    items: dict[str, Calendar]
    calendar: str
    version: int


class LaidDayView(msgspec.Struct, frozen=True, kw_only=True):
    """A day that somebody laid over a calendar; it wins over weekly hours, holidays and the offer's own days."""

    day: Day
    changed_at: dt.datetime
    changed_by: str


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar as the offer has it, and the days laid over it; `version` is that of all that is promised."""

    name: str
    version: int
    calendar: Calendar
    laid_days: list[LaidDayView]


class DayInput(Input, frozen=True, kw_only=True):
    """What differs on a date: closed; open, though a holiday; partial, with windows of its own (S-24)."""

    kind: Annotated[str, Meta(pattern="^(closed|open|partial)$")]
    windows: tuple[tuple[str, str], ...] = ()
    reason: Annotated[str, Meta(max_length=200)] = ""
    source: Annotated[str, Meta(max_length=200)] = ""


class CalendarChange(Input, frozen=True, kw_only=True):
    """A change to be looked at: another calendar, days to lay over it, laid days to take away."""

    calendar: Calendar | None = None
    days: Annotated[tuple[Day, ...], Meta(max_length=400)] = ()
    without: Annotated[tuple[dt.date, ...], Meta(max_length=400)] = ()


@get("/v1/calendars", roles=EVERYBODY, operation_id="list_calendars")
async def list_calendars(tx: Transaction) -> CalendarsView:
    """The calendars of your provider that promises are counted by, with the days laid over them."""
    today = await store.terms_of_today(tx)
    section = await store.section_of(tx, today)
    return CalendarsView(items=section.calendars, calendar=section.calendar, version=today.version)


@get("/v1/calendars/{name:str}", roles=EVERYBODY, operation_id="read_calendar")
async def read_calendar(tx: Transaction, name: str) -> Response[CalendarView]:
    """One calendar, and who laid which day over it, why and by what source."""
    found = await actions.read_calendar(tx, name)
    view = CalendarView(
        name=name,
        version=found.version,
        calendar=found.calendar,
        laid_days=[
            LaidDayView(day=one.day, changed_at=one.changed_at, changed_by=one.changed_by) for one in found.laid
        ],
    )
    return versioned(view, version=found.version)


@put("/v1/calendars/{name:str}", roles=MANAGERS, operation_id="put_calendar")
async def put_calendar(
    tx: Transaction, name: str, data: Annotated[Calendar, Body(examples=[Example(value=OFFICE)])], if_match: int | None
) -> Response[EffectView]:
    """Let a calendar hold as given; what is open is counted anew, what is decided stays (S-13).

    This is the calendar of promises, and no other: the dates of invoices, of quotes and of silence are counted by the
    calendars of their own sections of the offer. A day on which nobody works belongs into the offer file, which all
    five are given; applying it again brings this calendar's hours and holidays back, and leaves the laid days.
    """
    return effect_of(await actions.put_calendar(tx, name, data, expected_version=if_match))


@put("/v1/calendars/{name:str}/days/{date:date}", roles=MANAGERS, operation_id="lay_calendar_day")
async def lay_day(
    tx: Transaction,
    name: str,
    date: dt.date,
    data: Annotated[DayInput, Body(examples=[Example(value=HALF_DAY)])],
    if_match: int | None,
) -> Response[EffectView]:
    """Add, remove or shorten a day of a calendar; it stays when the offer file is applied again (4.1).

    Promises alone are counted by it: see `put_calendar`.
    """
    day = msgspec.convert({"date": date, **msgspec.structs.asdict(data)}, Day)
    return effect_of(await actions.lay_day(tx, name, day, expected_version=if_match))


@delete("/v1/calendars/{name:str}/days/{date:date}", roles=MANAGERS, operation_id="lift_calendar_day", status_code=200)
async def lift_day(tx: Transaction, name: str, date: dt.date, if_match: int | None) -> Response[EffectView]:
    """Take a day away that was laid over a calendar."""
    return effect_of(await actions.lift_day(tx, name, date, expected_version=if_match))


@post("/v1/calendars/{name:str}/preview", roles=MANAGERS, operation_id="preview_calendar", status_code=200)
async def preview_calendar(
    tx: Transaction, name: str, data: Annotated[CalendarChange, Body(examples=[Example(value=CHANGE)])]
) -> Response[EffectView]:
    """What a change would do if it was saved now: which promises move, break at once, or are forgiven their breach."""
    return effect_of(
        await actions.preview_calendar(tx, name, calendar=data.calendar, days=data.days, without=data.without)
    )


routes = [list_calendars, read_calendar, put_calendar, lay_day, lift_day, preview_calendar]
