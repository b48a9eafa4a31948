"""The door of chats: messages, who writes them, and hints before a demand is registered, over HTTP (5.3, B37)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post, put
from msgspec import Meta

from services.ticketing import actions
from services.ticketing.actions import chatting
from services.ticketing.api.inputs import NO_BLANK, Answer, Code, Id, Line, Prose
from services.ticketing.api.views import View
from services.ticketing.domain.channels import Contact, Decision
from services.ticketing.offer import Section
from shared import offers
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.pages import NUMBER_MOST
from shared.web import Input

MEDIA_MOST = 20

Key = Annotated[str, Meta(min_length=1, max_length=300, pattern=NO_BLANK)]


class ChannelMessage(Input, frozen=True):
    """A message as a chat frontend hands it on; send `external_id` as the Idempotency-Key, too."""

    channel: Annotated[Code, Meta(examples=["whatsapp"])]
    channel_user_id: Annotated[Key, Meta(examples=["BR.1502576394655843"])]
    external_id: Annotated[Key, Meta(examples=["wamid.HBgM"])]
    text: Annotated[Answer, Meta(description="What was written; a picture may come without words (B36).")] = ""
    media: Annotated[tuple[Line, ...], Meta(max_length=MEDIA_MOST, description="Names of what came with it.")] = ()
    group_id: Key | None = None
    ticket_number: Annotated[int, Meta(ge=1, le=NUMBER_MOST, description="The ticket that it answers.")] | None = None
    automatic: Annotated[bool, Meta(description="True: written by a machine (RFC 3834); never answered.")] = False

    def __post_init__(self) -> None:
        """Something came: words, or what came with them."""
        if not self.text.strip() and not self.media:
            raise ValueError("say what was written, or name what came with it")

    def words(self) -> str:
        """The text, with the names of what came with it."""
        return "\n".join([*filter(str.strip, [self.text]), *(f"[{name}]" for name in self.media)])


class ChannelContact(Input, frozen=True):
    """Who writes under an id of a channel."""

    channel: Annotated[Code, Meta(examples=["whatsapp"])]
    channel_user_id: Annotated[Key, Meta(examples=["BR.1502576394655843"])]
    person_id: Annotated[Id, Meta(examples=["maria"])]
    organization_id: UUID
    contract_id: UUID


class AskHints(Input, frozen=True):
    """What somebody is about to register."""

    subject: Line
    description: Prose | None = None


class ChannelAnswer(View, frozen=True):
    """What became of a message, and what to answer; an empty text: answer nothing."""

    decision: Decision
    ticket_id: UUID | None
    reply_text: str
    buttons: list[str]


class ContactView(View, frozen=True):
    """Who writes under an id of a channel."""

    channel: str
    channel_user_id: str
    person_id: str
    organization_id: UUID
    contract_id: UUID


class HintList(View, frozen=True):
    """What to try, or to have at hand, before registering: never a wall (B37)."""

    hints: list[str]
    one_demand_per_ticket: str | None


BUTTONS = {
    Decision.CREATE_TICKET: ["follow_ticket"],
    Decision.ATTACH: ["follow_ticket"],
    Decision.QUICK_QUESTION: ["open_portal"],
    Decision.REFUSED: ["open_portal"],
}


@post("/v1/channel-messages", roles=STAFF, operation_id="hear_channel_message", status_code=200)
async def hear_message(tx: Transaction, data: ChannelMessage) -> ChannelAnswer:
    """Hear a message of a chat: it opens a ticket, joins one, is a quick question, or is refused with words (5.3)."""
    screened = await actions.screen(tx, data)
    said = chatting.Said(
        channel=data.channel,
        channel_user_id=data.channel_user_id,
        external_id=data.external_id,
        text=screened.data.words(),
        in_group=data.group_id is not None,
        automatic=data.automatic,
        number=data.ticket_number,
    )
    answer = await chatting.hear_message(tx, said=said, screened=screened)
    return ChannelAnswer(
        decision=answer.decision,
        ticket_id=answer.ticket_id,
        reply_text=" ".join(part for part in (answer.reply_text, screened.advice) if part),
        buttons=BUTTONS[answer.decision],
    )


@put("/v1/channel-contacts", roles=STAFF, operation_id="keep_channel_contact")
async def keep_contact(tx: Transaction, data: ChannelContact) -> ContactView:
    """Say who writes under an id of a channel; the phone number is not needed (5.3)."""
    contact = msgspec.convert(data, Contact, from_attributes=True)
    await chatting.keep_contact(tx, contact=contact)
    return msgspec.convert(contact, ContactView, from_attributes=True)


@post("/v1/intake/hints", roles=EVERYBODY, operation_id="ask_hints", status_code=200)
async def ask_hints(tx: Transaction, data: AskHints) -> HintList:
    """What to try before registering, by the words that were written (B36, B37); registering is never blocked."""
    offer = await offers.current(tx, Section)
    told = f"{data.subject} {data.description or ''}".casefold()
    once = offer.one_demand_per_ticket
    return HintList(
        hints=[
            offer.say(hint.text)
            for hint in offer.self_help
            if not hint.words or any(word.casefold() in told for word in hint.words)
        ],
        one_demand_per_ticket=None if once is None else offer.say(once),
    )
