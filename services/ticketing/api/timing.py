"""Timers, and entries that are taken back, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from msgspec import Meta

from services.ticketing import actions, store
from services.ticketing.actions import timing
from services.ticketing.api import views
from services.ticketing.api.inputs import Code, Id, Instant, Reason
from services.ticketing.api.views import TicketView, View
from shared.auth import STAFF
from shared.db import Transaction
from shared.web import Input, versioned


class StartTimer(Input, frozen=True):
    """Whose time is counted, and for what; without a professional: who asks."""

    kind: Annotated[Code, Meta(description="A kind of work of the offer.", examples=["remote"])]
    professional_id: Id | None = None
    billable: Annotated[bool, Meta(description="Without it: as the kind of work says.")] | None = None


class StopTimer(Input, frozen=True):
    """The end of it, now or at the instant at which it should have been stopped."""

    ended_at: Instant | None = None
    note: Reason | None = None


class RemoveWork(Input, frozen=True):
    """Why an entry is taken back."""

    reason: Reason


class TimerView(View, frozen=True):
    """A timer that runs, or ran for so many seconds."""

    id: UUID
    ticket_id: UUID
    professional_id: str
    kind: str
    billable: bool
    started_at: datetime
    stopped_at: datetime | None
    seconds: int | None


class TimerList(View, frozen=True):
    """Timers, the oldest first."""

    items: list[TimerView]


NOW = StopTimer()


def _shown(timed: timing.Timed, *, status: int, location: str = "") -> Response[TimerView]:
    view = msgspec.convert(timed.timer, TimerView, from_attributes=True)
    return versioned(view, version=timed.ticket.version, status=status, location=location)


@post("/v1/tickets/{ticket_id:uuid}/timers", roles=STAFF, operation_id="start_timer")
async def start_timer(tx: Transaction, ticket_id: UUID, if_match: int | None, data: StartTimer) -> Response[TimerView]:
    """Begin to count time: one timer of a professional runs at once (N34), billable ones after an approval (N40)."""
    timed = await timing.start_timer(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        kind=data.kind,
        professional_id=data.professional_id,
        billable=data.billable,
    )
    return _shown(timed, status=201, location=f"/v1/tickets/{ticket_id}/timers")


@post(
    "/v1/tickets/{ticket_id:uuid}/timers/{timer_id:uuid}/stop", roles=STAFF, operation_id="stop_timer", status_code=200
)
async def stop_timer(
    tx: Transaction, ticket_id: UUID, timer_id: UUID, if_match: int | None, data: StopTimer = NOW
) -> Response[TimerView]:
    """End a timer: its time becomes an entry."""
    said = await actions.screen(tx, data)
    timed = await timing.stop_timer(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        timer_id=timer_id,
        ended_at=data.ended_at,
        note=said.data.note,
    )
    await actions.note_secrets(tx, timed.ticket, said)
    return _shown(timed, status=200)


@get("/v1/tickets/{ticket_id:uuid}/timers", roles=STAFF, operation_id="list_timers")
async def list_timers(tx: Transaction, ticket_id: UUID) -> TimerList:
    """The timers of a ticket, the running ones among them."""
    await store.one(tx, ticket_id)
    found = await store.timers_of(tx, ticket_id)
    return TimerList(items=msgspec.convert(found, list[TimerView], from_attributes=True))


@post(
    "/v1/tickets/{ticket_id:uuid}/work/{entry_id:uuid}/remove",
    roles=STAFF,
    operation_id="remove_work",
    status_code=200,
)
async def remove_work(
    tx: Transaction, ticket_id: UUID, entry_id: UUID, if_match: int | None, data: RemoveWork
) -> Response[TicketView]:
    """Take a wrong entry back while its round is open (2.7)."""
    said = await actions.screen(tx, data)
    ticket = await timing.remove_work(
        tx, ticket_id=ticket_id, version=if_match, entry_id=entry_id, reason=said.data.reason
    )
    noted = await actions.note_secrets(tx, ticket, said)
    return versioned(views.ticket(noted), version=noted.version)
