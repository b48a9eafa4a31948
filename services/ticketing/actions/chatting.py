"""Messages of chats: each becomes a ticket, a part of one, a quick question, or is refused with words (5.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.ticketing import store
from services.ticketing.actions.opening import open_ticket
from services.ticketing.actions.screening import note_secrets_of
from services.ticketing.actions.talking import post_message
from services.ticketing.domain import Demand, Ticket, channels, refusals, words
from services.ticketing.domain.channels import Contact, Decision
from services.ticketing.domain.mail import digest_of
from services.ticketing.domain.screening import Screened, WordsT
from services.ticketing.offer import PlanFeatures, Section
from services.ticketing.store import Words
from services.ticketing.store import channels as kept
from services.ticketing.store import mail as senders
from services.ticketing.store.channels import Answer
from shared import offers
from shared.db import Transaction

SUBJECT_MOST_CHARACTERS = 200
# A messenger delivers again for a week at most (5.3), and its ids of messages have telephone numbers in them.
ANSWERS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came in: `automatic` when a machine of the sender wrote it (RFC 3834), `number` the ticket it answers."""

    channel: str
    channel_user_id: str
    external_id: str
    text: str
    in_group: bool
    automatic: bool
    number: int | None


async def keep_contact(tx: Transaction, *, contact: Contact) -> None:
    """Say who writes under an id of a channel. Raises ChannelUnknown, NoActiveContract."""
    offer = await offers.current(tx, Section)
    if contact.channel not in offer.channels:
        raise refusals.ChannelUnknown(f"the channels are {', '.join(offer.channels)}", field="channel")
    known = await store.contract_by_id(tx, contact.contract_id)
    if known is None or known.contract.organization_id != contact.organization_id:
        raise refusals.NoActiveContract("the organization has no such contract", field="contract_id")
    await kept.keep_contact(tx, contact)


async def hear_message(tx: Transaction, *, said: Said, screened: Screened[WordsT]) -> Answer:
    """Decide what becomes of a message, and do it; the same message again is answered the same.

    What was found in it is noted in the ticket that it goes into, as of any other words (B35).

    Raises ChannelUnknown, and what opening a ticket or writing in one raises.
    """
    offer = await offers.current(tx, Section)
    channel = offer.channels.get(said.channel)
    if channel is None:
        raise refusals.ChannelUnknown(f"the channels are {', '.join(offer.channels)}", field="channel")
    contact = await kept.contact_of(tx, said.channel, said.channel_user_id)
    known = await kept.answer_of(tx, said.channel, said.external_id)
    if known is not None:
        return known
    answer = await _answer(tx, said, contact, offer)
    if answer.ticket_id is not None and answer.decision in (Decision.CREATE_TICKET, Decision.ATTACH):
        await note_secrets_of(tx, answer.ticket_id, screened)
    await kept.keep_answer(tx, said.channel, said.external_id, answer)
    return answer


async def next_to_forget(tx: Transaction) -> datetime | None:
    """When the oldest message is forgotten, at the full hour after that."""
    oldest = await kept.oldest_answer(tx)
    if oldest is None:
        return None
    return (oldest + ANSWERS_KEPT).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def forget_answers(tx: Transaction) -> int:
    """Forget which messages were heard a month ago, and what was answered; what came of them is in their tickets."""
    return await kept.forget_answers(tx, before=tx.now - ANSWERS_KEPT)


async def _answer(tx: Transaction, said: Said, contact: Contact | None, offer: Section) -> Answer:
    if said.automatic:  # never answered, never resumes or reopens anything (N-01)
        return Answer(decision=Decision.REFUSED, ticket_id=None, reply_text="")
    if contact is None:
        return Answer(decision=Decision.REFUSED, ticket_id=None, reply_text=await _ask_who(tx, said, offer))
    ticket = await _ticket(tx, said, contact)
    decision = channels.decide(
        channel=offer.channels[said.channel],
        contact=contact,
        ticket=ticket,
        in_group=said.in_group,
        features=await _features(tx, contact, offer),
    )
    own = replace(tx, actor=contact.person_id, organization_id=contact.organization_id)
    if decision is Decision.CREATE_TICKET:
        return await _open(own, said, contact, offer)
    if decision is Decision.ATTACH and ticket is not None:
        return await _attach(own, said, ticket, offer)
    return await _refuse(tx, said, contact, ticket, decision, offer)


