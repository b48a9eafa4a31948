"""What a person has a right to, over HTTP: what is kept of them, and to be forgotten (5.1). For the managers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import Parameter

from services.ticketing.actions import privacy as doing
from services.ticketing.api.views import View
from services.ticketing.domain.privacy import Export, mark_of
from services.ticketing.store import privacy as store
from shared.auth import MANAGERS
from shared.db import Transaction

PersonId = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9._:|@-]{1,200}$(?!\n)", description="The subject of the person's token.")
]


class AnonymisedView(View, frozen=True):
    """A person who is anonymised; `name` stands wherever theirs stood."""

    person_id: str
    name: str
    anonymised_at: datetime


class ExportRequested(View, frozen=True):
    """A request for what is kept of a person; `due_at` is when it has to be answered at the latest (art. 19)."""

    export_id: UUID
    person_id: str
    requested_at: datetime
    due_at: datetime


class OpenedView(View, frozen=True):
    """A ticket that the person opened."""

    ticket_id: UUID
    number: int
    subject: str
    description: str
    registered_at: datetime


class WrittenView(View, frozen=True):
    """A message that the person wrote."""

    ticket_id: UUID
    text: str
    posted_at: datetime


class DecidedView(View, frozen=True):
    """A decision of the person."""

    ticket_id: UUID
    decision: str
    channel: str
    reason: str | None
    user_agent: str | None
    decided_at: datetime


class ChatView(View, frozen=True):
    """An account of the person at a messenger."""

    channel: str
    channel_user_id: str


class FileView(View, frozen=True):
    """A file that the person brought; its bytes are read at `/v1/attachments/{attachment_id}`."""

    attachment_id: UUID
    ticket_id: UUID
    name: str
    media_type: str
    size_bytes: int
    added_at: datetime


class KnownView(View, frozen=True):
    """What the person is called: for a customer, or (`organization_id` null) as one of the team."""

    organization_id: UUID | None
    name: str
    email: str | None


class ExportView(View, frozen=True):
    """Everything that ticketing keeps of a person; `elsewhere` is where the rest is read: hours, promises and invoices
    name people by their ids only.
    """

    export_id: UUID
    person_id: str
    requested_at: datetime
    due_at: datetime
    email: str | None
    known_as: list[KnownView]
    files: list[FileView]
    tickets: list[OpenedView]
    messages: list[WrittenView]
    decisions: list[DecidedView]
    chats: list[ChatView]
    elsewhere: list[str]


@post("/v1/people/{person_id:str}/anonymise", roles=MANAGERS, operation_id="anonymise_person", status_code=200)
async def anonymise_person(tx: Transaction, person_id: PersonId) -> AnonymisedView:
    """Forget who a person was, in every service; the hours, the invoices and their hashes stay as they are."""
    person = await doing.anonymise(tx, person_id=person_id)
    return AnonymisedView(person_id=person_id, name=mark_of(person.number), anonymised_at=person.anonymised_at)


@post("/v1/people/{person_id:str}/export", roles=MANAGERS, operation_id="ask_for_export", untagged=True)
async def ask_for_export(tx: Transaction, person_id: PersonId) -> Response[ExportRequested]:
    """Note that a person asks for what is kept of them: due in 15 calendar days."""
    export = await doing.ask_for_export(tx, person_id=person_id)
    view = ExportRequested(
        export_id=export.id, person_id=person_id, requested_at=export.requested_at, due_at=export.due_at
    )
    return Response(view, status_code=201, headers={"Location": f"/v1/people/{person_id}/exports/{export.id}"})


@get("/v1/people/{person_id:str}/exports/{export_id:uuid}", roles=MANAGERS, operation_id="read_export")
async def read_export(tx: Transaction, person_id: PersonId, export_id: UUID) -> ExportView:
    """Everything that is kept of the person, as of now."""
    export, kept = await doing.read_export(tx, person_id=person_id, export_id=export_id)
    return export_view(export, kept)


def export_view(export: Export, kept: store.Kept) -> ExportView:
    """The answer to a person who asks."""
    return ExportView(
        export_id=export.id,
        person_id=export.person_id,
        requested_at=export.requested_at,
        due_at=export.due_at,
        email=kept.email,
        known_as=msgspec.convert(kept.known_as, list[KnownView], from_attributes=True),
        files=msgspec.convert(kept.files, list[FileView], from_attributes=True),
        tickets=msgspec.convert(kept.tickets, list[OpenedView], from_attributes=True),
        messages=msgspec.convert(kept.messages, list[WrittenView], from_attributes=True),
        decisions=msgspec.convert(kept.decisions, list[DecidedView], from_attributes=True),
        chats=msgspec.convert(kept.chats, list[ChatView], from_attributes=True),
        elsewhere=[f"/v1/contacts/{export.person_id}", f"/v1/messages?contact_id={export.person_id}"],
    )


routes = [anonymise_person, ask_for_export, read_export]
