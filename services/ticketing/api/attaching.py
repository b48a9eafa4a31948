"""Files of tickets over HTTP: brought as they are, streamed in and out, handed out only to be saved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Stream
from msgspec import Meta

from services.ticketing import actions, store
from services.ticketing.actions import attaching
from services.ticketing.api.inputs import Line
from services.ticketing.api.tickets import WRITERS
from services.ticketing.api.views import View, WrittenView, said
from services.ticketing.domain.files import Attachment
from services.ticketing.gateway.spool import received
from services.ticketing.gateway.storage import Storage
from services.ticketing.store import attachments
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.steps import Steps
from shared.web import Input

KIND = "application/octet-stream"  # whatever it is: a browser saves it, and asks nobody
SAVED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
UNCHANGED = 304

FileName = Annotated[
    str,
    Parameter(
        min_length=1, max_length=1_000, pattern=r"^[^\x00]*$", description="What it is called; its path is left away."
    ),
]


class RemoveAttachment(Input, frozen=True):
    """Why a file is taken away."""

    reason: Annotated[Line, Meta(examples=["Enviado por engano"])]


class AttachmentView(WrittenView, frozen=True, kw_only=True):
    """A file; `media_type` is what its content says. `message_id`: in which message it stands."""

    id: UUID
    ticket_id: UUID
    message_id: UUID | None
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    public: bool
    added_at: datetime
    added_by: str


class AttachmentPage(View, frozen=True):
    """Files, the oldest first."""

    items: list[AttachmentView]
    next_cursor: str | None


class RemovedView(WrittenView, frozen=True, kw_only=True):
    """A file that was taken away: by whom, when and why."""

    id: UUID
    ticket_id: UUID
    removed_at: datetime | None
    removed_by: str | None
    removed_reason: str | None


def attachment_routes(storage: Storage) -> Sequence[HTTPRouteHandler]:
    """The routes of files, which lie in a store."""

    @post(
        "/v1/tickets/{ticket_id:uuid}/attachments",
        roles=WRITERS,
        operation_id="add_attachment",
        takes_file=True,
        request_max_body_size=None,  # the offer says how much: it is counted as it comes
    )
    async def add_attachment(steps: Steps, ticket_id: UUID, name: FileName) -> Response[AttachmentView]:
        """Bring a file into the ticket: the body is the file as it is (N37).

        What it is its content says; programs and scripts are refused. Secrets in its name, and in it where it is text,
        are treated as the provider wants (B35). A customer's file is seen at once, a file of the team with the public
        message that names it in `attachments`.
        """
        async with steps.look() as tx:
            offer = await attaching.terms_for(tx, ticket_id=ticket_id)
        most, announced = offer.files.most_bytes, steps.announced_bytes
        async with received(steps.stream(), most_bytes=most, announced_bytes=announced) as body:
            looked = await attaching.examine(body, name=name, offer=offer)
            async with steps.apart() as tx:
                pending = await attaching.begin_file(tx, ticket_id=ticket_id, looked=looked)
            await storage.put(pending.key, looked.received.file)
        kept = await attaching.keep_file(await steps.finish(body.digest), pending=pending, looked=looked)
        location = f"/v1/attachments/{kept.attachment.id}"
        headers = {"ETag": f'"{kept.ticket.version}"', "Location": location}
        return Response(said(_shown(kept.attachment), looked.said), status_code=201, headers=headers)

    @get("/v1/attachments/{attachment_id:uuid}", roles=EVERYBODY, operation_id="read_attachment", media=KIND)
    async def read_attachment(steps: Steps, attachment_id: UUID) -> Response[bytes]:
        """The file, to be saved: never shown by a browser, whatever is in it."""
        async with steps.look() as tx:
            found = await attaching.attachment_of(tx, attachment_id=attachment_id)
        return await _handed_out(found, storage, known_tags=steps.known_tags)

    return [add_attachment, read_attachment]


@get("/v1/tickets/{ticket_id:uuid}/attachments", roles=EVERYBODY, operation_id="list_attachments")
async def list_attachments(
    tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> AttachmentPage:
    """The files of a ticket, the oldest first; a customer sees none of internal notes."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await attachments.attachments_of(tx, ticket_id, after=asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda one: one.id)
    return AttachmentPage(items=[_shown(one) for one in page.items], next_cursor=page.next_cursor)


@delete("/v1/attachments/{attachment_id:uuid}", roles=STAFF, operation_id="remove_attachment", status_code=200)
async def remove_attachment(tx: Transaction, attachment_id: UUID, data: RemoveAttachment) -> RemovedView:
    """Take a file away for ever; that it was there, and why it is not, stays in the ticket's history."""
    words = await actions.screen(tx, data)
    gone = await attaching.remove_attachment(tx, attachment_id=attachment_id, reason=words.data.reason)
    await actions.note_secrets(tx, gone.ticket, words)
    return said(msgspec.convert(gone.attachment, RemovedView, from_attributes=True), words)


def _shown(one: Attachment) -> AttachmentView:
    return msgspec.convert(one, AttachmentView, from_attributes=True)


async def _handed_out(one: Attachment, storage: Storage, *, known_tags: frozenset[str]) -> Response[bytes]:
    """The bytes of a file as they come out of the store; nothing of it where the caller has them."""
    tag = f'"{one.sha256}"'
    headers = SAVED | {"ETag": tag, "Content-Disposition": disposition(one.name)}
    if known_tags & {tag, "*"}:
        return Response(b"", status_code=UNCHANGED, headers=headers)
    pieces: AsyncIterator[bytes] = await storage.open(one.key)
    headers["Content-Length"] = str(one.size_bytes)
    return Stream(pieces, media_type=KIND, headers=headers)  # type: ignore[return-value]  # of bytes, in pieces


def disposition(name: str) -> str:
    """How a name is told to whoever saves the file (RFC 6266): in ASCII, and as it is.

    >>> print(disposition("relatório.pdf"))
    attachment; filename="relat_rio.pdf"; filename*=UTF-8''relat%C3%B3rio.pdf
    """
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%' else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
