"""Messages, time entries and history of a ticket over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, post

from services.ticketing import actions, store
from services.ticketing.api import views
from services.ticketing.api.inputs import LogWork, PostMessage
from services.ticketing.api.tickets import WRITERS
from services.ticketing.api.views import HistoryPage, MessagePage, MessageView, WorkPage
from shared.auth import EVERYBODY, STAFF, Principal
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Number, Slice


def _created(ticket_id: UUID, version: int, what: str) -> dict[str, str]:
    return {"ETag": f'"{version}"', "Location": f"/v1/tickets/{ticket_id}/{what}"}


@post("/v1/tickets/{ticket_id:uuid}/messages", roles=WRITERS, operation_id="post_message")
async def post_message(
    tx: Transaction, who: Principal, ticket_id: UUID, if_match: int | None, data: PostMessage
) -> Response[MessageView]:
    """Write in the ticket. A public question pauses it (N15); any message of the customer resumes it (S-34)."""
    said = await actions.screen(tx, data.read())
    posted = await actions.post_message(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        by_customer=who.is_customer,
        text=said.data.text,
        html=said.data.html,
        public=data.public,
        asks_customer=data.asks_customer,
        automatic=data.automatic,
        attachments=data.attachments,
    )
    ticket = await actions.note_secrets(tx, posted.ticket, said)
    headers = _created(ticket_id, ticket.version, "messages")
    return Response(views.said(views.message(posted.message), said), status_code=201, headers=headers)


@get("/v1/tickets/{ticket_id:uuid}/messages", roles=EVERYBODY, operation_id="list_ticket_messages")
async def list_messages(
    tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> MessagePage:
    """What was written, the oldest first; internal notes for staff only."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await store.messages_of(tx, ticket_id, after=asked.after(Number, 0), most=asked.most)
    page = asked.page(found, lambda message: message.version)
    return MessagePage(items=views.messages(page.items), next_cursor=page.next_cursor)


@post("/v1/tickets/{ticket_id:uuid}/work", roles=STAFF, operation_id="log_work")
async def log_work(tx: Transaction, ticket_id: UUID, if_match: int | None, data: LogWork) -> Response[WorkPage]:
    """Put time on the ticket (N34): billable after an approved estimate only (N40), none after the close (2.7)."""
    said = await actions.screen(tx, data)
    logged = await actions.log_work(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        seconds=data.total_seconds,
        kind=data.kind,
        professionals=said.data.professionals,
        started_at=data.started_at,
        billable=data.billable,
        note=said.data.note,
    )
    ticket = await actions.note_secrets(tx, logged.ticket, said)
    body = views.said(WorkPage(items=views.work(tx, logged.entries), next_cursor=None), said)
    return Response(body, status_code=201, headers=_created(ticket_id, ticket.version, "work"))


@get("/v1/tickets/{ticket_id:uuid}/work", roles=EVERYBODY, operation_id="list_work")
async def list_work(tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> WorkPage:
    """The time entries, the oldest first; their notes for staff only."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await store.work_of(tx, ticket_id, after=asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda entry: entry.id)
    return WorkPage(items=views.work(tx, page.items), next_cursor=page.next_cursor)


@get("/v1/tickets/{ticket_id:uuid}/history", roles=EVERYBODY, operation_id="list_history")
async def list_history(
    tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> HistoryPage:
    """Who did what and when (B23), the oldest first; what is internal for staff only."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await store.history_of(tx, ticket_id, after=asked.after(Number, 0), most=asked.most)
    page = asked.page(found, lambda entry: entry.version)
    return HistoryPage(items=views.history(page.items), next_cursor=page.next_cursor)
