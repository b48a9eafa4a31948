"""HTTP in: contacts, what was written to whom and what became of it, and the provider's offer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.params import Parameter, QueryParameter
from msgspec import Meta

from services.notify import actions, store
from services.notify.domain import ALL_TOPICS, Audience, Contact, Locale, Message, State, Template, Topic
from services.notify.offer import Section
from shared import auth, offers
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned

ContactId = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9._:|@-]{1,200}$(?!\n)", description="The subject of the person's token.")
]
KEEPERS = auth.STAFF | auth.OFFICE


class ContactInput(Input, frozen=True, kw_only=True):
    """A person of a customer's organization. `locale` null: the provider's; `topics`: what they want to hear of.

    `may_approve` false: they are told that an approval was asked for, and are not asked themselves.
    """

    organization_id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=120, examples=["Ana Souza"])]
    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["ana@cliente.com.br"])]
    locale: Locale | None = None
    topics: Annotated[list[Topic], Meta(max_length=20)] = msgspec.field(default_factory=lambda: list(ALL_TOPICS))
    may_approve: bool = True


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it is kept."""

    contact_id: str
    organization_id: UUID
    name: str
    email: str
    locale: Locale | None
    topics: list[Topic]
    may_approve: bool
    version: int
    changed_at: datetime


class ContactPage(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts, in the order of their ids."""

    items: list[ContactView]
    next_cursor: str | None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message and what became of it. `contact_id` null: the team's mailbox; `header_id` is its Message-ID."""

    message_id: UUID
    fact_id: UUID
    template: Template
    audience: Audience
    contact_id: str | None
    organization_id: UUID
    contract_id: UUID
    ticket_id: UUID | None
    to_email: str
    from_email: str
    locale: str
    subject: str
    body: str
    header_id: str
    written_at: datetime
    state: State
    attempts: int
    next_attempt_at: datetime | None
    settled_at: datetime | None
    error: str | None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, newest first."""

    items: list[MessageView]
    next_cursor: str | None


@put("/v1/contacts/{contact_id:str}", roles=KEEPERS, operation_id="put_contact", also=(201,))
async def put_contact(
    tx: Transaction, contact_id: ContactId, data: ContactInput, if_match: int | None
) -> Response[ContactView]:
    """Keep whom to write to, whole: 201 when new. Names and addresses of people are kept nowhere else."""
    contact, is_new = await actions.put_contact(
        tx,
        contact_id=contact_id,
        organization_id=data.organization_id,
        name=data.name,
        email=data.email,
        locale=data.locale,
        topics=data.topics,
        may_approve=data.may_approve,
        if_match=if_match,
    )
    return versioned(contact_view(contact), version=contact.version, status=201 if is_new else 200)


@get("/v1/contacts/{contact_id:str}", roles=KEEPERS, operation_id="read_contact")
async def read_contact(tx: Transaction, contact_id: ContactId) -> Response[ContactView]:
    """One contact."""
    contact = await actions.get_contact(tx, contact_id=contact_id)
    return versioned(contact_view(contact), version=contact.version)


@get("/v1/contacts", roles=KEEPERS, operation_id="list_contacts")
async def list_contacts(
    tx: Transaction, organization_id: UUID | None = None, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> ContactPage:
    """Contacts, in the order of their ids."""
    asked = Slice(limit=limit, cursor=cursor)
    page = await actions.list_contacts(tx, organization_id=organization_id, asked=asked)
    return ContactPage(items=[contact_view(contact) for contact in page.items], next_cursor=page.next_cursor)


@get("/v1/messages", roles=auth.EVERYBODY, operation_id="list_messages")
async def list_messages(
    tx: Transaction,
    ticket_id: UUID | None = None,
    contract_id: UUID | None = None,
    template: Template | None = None,
    message_state: Annotated[State | None, QueryParameter(name="state")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> MessagePage:
    """Messages, newest first; a customer sees those to its own organization, never the team's."""
    filters = store.Filters(ticket_id=ticket_id, contract_id=contract_id, template=template, state=message_state)
    page = await actions.list_messages(tx, filters=filters, asked=Slice(limit=limit, cursor=cursor))
    return MessagePage(items=[message_view(one.message) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/messages/{message_id:uuid}", roles=auth.EVERYBODY, operation_id="read_message")
async def read_message(tx: Transaction, message_id: UUID) -> MessageView:
    """One message."""
    return message_view(await actions.get_message(tx, message_id=message_id))


@put("/v1/offers/notify", roles=auth.ADMINS, operation_id="apply_notify_offer")
async def apply_notify_offer(tx: Transaction, data: Section) -> offers.Applied:
    """Bring notify to this section of the offer; applying the same again changes nothing."""
    return await offers.apply(tx, data)


@get("/v1/offers/notify", roles=auth.ADMINS, operation_id="read_notify_offer")
async def read_notify_offer(tx: Transaction) -> Section:
    """The section of the offer that is in force."""
    return await offers.current(tx, Section)


def contact_view(contact: Contact) -> ContactView:
    """A contact as the interface shows it."""
    return ContactView(
        contact_id=contact.contact_id,
        organization_id=contact.organization_id,
        name=contact.name,
        email=contact.email,
        locale=contact.locale,
        topics=list(contact.topics),
        may_approve=contact.may_approve,
        version=contact.version,
        changed_at=contact.changed_at,
    )


def message_view(message: Message) -> MessageView:
    """A message as the interface shows it."""
    return MessageView(
        message_id=message.message_id,
        fact_id=message.fact_id,
        template=message.template,
        audience=message.audience,
        contact_id=message.contact_id or None,
        organization_id=message.organization_id,
        contract_id=message.contract_id,
        ticket_id=message.ticket_id,
        to_email=message.to_email,
        from_email=message.from_email,
        locale=message.locale,
        subject=message.subject,
        body=message.body,
        header_id=message.header_id,
        written_at=message.written_at,
        state=message.state,
        attempts=message.attempts,
        next_attempt_at=message.next_attempt_at,
        settled_at=message.settled_at,
        error=message.error,
    )


routes = [
    put_contact,
    read_contact,
    list_contacts,
    list_messages,
    read_message,
    apply_notify_offer,
    read_notify_offer,
]