async def _ask_who(tx: Transaction, said: Said, offer: Section) -> str:
    """What somebody unknown is told, once a day as everybody else (N32): whoever answers by a machine is no loop."""
    digest = digest_of(tx.tenant, f"{said.channel} {said.channel_user_id}")
    answered_at = await senders.sender_answered_at(tx, digest)
    if answered_at is not None and tx.now - answered_at < channels.REPLY_EVERY:
        return ""
    await senders.note_answered(tx, digest)
    return offer.say(words.WHO_ARE_YOU)


async def _ticket(tx: Transaction, said: Said, contact: Contact) -> Ticket | None:
    number = said.number if said.number is not None else channels.number_in(said.text)
    found = None if number is None else await kept.ticket_with(tx, contact.organization_id, number)
    return None if found is None else await store.one(tx, found)


async def _features(tx: Transaction, contact: Contact, offer: Section) -> PlanFeatures:
    known = await store.contract_by_id(tx, contact.contract_id)
    plan = known.contract.plan_code if known is not None else ""
    return offer.plan_features.get(plan, PlanFeatures())


async def _open(own: Transaction, said: Said, contact: Contact, offer: Section) -> Answer:
    demand = Demand(
        channel=said.channel,
        by_customer=True,
        subject=(said.text.strip().splitlines() or [said.channel])[0][:SUBJECT_MOST_CHARACTERS],
        area=None,
        item=None,
        hosting=None,
        fields={},
    )
    text = Words(description=said.text, fields={})
    try:
        ticket = await open_ticket(own, contract_id=contact.contract_id, demand=demand, words=text)
    except (refusals.MayNotOpen, refusals.ContractEnded) as no:  # it is for who writes, not for the bot that asks
        why = words.MAY_NOT_OPEN if isinstance(no, refusals.MayNotOpen) else words.CONTRACT_OVER
        return Answer(decision=Decision.REFUSED, ticket_id=None, reply_text=offer.say(why))
    told = offer.say(words.RECEIVED).format(number=ticket.number)
    return Answer(decision=Decision.CREATE_TICKET, ticket_id=ticket.id, reply_text=told)


async def _attach(own: Transaction, said: Said, ticket: Ticket, offer: Section) -> Answer:
    await post_message(
        own,
        ticket_id=ticket.id,
        version=None,
        by_customer=True,
        text=said.text,
        html=None,
        public=True,
        asks_customer=False,
        automatic=False,
    )
    told = offer.say(words.ATTACHED).format(number=ticket.number)
    return Answer(decision=Decision.ATTACH, ticket_id=ticket.id, reply_text=told)


async def _refuse(
    tx: Transaction, said: Said, contact: Contact, ticket: Ticket | None, decision: Decision, offer: Section
) -> Answer:
    """Say once a day where a demand begins (N32); a ticket that has ended is reopened by its people, never silently."""
    if not channels.may_answer(contact, at=tx.now):
        return Answer(decision=decision, ticket_id=None if ticket is None else ticket.id, reply_text="")
    await kept.keep_contact(tx, replace(contact, answered_at=tx.now))
    if ticket is not None:
        told = offer.say(words.ENDED).format(number=ticket.number)
        return Answer(decision=decision, ticket_id=ticket.id, reply_text=told)
    closed = offer.channels[said.channel].closed_text
    portal = next((row.address for code, row in offer.channels.items() if code == "portal" and row.address), "")
    told = f"{offer.say(closed or words.NO_INTAKE)} {portal}".strip()
    return Answer(decision=decision, ticket_id=None, reply_text=told)
