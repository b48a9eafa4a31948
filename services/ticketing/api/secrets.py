"""What was taken for a secret, over HTTP: listed for the team, and said to be none where it was not."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get, post

from services.ticketing import actions, store
from services.ticketing.api.views import View
from shared.auth import STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice


class RedactionView(View, frozen=True):
    """A secret that was found: in which field, by which sign, what was done; never what it was."""

    id: UUID
    place: str
    kind: str
    policy: str
    found_at: datetime
    found_by: str
    not_secret_at: datetime | None
    not_secret_by: str | None


class RedactionPage(View, frozen=True):
    """What was found in a ticket, the oldest first."""

    items: list[RedactionView]
    next_cursor: str | None


@get("/v1/tickets/{ticket_id:uuid}/redactions", roles=STAFF, operation_id="list_redactions")
async def list_redactions(
    tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> RedactionPage:
    """Where secrets were found in what was written here, the oldest first (B35)."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await store.redactions_of(tx, ticket_id, after=asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda redaction: redaction.id)
    items = msgspec.convert(page.items, list[RedactionView], from_attributes=True)
    return RedactionPage(items=items, next_cursor=page.next_cursor)


@post(
    "/v1/tickets/{ticket_id:uuid}/redactions/{redaction_id:uuid}/not-a-secret",
    roles=STAFF,
    operation_id="judge_redaction",
    status_code=200,
)
async def judge_redaction(tx: Transaction, ticket_id: UUID, redaction_id: UUID) -> RedactionView:
    """Say that it was no secret: the decision is kept without the text, and the sender may write it in other words."""
    found = await actions.judge_redaction(tx, ticket_id=ticket_id, redaction_id=redaction_id)
    return msgspec.convert(found, RedactionView, from_attributes=True)
