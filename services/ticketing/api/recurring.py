"""Demands that come again, over HTTP (N13)."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from msgspec import Meta

from services.ticketing import actions
from services.ticketing.actions import recurring as acts
from services.ticketing.api.inputs import NO_NUL, Code, Instant, Line, Prose
from services.ticketing.api.views import View
from services.ticketing.domain import recurring
from services.ticketing.domain.recurring import Recurrence, RecurrenceState
from services.ticketing.store import recurring as kept
from services.ticketing.store.tables import NO_CLOCK
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned


class PlanRecurrence(Input, frozen=True):
    """What is to come again: daily at most, by a rule of iCalendar in the contract's local time.

    FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, with INTERVAL; BYDAY; BYMONTHDAY; BYMONTH (yearly); BYSETPOS (monthly,
    with BYDAY); and COUNT or UNTIL.
    """

    contract_id: UUID
    subject: Annotated[Line, Meta(examples=["Atualizações e backup do mês"])]
    description: Annotated[Prose, Meta(examples=["Atualizar sistema e extensões, conferir o backup."])]
    rule: Annotated[
        str, Meta(min_length=1, max_length=300, pattern=NO_NUL, examples=["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1"])
    ]
    first_at: Annotated[
        Instant,
        Meta(description="From when on, and at which time.", examples=["2027-01-04T09:00:00-03:00"]),
    ]
    item: Code | None = None
    area: Code | None = None
    asset_id: UUID | None = None
    template: Annotated[Code, Meta(description="A template: each ticket brings its checklist.")] | None = None


class RecurrenceView(View, frozen=True, kw_only=True):
    """A demand that comes again. `missed`: occurrences that opened no ticket, as a newer one had come meanwhile."""

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
    upcoming: list[datetime]
    opened: int
    missed: int
    stopped_because: str | None
    version: int


class RecurrencePage(View, frozen=True):
    """Demands that come again."""

    items: list[RecurrenceView]
    next_cursor: str | None


class OccurrenceView(View, frozen=True):
    """An occurrence, the ticket that it opened, and how many before it opened none."""

    occurs_at: datetime
    ticket_id: UUID
    missed: int


class OccurrencePage(View, frozen=True):
    """Occurrences, the newest first."""

    items: list[OccurrenceView]
    next_cursor: str | None


def _view(one: Recurrence) -> RecurrenceView:
    coming: list[datetime] = []
    if one.next_at is not None:
        coming = [one.next_at, *islice(recurring.after(one, one.next_at), recurring.UPCOMING_SHOWN - 1)]
    same = {name: getattr(one, name) for name in RecurrenceView.__struct_fields__ if name != "upcoming"}
    return RecurrenceView(**same, upcoming=coming)


@post("/v1/recurrences", roles=STAFF, operation_id="plan_recurrence")
async def plan_recurrence(tx: Transaction, data: PlanRecurrence) -> Response[RecurrenceView]:
    """Agree upon a demand that comes again (N13): each occurrence opens one ticket, estimated like any other.

    What was missed while the house was away, or while it was paused, is not made up for: the newest occurrence opens
    one ticket, which says how many before it did not.
    """
    said = (await actions.screen(tx, data)).data
    given = {name: getattr(said, name) for name in PlanRecurrence.__struct_fields__}
    one = await acts.plan(tx, wanted=acts.Plan(**given))
    headers = {"ETag": f'"{one.version}"', "Location": f"/v1/recurrences/{one.id}"}
    return Response(_view(one), status_code=201, headers=headers)


@get("/v1/recurrences", roles=EVERYBODY, operation_id="list_recurrences")
async def list_recurrences(
    tx: Transaction, contract_id: UUID | None = None, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> RecurrencePage:
    """The demands that come again, of the customers that you may see."""
    asked = Slice(limit=limit, cursor=cursor)
    found = await kept.after(tx, asked.after(UUID, FIRST_ID), contract_id=contract_id, most=asked.most)
    page = asked.page(found, lambda one: one.id)
    return RecurrencePage(items=[_view(one) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/recurrences/{recurrence_id:uuid}", roles=EVERYBODY, operation_id="read_recurrence")
async def read_recurrence(tx: Transaction, recurrence_id: UUID) -> Response[RecurrenceView]:
    """A demand that comes again, and when next."""
    one = await kept.one_of(tx, recurrence_id)
    return versioned(_view(one), version=one.version)


@get("/v1/recurrences/{recurrence_id:uuid}/occurrences", roles=EVERYBODY, operation_id="list_occurrences")
async def list_occurrences(
    tx: Transaction, recurrence_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> OccurrencePage:
    """The tickets that it has opened, the newest first."""
    one = await kept.one_of(tx, recurrence_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await kept.occurrences_of(tx, one.id, before=asked.after(datetime, NO_CLOCK), most=asked.most)
    page = asked.page(found, lambda occurrence: occurrence.occurs_at)
    items = msgspec.convert(page.items, list[OccurrenceView], from_attributes=True)
    return OccurrencePage(items=items, next_cursor=page.next_cursor)


@post("/v1/recurrences/{recurrence_id:uuid}/pause", roles=STAFF, operation_id="pause_recurrence", status_code=200)
async def pause_recurrence(tx: Transaction, recurrence_id: UUID, if_match: int | None) -> Response[RecurrenceView]:
    """Open nothing until it is resumed."""
    one = await acts.change(tx, recurrence_id=recurrence_id, version=if_match, act=recurring.pause)
    return versioned(_view(one), version=one.version)


@post("/v1/recurrences/{recurrence_id:uuid}/resume", roles=STAFF, operation_id="resume_recurrence", status_code=200)
async def resume_recurrence(tx: Transaction, recurrence_id: UUID, if_match: int | None) -> Response[RecurrenceView]:
    """Go on with what comes from now on."""
    one = await acts.change(
        tx, recurrence_id=recurrence_id, version=if_match, act=lambda before: recurring.resume(before, at=tx.now)
    )
    return versioned(_view(one), version=one.version)


@post("/v1/recurrences/{recurrence_id:uuid}/end", roles=STAFF, operation_id="end_recurrence", status_code=200)
async def end_recurrence(tx: Transaction, recurrence_id: UUID, if_match: int | None) -> Response[RecurrenceView]:
    """Open nothing any more."""
    one = await acts.change(tx, recurrence_id=recurrence_id, version=if_match, act=recurring.end)
    return versioned(_view(one), version=one.version)


routes = [
    plan_recurrence,
    list_recurrences,
    read_recurrence,
    list_occurrences,
    pause_recurrence,
    resume_recurrence,
    end_recurrence,
]
