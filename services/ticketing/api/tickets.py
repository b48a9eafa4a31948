"""The tickets over HTTP: opened, listed, read, and taken through their life."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import Parameter

from services.ticketing import actions, store
from services.ticketing.api import views
from services.ticketing.api.inputs import (
    NO_NUL,
    NO_REASON,
    NOTHING_OFF,
    ONE_LEVEL_UP,
    AssignTicket,
    CloseTicket,
    EscalateTicket,
    GiveReason,
    OpenTicket,
    PauseTicket,
    SetPromise,
    TriageTicket,
)
from services.ticketing.api.views import Place, TicketDetail, TicketPage, TicketRead, TicketView
from services.ticketing.domain import Demand, Status, Ticket
from services.ticketing.domain.screening import Screened, WordsT
from services.ticketing.store import Filter, Order, Words
from shared.auth import CUSTOMERS, EVERYBODY, MANAGERS, STAFF, Principal
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import versioned

WRITERS = CUSTOMERS | STAFF

Priority = Annotated[str | None, Parameter(max_length=60, pattern=NO_NUL)]
Name = Annotated[str | None, Parameter(max_length=200, pattern=NO_NUL)]
Words_ = Annotated[
    str | None, Parameter(min_length=1, max_length=200, pattern=NO_NUL, description="Words, or a ticket's number.")
]
Level = Annotated[int | None, Parameter(ge=1, le=9)]


def _shown(ticket: Ticket) -> Response[TicketView]:
    return versioned(views.ticket(ticket), version=ticket.version)


async def _noted(tx: Transaction, ticket: Ticket, said: Screened[WordsT]) -> Response[TicketView]:
    """The ticket after an act, with a word to the sender where a secret was found in what was written (B35)."""
    noted = await actions.note_secrets(tx, ticket, said)
    return versioned(views.said(views.ticket(noted), said), version=noted.version)


@post("/v1/tickets", roles=WRITERS, operation_id="open_ticket")
async def open_ticket(tx: Transaction, data: OpenTicket) -> Response[TicketDetail]:
    """Register a demand (N14): one per ticket (N31). Staff register for any customer, naming the contract."""
    said = await actions.screen(tx, data)
    data = said.data
    words = Words(description=data.description, fields=data.fields)
    demand = Demand(
        channel=data.channel,
        by_customer=tx.organization_id is not None,
        subject=data.subject,
        area=data.area,
        item=data.item,
        hosting=data.hosting,
        fields=data.fields,
        impact=data.impact,
        operation=data.operation,
        detected_at=data.detected_at,
        asset_id=data.asset_id,
        template=data.template,
        planned_on=data.planned_on,
    )
    ticket = await actions.open_ticket(tx, contract_id=data.contract_id, demand=demand, words=words)
    ticket = await actions.note_secrets(tx, ticket, said)
    headers = {"ETag": f'"{ticket.version}"', "Location": f"/v1/tickets/{ticket.id}"}
    return Response(views.said(views.opened(ticket, words), said), status_code=201, headers=headers)


@get("/v1/tickets", roles=EVERYBODY, operation_id="list_tickets")
async def list_tickets(
    tx: Transaction,
    status: Status | None = None,
    contract_id: UUID | None = None,
    organization_id: UUID | None = None,
    level: Level = None,
    priority: Priority = None,
    team: Name = None,
    agent_id: Name = None,
    asset_id: UUID | None = None,
    opened_by: Annotated[
        str | None, Parameter(max_length=200, pattern=NO_NUL, description="Whose incidents: their history (B23).")
    ] = None,
    q: Words_ = None,
    order: Annotated[Order, Parameter(description="`due`: what is open, by promise, plan and age.")] = "newest",
    cursor: Cursor = None,
    limit: Limit = PAGE_ITEMS,
) -> TicketPage:
    """The tickets that you may see, the newest first or the most urgent first (N8); `q` searches their words.

    A search looks into subject, description and messages, in Portuguese and in English, whatever their accents; a
    customer's never into internal notes. A number finds the ticket that is called so.
    """
    wanted = Filter(
        status=status,
        contract_id=contract_id,
        organization_id=organization_id,
        level=level,
        priority=priority,
        team=team,
        agent_id=agent_id,
        asset_id=asset_id,
        opened_by=opened_by,
        words=q,
    )
    asked = Slice(limit=limit, cursor=cursor)
    behind = asked.after(Place | None, None)
    found = await store.page(tx, wanted, order=order, behind=views.behind(behind), most=asked.most)
    page = asked.page(found, views.place)
    return TicketPage(items=views.queued(page.items), next_cursor=page.next_cursor)


@get("/v1/tickets/{ticket_id:uuid}", roles=EVERYBODY, operation_id="read_ticket")
async def read_ticket(tx: Transaction, ticket_id: UUID) -> Response[TicketRead]:
    """A ticket; its ETag is what a write's If-Match takes."""
    detail = await views.detail(tx, ticket_id)
    return versioned(detail, version=detail.version)


