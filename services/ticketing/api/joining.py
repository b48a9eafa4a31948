"""Tickets that become one, or two, or have to do with each other, over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post

from services.ticketing import actions, store
from services.ticketing.api import views
from services.ticketing.api.inputs import LinkTicket, MergeTicket, SplitTicket
from services.ticketing.api.views import LinkList, TicketDetail, TicketView
from services.ticketing.domain import Demand
from services.ticketing.store import Words
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.web import versioned


@post("/v1/tickets/{ticket_id:uuid}/merge", roles=STAFF, operation_id="merge_ticket", status_code=200)
async def merge_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: MergeTicket
) -> Response[TicketView]:
    """End this ticket in favour of another one about the same (B3), which keeps the earliest registration (4.3)."""
    ticket = await actions.merge_ticket(tx, ticket_id=ticket_id, version=if_match, into_ticket_id=data.into_ticket_id)
    return versioned(views.ticket(ticket), version=ticket.version)


@post("/v1/tickets/{ticket_id:uuid}/split", roles=STAFF, operation_id="split_ticket")
async def split_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: SplitTicket
) -> Response[TicketDetail]:
    """Open a ticket of its own for a second request (N31): same registration, own estimate; no hours move."""
    said = await actions.screen(tx, data)
    data = said.data
    text = Words(description=data.description, fields={})
    demand = Demand(
        channel="",
        by_customer=False,
        subject=data.subject,
        area=data.area,
        item=data.item,
        hosting=data.hosting,
        fields={},
    )
    part = await actions.split_ticket(tx, ticket_id=ticket_id, version=if_match, demand=demand, text=text)
    part = await actions.note_secrets(tx, part, said)
    headers = {"ETag": f'"{part.version}"', "Location": f"/v1/tickets/{part.id}"}
    return Response(views.opened(part, text), status_code=201, headers=headers)


@post("/v1/tickets/{ticket_id:uuid}/links", roles=STAFF, operation_id="link_ticket")
async def link_ticket(tx: Transaction, ticket_id: UUID, data: LinkTicket) -> LinkList:
    """Keep that two tickets of one customer have to do with each other; the same again changes nothing."""
    await actions.link_tickets(tx, ticket_id=ticket_id, other_id=data.ticket_id, kind=data.kind)
    return views.links(await store.links_of(tx, ticket_id))


@get("/v1/tickets/{ticket_id:uuid}/links", roles=EVERYBODY, operation_id="list_links")
async def list_links(tx: Transaction, ticket_id: UUID) -> LinkList:
    """The tickets that this one has to do with: merged into it, split off it, related."""
    await store.one(tx, ticket_id)
    return views.links(await store.links_of(tx, ticket_id))
