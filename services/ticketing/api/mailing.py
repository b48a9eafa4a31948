"""Letters that a mail server hands on, over HTTP: answers go into their tickets, the rest is looked at (5.2, B8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Meta

from services.ticketing.actions import attaching, mailing
from services.ticketing.api import views
from services.ticketing.api.inputs import NO_NUL, Id
from services.ticketing.api.views import TicketView, View
from services.ticketing.domain import mail
from services.ticketing.domain.channels import Decision
from services.ticketing.domain.mail import File, Letter
from services.ticketing.gateway.spool import received
from services.ticketing.gateway.storage import Storage
from services.ticketing.store import mail as kept
from shared import replies
from shared.auth import STAFF
from shared.db import Transaction
from shared.errors import Refused
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.steps import Steps
from shared.web import Input, versioned

LETTER_MOST_BYTES = 30_000_000  # what mail servers carry: 20 MB of files, and their writing in letters

Mailbox = Annotated[str | None, Parameter(max_length=320, pattern=NO_NUL, description="From the envelope.")]


class LetterAnswer(View, frozen=True):
    """What became of a letter. Where `reply_text` is not empty, answer it so, with `Auto-Submitted: auto-replied`."""

    decision: Decision
    ticket_id: UUID | None
    reply_text: str


class QuarantinedView(View, frozen=True, kw_only=True):
    """A letter that waits for somebody to look at it: of an unknown sender, or for a ticket that has ended."""

    id: UUID
    sender: str
    subject: str
    text: str
    reason: str
    ticket_id: UUID | None
    received_at: datetime


class QuarantinePage(View, frozen=True):
    """Letters, the oldest first."""

    items: list[QuarantinedView]
    next_cursor: str | None


class ReleaseLetter(Input, frozen=True):
    """Where a letter belongs, and who of the customer wrote it."""

    ticket_id: UUID
    person_id: Annotated[Id, Meta(examples=["maria"])]


def mail_routes(storage: Storage) -> Sequence[HTTPRouteHandler]:
    """The routes of letters, whose files lie in a store."""

    @post(
        "/v1/email-replies",
        roles=STAFF,
        operation_id="hear_email",
        takes_file=True,
        status_code=200,
        request_max_body_size=None,  # counted as it comes
    )
    async def hear_email(steps: Steps, recipient: Mailbox = None, return_path: Mailbox = None) -> LetterAnswer:
        """Hear a letter: the body is the message as it came (RFC 5322). The same Message-ID is heard once.

        An answer of somebody known goes into its ticket, without what it quotes, its files with it. What a machine
        wrote is refused in silence; nobody opens a ticket so (B8); who is unknown waits in the quarantine.
        """
        most, announced = LETTER_MOST_BYTES, steps.announced_bytes
        async with received(steps.stream(), most_bytes=most, announced_bytes=announced) as body:
            letter = await asyncio.to_thread(mail.read, body.file.read(), return_path=return_path, recipient=recipient)
        keys, tenant = steps.keys, steps.who.tenant
        signed = None if recipient is None else replies.ticket_in(recipient, tenant=tenant, keys=keys)
        brought = await _bring(steps, letter, signed, storage)
        tx = await steps.finish(body.digest)
        answer = await mailing.hear_letter(tx, letter, signed_for=signed, brought=brought)
        return msgspec.convert(answer, LetterAnswer, from_attributes=True)

    return [hear_email]


async def _bring(steps: Steps, letter: Letter, signed: UUID | None, storage: Storage) -> mailing.Brought:
    """Store the files of a letter that goes into a ticket, before it does; those that are not taken are named."""
    async with steps.apart() as tx:
        into = await mailing.takes_files(tx, letter, signed_for=signed)
    brought = mailing.Brought()
    for file in letter.files if into is not None else ():
        assert into is not None, "there is a ticket to bring it into"
        try:
            async with received(_whole(file), most_bytes=into.most_bytes, announced_bytes=len(file.body)) as body:
                looked = await attaching.examine(body, name=file.name, offer=into.offer)
                async with steps.apart() as tx:
                    pending = await attaching.begin_file(into.own(tx), ticket_id=into.ticket_id, looked=looked)
                await storage.put(pending.key, looked.received.file)
        except Refused:
            brought = brought.without(file.name)
            continue
        brought = brought.with_file(pending, looked)
    return brought


async def _whole(file: File) -> AsyncIterator[bytes]:
    yield file.body


@get("/v1/email-quarantine", roles=STAFF, operation_id="list_quarantine")
async def list_quarantine(tx: Transaction, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> QuarantinePage:
    """The letters that nobody could place; they are forgotten after thirty days."""
    asked = Slice(limit=limit, cursor=cursor)
    found = await kept.quarantined_after(tx, asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda one: one.id)
    items = msgspec.convert(page.items, list[QuarantinedView], from_attributes=True)
    return QuarantinePage(items=items, next_cursor=page.next_cursor)


@post("/v1/email-quarantine/{letter_id:uuid}/release", roles=STAFF, operation_id="release_email", status_code=200)
async def release_email(tx: Transaction, letter_id: UUID, data: ReleaseLetter) -> Response[TicketView]:
    """Put a letter into its ticket, in the name of who wrote it."""
    ticket = await mailing.release(tx, letter_id=letter_id, ticket_id=data.ticket_id, person_id=data.person_id)
    return versioned(views.ticket(ticket), version=ticket.version)


@delete("/v1/email-quarantine/{letter_id:uuid}", roles=STAFF, operation_id="discard_email", status_code=200)
async def discard_email(tx: Transaction, letter_id: UUID) -> QuarantinedView:
    """Throw a letter away; the answer is what it was."""
    gone = await kept.take_quarantined(tx, letter_id)
    return msgspec.convert(gone, QuarantinedView, from_attributes=True)


routes = [list_quarantine, release_email, discard_email]