@post(
    "/v1/tickets/{ticket_id:uuid}/triage",
    roles=STAFF,
    operation_id="triage_ticket",
    status_code=200,
)
async def triage_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: TriageTicket
) -> Response[TicketView]:
    """Classify the criticality (B9, B25), again where needed."""
    said = await actions.screen(tx, data)
    ticket = await actions.triage_ticket(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        priority=data.priority,
        impact=data.impact,
        operation=data.operation,
        area=data.area,
        item=data.item,
        reason=said.data.reason,
    )
    return await _noted(tx, ticket, said)


@post(
    "/v1/tickets/{ticket_id:uuid}/escalate",
    roles=STAFF,
    operation_id="escalate_ticket",
    status_code=200,
)
async def escalate_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: EscalateTicket = ONE_LEVEL_UP
) -> Response[TicketView]:
    """Forward to a higher level (B27, B29)."""
    said = await actions.screen(tx, data)
    ticket = await actions.escalate_ticket(
        tx, ticket_id=ticket_id, version=if_match, to_level=data.to_level, reason=said.data.reason
    )
    return await _noted(tx, ticket, said)


@post("/v1/tickets/{ticket_id:uuid}/assign", roles=STAFF, operation_id="assign_ticket", status_code=200)
async def assign_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: AssignTicket
) -> Response[TicketView]:
    """Put an agent or a team in charge (B24)."""
    ticket = await actions.assign_ticket(
        tx, ticket_id=ticket_id, version=if_match, agent_id=data.agent_id, team=data.team
    )
    return _shown(ticket)


@post(
    "/v1/tickets/{ticket_id:uuid}/promise",
    roles=STAFF,
    operation_id="set_promise",
    status_code=200,
)
async def set_promise(tx: Transaction, ticket_id: UUID, if_match: int | None, data: SetPromise) -> Response[TicketView]:
    """Tell the customer the planned date and time of delivery (N16)."""
    said = await actions.screen(tx, data)
    ticket = await actions.set_promise(
        tx, ticket_id=ticket_id, version=if_match, promised_at=data.promised_at, reason=said.data.reason
    )
    return await _noted(tx, ticket, said)


@post("/v1/tickets/{ticket_id:uuid}/pause", roles=STAFF, operation_id="pause_ticket", status_code=200)
async def pause_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: PauseTicket
) -> Response[TicketView]:
    """Wait for the customer (N15), for what is missing (N38, N39) or for a visit (B21); the message is public."""
    said = await actions.screen(tx, data)
    ticket = await actions.pause_ticket(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        state=Status(data.state),
        reason=said.data.reason,
        until=data.until,
        text=said.data.message,
    )
    return await _noted(tx, ticket, said)


@post("/v1/tickets/{ticket_id:uuid}/resume", roles=STAFF, operation_id="resume_ticket", status_code=200)
async def resume_ticket(tx: Transaction, ticket_id: UUID, if_match: int | None) -> Response[TicketView]:
    """What was waited for has come."""
    return _shown(await actions.resume_ticket(tx, ticket_id=ticket_id, version=if_match))


@post(
    "/v1/tickets/{ticket_id:uuid}/resolve",
    roles=STAFF,
    operation_id="resolve_ticket",
    status_code=200,
)
async def resolve_ticket(tx: Transaction, ticket_id: UUID, if_match: int | None) -> Response[TicketView]:
    """Tell the customer of the completion (N18); nothing is debited yet."""
    return _shown(await actions.resolve_ticket(tx, ticket_id=ticket_id, version=if_match))


@post(
    "/v1/tickets/{ticket_id:uuid}/reopen",
    roles=WRITERS,
    operation_id="reopen_ticket",
    status_code=200,
)
async def reopen_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: GiveReason = NO_REASON
) -> Response[TicketView]:
    """Ask for an adjustment: before the close (N19), or after it, which begins a new round (2.7)."""
    said = await actions.screen(tx, data)
    ticket = await actions.reopen_ticket(tx, ticket_id=ticket_id, version=if_match, reason=said.data.reason)
    return await _noted(tx, ticket, said)


@post("/v1/tickets/{ticket_id:uuid}/close", roles=WRITERS, operation_id="close_ticket", status_code=200)
async def close_ticket(
    tx: Transaction, who: Principal, ticket_id: UUID, if_match: int | None, data: CloseTicket = NOTHING_OFF
) -> Response[TicketView]:
    """End the round: its minutes are debited now (N19). A customer closes what was resolved."""
    ticket = await actions.close_ticket(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        write_off_minutes=data.write_off_minutes,
        may_write_off=who.may(MANAGERS),
        by_customer=who.is_customer,
    )
    return _shown(ticket)


@post(
    "/v1/tickets/{ticket_id:uuid}/cancel",
    roles=WRITERS,
    operation_id="cancel_ticket",
    status_code=200,
)
async def cancel_ticket(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: GiveReason = NO_REASON
) -> Response[TicketView]:
    """Give the demand up, while no billable work was done."""
    said = await actions.screen(tx, data)
    ticket = await actions.cancel_ticket(tx, ticket_id=ticket_id, version=if_match, reason=said.data.reason)
    return await _noted(tx, ticket, said)
