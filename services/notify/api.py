"""HTTP in: contacts, what was written to whom and what became of it, and the provider's offer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post, put
from litestar.params import Parameter, QueryParameter
from msgspec import Meta

from services.notify import actions, store
from services.notify.domain import ALL_TOPICS, Audience, Contact, Locale, Message, State, Template, Topic
from services.notify.gateway import Unsubscription
from services.notify.offer import Section
from shared import auth, offers
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Door, Input, versioned

ContactId = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9._:|@-]{1,200}$(?!\n)", description="The subject of the person's token.")
]
LinkToken = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9_-]{1,1000}$(?!\n)", description="The token of the link, as it came.")
]
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}
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


class UnsubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the reader of a letter still hears of its topic."""

    topic: Topic
    is_subscribed: bool


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message and what became of it. `contact_id` null: the team's mailbox; `header_id` is its Message-ID.

    `digest_id` is the message in which it is told where its `state` is collected: its recipient had too many (N-02).
    """

    message_id: UUID
    fact_id: UUID
    template: Template
    audience: Audience
    contact_id: str | None
    organization_id: UUID
    contract_id: UUID | None
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
    digest_id: UUID | None


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
    contact_id: Annotated[str | None, QueryParameter(max_length=200)] = None,
    digest_id: UUID | None = None,
    template: Template | None = None,
    message_state: Annotated[State | None, QueryParameter(name="state")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> MessagePage:
    """Messages, newest first; a customer sees those to its own organization, never the team's."""
    filters = store.Filters(
        ticket_id=ticket_id,
        contract_id=contract_id,
        contact_id=contact_id,
        digest_id=digest_id,
        template=template,
        state=message_state,
    )
    page = await actions.list_messages(tx, filters=filters, asked=Slice(limit=limit, cursor=cursor))
    return MessagePage(items=[message_view(one.message) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/messages/{message_id:uuid}", roles=auth.EVERYBODY, operation_id="read_message")
async def read_message(tx: Transaction, message_id: UUID) -> MessageView:
    """One message."""
    return message_view(await actions.get_message(tx, message_id=message_id))


@get("/v1/unsubscribe/{token:str}", roles=auth.PUBLIC, operation_id="read_unsubscription")
async def read_unsubscription(
    door: Door, request: Request[Any, Any, Any], token: LinkToken
) -> Response[UnsubscriptionView]:
    """What the link of a letter switches off; nothing changes, whoever reads it. A browser gets a page."""
    link = door.keys.unseal(token, Unsubscription, now=door.now)
    tx = await door.enter(_bearer(link))
    contact = await actions.get_contact(tx, contact_id=link.contact_id)
    return _unsubscription(link.topic, request, is_subscribed=link.topic in contact.topics)


@post("/v1/unsubscribe/{token:str}", roles=auth.PUBLIC, operation_id="unsubscribe", status_code=200)
async def unsubscribe(door: Door, request: Request[Any, Any, Any], token: LinkToken) -> Response[UnsubscriptionView]:
    """Switch the topic off, at once and without a login (RFC 8058); the body says nothing, a second time changes
    nothing.
    """
    link = door.keys.unseal(token, Unsubscription, now=door.now)
    tx = await door.enter(_bearer(link))
    await actions.unsubscribe(tx, contact_id=link.contact_id, topic=link.topic)
    return _unsubscription(link.topic, request, is_subscribed=False)


def _bearer(link: Unsubscription) -> auth.Principal:
    """Whoever holds the link: its contact, for this one topic."""
    return auth.Principal(
        tenant=link.tenant, subject=link.contact_id, organization_id=None, roles=frozenset({auth.Role.CUSTOMER})
    )


def _unsubscription(topic: Topic, request: Request[Any, Any, Any], *, is_subscribed: bool) -> Response[Any]:
    if "text/html" not in request.headers.get("accept", ""):
        return Response(UnsubscriptionView(topic=topic, is_subscribed=is_subscribed), headers=PAGE_HEADERS)
    page = _PAGE.format(main=_ASK if is_subscribed else _DONE)
    return Response(page, media_type=MediaType.HTML, headers=PAGE_HEADERS)


_PAGE = (
    '<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>Extratos e avisos de horas</title></head>'
    "<body><main>{main}</main></body></html>"
)
_ASK = (
    "<p>Deixar de receber extratos e avisos de horas?<br>Stop receiving hour statements and warnings?</p>"
    '<form method="post"><button>Deixar de receber / Unsubscribe</button></form>'
)
_DONE = (
    "<p>Você não recebe mais extratos e avisos de horas. Aprovações, faturas e avisos do contrato continuam.<br>"
    "You no longer receive hour statements and warnings. Approvals, invoices and contract notices go on.</p>"
)


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
        digest_id=message.digest_id,
    )


routes = [
    put_contact,
    read_contact,
    list_contacts,
    list_messages,
    read_message,
    read_unsubscription,
    unsubscribe,
    apply_notify_offer,
    read_notify_offer,
]
