"""HTTP in: the clocks, the calendars, and sla's section of the provider's offer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, put
from litestar.params import QueryParameter
from msgspec import Meta

from services.sla import actions, store
from services.sla.domain import Clock, Metric, State
from services.sla.offer import Calendar, Counting, Section
from services.sla.store import Wanted
from shared import offers
from shared.auth import ADMINS, EVERYBODY
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise about time. Seconds are counted by `calendar`; `counting` wall counts nights and weekends too."""

    clock_id: UUID
    ticket_id: UUID
    ticket_number: Annotated[int, Meta(examples=[1042])]
    contract_id: UUID
    organization_id: UUID
    plan_code: Annotated[str, Meta(examples=["START"])]
    priority: Annotated[str | None, Meta(examples=["high"])]
    metric: Annotated[Metric, Meta(description="attendance: first human answer; delivery: the promised instant.")]
    generation: Annotated[int, Meta(description="Counts how often this ticket's promise was wound anew.")]
    state: State
    calendar: Annotated[str, Meta(examples=["business"])]
    counting: Counting
    terms_version: Annotated[int, Meta(description="The version of the offer that the promise was made under.")]
    target_seconds: Annotated[int, Meta(examples=[14400])]
    started_at: datetime
    due_at: Annotated[datetime | None, Meta(description="When it is broken; null while it stands still.")]
    warned_percent: Annotated[int, Meta(description="The last level announced: 75, 90; 100 is the breach.")]
    paused_at: datetime | None
    paused_for: Annotated[str | None, Meta(examples=["awaiting_customer"])]
    remaining_seconds: Annotated[int | None, Meta(description="Left of the target while it stands still.")]
    elapsed_seconds: Annotated[int | None, Meta(description="Taken until it was met.")]
    ended_at: Annotated[datetime | None, Meta(description="When it was met, broken or cancelled.")]


class ClockPage(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks in the order of the queue: what is due first, then the rank of the plan (N8); then paused, then ended."""

    items: list[ClockView]
    next_cursor: str | None


class CalendarsView(msgspec.Struct, frozen=True, kw_only=True):
    """When the provider works; `calendar` is the one that holds where none is named."""

    items: dict[str, Calendar]
    calendar: str


@get("/v1/clocks", roles=EVERYBODY, operation_id="list_clocks")
async def list_clocks(
    tx: Transaction,
    ticket_id: UUID | None = None,
    clock_state: Annotated[State | None, QueryParameter(name="state")] = None,
    metric: Metric | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> ClockPage:
    """The promises of your tickets, of one ticket with `ticket_id`, in the order in which they fall due."""
    wanted = Wanted(ticket_id=ticket_id, state=clock_state, metric=metric)
    page = await store.page(tx, wanted, Slice(limit=limit, cursor=cursor))
    return ClockPage(items=[view_of(one.clock) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/clocks/{clock_id:uuid}", roles=EVERYBODY, operation_id="read_clock")
async def read_clock(tx: Transaction, clock_id: UUID) -> ClockView:
    """One promise, as it stands."""
    return view_of(await actions.read_clock(tx, clock_id=clock_id))


@get("/v1/calendars", roles=EVERYBODY, operation_id="list_calendars")
async def list_calendars(tx: Transaction) -> CalendarsView:
    """The calendars of your provider that promises are counted by."""
    section = await offers.current(tx, Section)
    return CalendarsView(items=section.calendars, calendar=section.calendar)


@put("/v1/offers/sla", roles=ADMINS, operation_id="apply_sla_offer")
async def apply_sla_offer(tx: Transaction, data: Section) -> offers.Applied:
    """Bring sla to this section of the offer; applying the same again changes nothing."""
    return await actions.apply_offer(tx, data)


@get("/v1/offers/sla", roles=ADMINS, operation_id="read_sla_offer")
async def read_sla_offer(tx: Transaction) -> Section:
    """The section of the offer that is in force."""
    return await offers.current(tx, Section)


def view_of(clock: Clock) -> ClockView:
    """A clock as it is shown."""
    return ClockView(
        clock_id=clock.id,
        ticket_id=clock.ticket_id,
        ticket_number=clock.ticket_number,
        contract_id=clock.contract_id,
        organization_id=clock.organization_id,
        plan_code=clock.plan_code,
        priority=clock.priority,
        metric=clock.metric,
        generation=clock.generation,
        state=clock.state,
        calendar=clock.calendar_name,
        counting=clock.counting,
        terms_version=clock.terms_version,
        target_seconds=clock.target_seconds,
        started_at=clock.started_at,
        due_at=None if clock.state is State.PAUSED else clock.due_at,
        warned_percent=clock.percent_said,
        paused_at=clock.paused_at,
        paused_for=clock.paused_for,
        remaining_seconds=clock.remaining_seconds,
        elapsed_seconds=clock.elapsed_seconds,
        ended_at=clock.ended_at,
    )


routes = [list_clocks, read_clock, list_calendars, apply_sla_offer, read_sla_offer]
