"""Approvals by a signed link: reading changes nothing, answering decides once, whoever follows the link (A-01)."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import Parameter
from msgspec import Meta

from services.ticketing import actions, store
from services.ticketing.actions.approving import Question
from services.ticketing.api import views
from services.ticketing.api.chatting import Key
from services.ticketing.api.inputs import Reason
from services.ticketing.api.views import View
from services.ticketing.domain import refusals
from services.ticketing.domain.mail import digest_of
from shared.auth import PUBLIC, STAFF, Principal, Role
from shared.db import Transaction
from shared.errors import Invalid
from shared.events.links import ApprovalLink
from shared.frame import Origin
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Door, Input

Token = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9_-]{1,1000}$(?!\n)", description="The token of the link, as it came.")
]
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}
FORM_MOST_BYTES = 20_000
OK = 200
TOO_LATE = (refusals.AlreadyDecided, refusals.QuoteExpired, refusals.QuoteSuperseded, refusals.ApprovalPending)


class AnswerApproval(Input, frozen=True):
    """The approver's answer (N42); `channel` chat: by a button of a conversation, pressed by `channel_user_id`."""

    decision: Literal["approve", "decline"]
    reason: Reason | None = None
    channel: Literal["link", "chat"] = "link"
    channel_user_id: Annotated[Key, Meta(description="Chat: from where it came (2.4); kept as a digest.")] | None = None


class QuestionView(View, frozen=True):
    """What is asked, and how it stands now; `text` is what will be kept as shown."""

    ticket_id: UUID
    ticket_number: int
    estimate_number: int
    state: str
    is_open: bool
    text: str
    standing: str
    minutes: int
    minutes_from_bank: int | None
    minutes_over: int | None
    hour_price_cents: int | None
    overage_cents: int | None
    valid_until: datetime | None
    decided_at: datetime | None


class ApprovalView(View, frozen=True):
    """An answer and what is kept of it: the address only as a digest, and that for six months."""

    id: UUID
    estimate_id: UUID
    estimate_number: int
    decision: str
    channel: str
    decided_at: datetime
    decided_by: str
    reason: str | None
    text: str
    address_digest: str | None
    user_agent: str | None


class ApprovalPage(View, frozen=True):
    """The answers to a ticket's estimates, the oldest first."""

    items: list[ApprovalView]
    next_cursor: str | None


@get("/v1/approvals/{token:str}", roles=PUBLIC, operation_id="read_approval")
async def read_approval(door: Door, request: Request[Any, Any, Any], token: Token) -> Response[QuestionView]:
    """What the link asks, as it stands now; nothing changes, whoever reads it. A browser gets a page with a form."""
    link = door.keys.unseal(token, ApprovalLink, now=door.now)
    tx = await door.enter(_bearer(link))
    return _answer(
        await actions.read_link(tx, link=link), wants_page="text/html" in request.headers.get("accept", ""), token=token
    )


@post("/v1/approvals/{token:str}", roles=PUBLIC, operation_id="answer_approval", status_code=200)
async def answer_approval(door: Door, origin: Origin, token: Token, data: AnswerApproval) -> Response[QuestionView]:
    """Approve or decline, once, while the quote is valid (N42): who comes second learns what was decided."""
    link = door.keys.unseal(token, ApprovalLink, now=door.now)
    tx = await door.enter(_bearer(link))
    return _answer(await _decide(tx, link, data, origin), wants_page=False)


@post("/v1/approvals/{token:str}/form", roles=PUBLIC, include_in_schema=False, status_code=200)
async def answer_approval_form(
    door: Door, origin: Origin, token: Token, request: Request[Any, Any, Any]
) -> Response[QuestionView]:
    """The same, from the page's own form."""
    link = door.keys.unseal(token, ApprovalLink, now=door.now)
    tx = await door.enter(_bearer(link))
    question, status = await _decide_or_look(tx, link, _form(await request.body()), origin)
    return _answer(question, wants_page=True, status=status, token=token)


