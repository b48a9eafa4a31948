"""Estimates over HTTP: published by the team, answered by the bank and by the customer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import Parameter

from services.ticketing import actions, store
from services.ticketing.api import views
from services.ticketing.api.inputs import DecideEstimate, PublishEstimate
from services.ticketing.api.views import EstimateView, TicketView
from services.ticketing.domain import State, estimates
from shared.auth import EVERYBODY, STAFF, Role
from shared.db import Transaction
from shared.frame import Origin
from shared.web import Later, versioned

APPROVERS = frozenset({Role.APPROVER})

Number = Annotated[int, Parameter(ge=1, le=10_000, description="The estimate's number within the ticket.")]


async def _shown(tx: Transaction, ticket_id: UUID, number: int) -> EstimateView:
    return views.estimate(estimates.estimate_of(await store.one(tx, ticket_id), number))


@post(
    "/v1/tickets/{ticket_id:uuid}/estimates",
    roles=STAFF,
    operation_id="publish_estimate",
    status_code=202,
)
async def publish_estimate(
    tx: Transaction, ticket_id: UUID, if_match: int | None, later: Later, data: PublishEstimate
) -> Response[EstimateView]:
    """Estimate the work (N17), or ask for additional hours (N41). Whether the bank covers it is known a moment later:

    202 with where to look, or, with `Prefer: wait=2`, 200 with the bank's answer if it comes within two seconds.
    """
    said = await actions.screen(tx, data)
    one = await actions.publish_estimate(
        tx, ticket_id=ticket_id, version=if_match, minutes=data.minutes, justification=said.data.justification
    )
    await actions.note_secrets_of(tx, ticket_id, said)

    async def view(fresh: Transaction) -> EstimateView:
        return views.said(await _shown(fresh, ticket_id, one.number), said)

    return await later.answer(
        tx,
        view,
        decided=lambda shown: shown.state is not State.REQUESTED,
        location=f"/v1/tickets/{ticket_id}/estimates/{one.number}",
    )


@get(
    "/v1/tickets/{ticket_id:uuid}/estimates/{number:int}",
    roles=EVERYBODY,
    operation_id="read_estimate",
)
async def read_estimate(tx: Transaction, ticket_id: UUID, number: Number) -> EstimateView:
    """An estimate with what the bank said of it and the customer's answer."""
    return await _shown(tx, ticket_id, number)


@post(
    "/v1/tickets/{ticket_id:uuid}/estimates/{number:int}/decision",
    roles=APPROVERS,
    operation_id="decide_estimate",
    status_code=200,
)
async def decide_estimate(
    tx: Transaction, ticket_id: UUID, number: Number, if_match: int | None, origin: Origin, data: DecideEstimate
) -> Response[TicketView]:
    """Approve or decline (N42), while the quote is valid."""
    said = await actions.screen(tx, data)
    ticket = await actions.decide_estimate(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        number=number,
        approves=data.decision == "approve",
        reason=said.data.reason,
        answer=views.answered("portal", origin),
    )
    ticket = await actions.note_secrets(tx, ticket, said)
    return versioned(views.said(views.ticket(ticket), said), version=ticket.version)
