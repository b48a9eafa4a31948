"""Checklists of tickets over HTTP (B50)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import Parameter
from msgspec import Meta

from services.ticketing import store
from services.ticketing.actions import listing
from services.ticketing.api import views
from services.ticketing.api.views import TicketView, View
from services.ticketing.store import checklists as kept
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.web import Input, versioned

Position = Annotated[int, Parameter(ge=1, le=50, description="The step's place in the checklist.")]


class TickStep(Input, frozen=True):
    """Whether a step was done."""

    done: Annotated[bool, Meta(description="False: it was not, after all.", examples=[True])]


class StepView(View, frozen=True):
    """A step of a checklist; `due_on` where the ticket is planned for a date and the step has a lead time."""

    position: int
    text: str
    due_on: date | None
    done_at: datetime | None
    done_by: str | None


class Checklist(View, frozen=True):
    """The steps of a ticket; none where it came without a template."""

    items: list[StepView]


@get("/v1/tickets/{ticket_id:uuid}/checklist", roles=EVERYBODY, operation_id="list_checklist")
async def list_checklist(tx: Transaction, ticket_id: UUID) -> Checklist:
    """What is to be done for a ticket that came with a template, by when, and what was done (B50)."""
    await store.one(tx, ticket_id)
    return Checklist(items=msgspec.convert(await kept.steps_of(tx, ticket_id), list[StepView], from_attributes=True))


@post(
    "/v1/tickets/{ticket_id:uuid}/checklist/{position:int}",
    roles=STAFF,
    operation_id="tick_step",
    status_code=200,
)
async def tick_step(
    tx: Transaction, ticket_id: UUID, position: Position, if_match: int | None, data: TickStep
) -> Response[TicketView]:
    """Say that a step was done, or that it was not after all."""
    ticket = await listing.tick(tx, ticket_id=ticket_id, version=if_match, position=position, done=data.done)
    return versioned(views.ticket(ticket), version=ticket.version)