@get("/v1/tickets/{ticket_id:uuid}/approvals", roles=STAFF, operation_id="list_approvals")
async def list_approvals(
    tx: Transaction, ticket_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> ApprovalPage:
    """Who answered what, when, by which way and from where, and the text that was shown (2.4.7)."""
    await store.one(tx, ticket_id)
    asked = Slice(limit=limit, cursor=cursor)
    found = await store.approvals_of(tx, ticket_id, after=asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda approval: approval.id)
    items = msgspec.convert(page.items, list[ApprovalView], from_attributes=True)
    return ApprovalPage(items=items, next_cursor=page.next_cursor)


def _bearer(link: ApprovalLink) -> Principal:
    """Whoever holds the link, for this one answer: the approver it was signed for."""
    return Principal(
        tenant=link.tenant,
        subject=link.contact_id,
        organization_id=link.organization_id,
        roles=frozenset({Role.CUSTOMER, Role.APPROVER}),
    )


async def _decide(tx: Transaction, link: ApprovalLink, data: AnswerApproval, origin: Origin) -> Question:
    said = await actions.screen(tx, data)
    answer = views.answered(data.channel, origin)
    if data.channel_user_id is not None:  # a bot's own address says nothing of who pressed the button
        answer = replace(answer, address_digest=digest_of(link.tenant, data.channel_user_id))
    ticket = await actions.answer_link(
        tx,
        link=link,
        approves=data.decision == "approve",
        reason=said.data.reason,
        answer=answer,
    )
    await actions.note_secrets(tx, ticket, said)
    return await actions.read_link(tx, link=link)


async def _decide_or_look(
    tx: Transaction, link: ApprovalLink, data: AnswerApproval, origin: Origin
) -> tuple[Question, int]:
    """The answer, or how it stands where it comes too late: a person sees the page again, not a document."""
    try:
        return await _decide(tx, link, data, origin), OK
    except TOO_LATE as refusal:
        return await actions.read_link(tx, link=link), refusal.status


def _form(body: bytes) -> AnswerApproval:
    """What the page's form says. Raises Invalid."""
    try:
        given = {
            name: values[-1]
            for name, values in parse_qs(body[:FORM_MOST_BYTES].decode(), strict_parsing=True).items()
            if values[-1].strip()
        }
        return msgspec.convert(given, AnswerApproval)
    except (ValueError, msgspec.ValidationError) as error:
        raise Invalid("say approve or decline", field="decision") from error


def _answer(question: Question, *, wants_page: bool, status: int = OK, token: str = "") -> Response[Any]:
    if wants_page:
        return Response(_page(question, token), media_type=MediaType.HTML, headers=PAGE_HEADERS, status_code=status)
    one = question.estimate
    view = QuestionView(
        ticket_id=question.ticket.id,
        ticket_number=question.ticket.number,
        estimate_number=one.number,
        state=one.state.value,
        is_open=question.asked.is_open,
        text=question.asked.text,
        standing=question.asked.standing,
        minutes=one.minutes,
        minutes_from_bank=one.minutes_from_bank,
        minutes_over=one.minutes_over,
        hour_price_cents=one.hour_price_cents,
        overage_cents=one.overage_cents,
        valid_until=one.valid_until,
        decided_at=one.decided_at,
    )
    return Response(view, headers=PAGE_HEADERS)


def _page(question: Question, token: str) -> str:
    """A page that needs nothing but itself; what people wrote stands in it as text."""
    asked = question.asked
    text = "".join(f"<p>{html.escape(line)}</p>" for line in asked.text.splitlines())
    form = _FORM.format(token=token) if asked.is_open else ""
    return _PAGE.format(number=asked.ticket_number, text=text, standing=html.escape(asked.standing), form=form)


_PAGE = (
    '<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>#{number}</title>'
    "<style>body{{font:1rem/1.5 sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}}"
    "button{{font:inherit;padding:.5rem 1rem;margin-right:.5rem}}textarea{{width:100%}}</style></head>"
    "<body><main>{text}<p><strong>{standing}</strong></p>{form}</main></body></html>"
)
_FORM = (
    '<form method="post" action="/v1/approvals/{token}/form"><p><label>Motivo (opcional) / Reason (optional)<br>'
    '<textarea name="reason" maxlength="2000" rows="3"></textarea></label></p>'
    '<p><button name="decision" value="approve">Aprovar / Approve</button>'
    '<button name="decision" value="decline">Recusar / Decline</button></p></form>'
)
