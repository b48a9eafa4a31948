"""Letters that come in: an answer goes into its ticket, a demand is refused with words, the rest waits (B8, N15)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.ticketing import store
from services.ticketing.actions import attaching
from services.ticketing.actions.attaching import Looked
from services.ticketing.actions.screening import note_secrets, screen
from services.ticketing.actions.talking import post_message
from services.ticketing.domain import Ticket, channels, files, refusals, words
from services.ticketing.domain.channels import Decision
from services.ticketing.domain.files import Attachment
from services.ticketing.domain.mail import CHANNEL, Letter, digest_of
from services.ticketing.domain.values import ENDED
from services.ticketing.offer import Section
from services.ticketing.store import channels as kept_channels
from services.ticketing.store import mail as kept
from services.ticketing.store.channels import Answer
from services.ticketing.store.mail import Quarantined
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound

LETTERS_KEPT = timedelta(days=30)  # that nobody looked at; addresses are not kept for longer without a reason


class MailWords(msgspec.Struct, frozen=True):
    """What a letter says."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a letter belongs: the ticket that it answers, and who of its customer wrote it (None: nobody known)."""

    ticket: Ticket | None
    person_id: str | None

    @property
    def takes(self) -> bool:
        """Whether the letter is put into the ticket."""
        return self.ticket is not None and self.person_id is not None and self.ticket.stage not in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """The ticket that the files of a letter are brought into, in the name of who wrote it."""

    ticket_id: UUID
    organization_id: UUID
    person_id: str
    offer: Section

    @property
    def most_bytes(self) -> int:
        """How large a file may be."""
        return self.offer.files.most_bytes

    def own(self, tx: Transaction) -> Transaction:
        """The transaction in the name of who wrote the letter."""
        return replace(tx, actor=self.person_id, organization_id=self.organization_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Files of a letter that are stored, and the names of those that are not taken here."""

    files: tuple[tuple[Attachment, Looked], ...] = ()
    left_out: tuple[str, ...] = ()

    def with_file(self, pending: Attachment, looked: Looked) -> Brought:
        """One more that is stored."""
        return replace(self, files=(*self.files, (pending, looked)))

    def without(self, name: str) -> Brought:
        """One more that is not taken."""
        return replace(self, left_out=(*self.left_out, files.safe_name(name)))


async def takes_files(tx: Transaction, letter: Letter, *, signed_for: UUID | None) -> Into | None:
    """Where the files of a letter go; None when there are none, or it was heard, or goes into no ticket."""
    if not letter.files or await known_answer(tx, letter) is not None:
        return None
    place = await place_of(tx, letter, signed_for=signed_for)
    if not place.takes or place.ticket is None or place.person_id is None:
        return None
    return Into(
        ticket_id=place.ticket.id,
        organization_id=place.ticket.organization_id,
        person_id=place.person_id,
        offer=await offers.current(tx, Section),
    )


async def _keep_files(own: Transaction, brought: Brought) -> tuple[tuple[UUID, ...], tuple[str, ...]]:
    """The files as parts of the ticket from here on, and the names of those that found no room in it."""
    kept_ids: list[UUID] = []
    left_out = list(brought.left_out)
    for pending, looked in brought.files:
        try:
            async with own.apart():
                attached = await attaching.keep_file(own, pending=pending, looked=looked)
        except refusals.TooManyFiles:
            left_out.append(pending.name)
            continue
        kept_ids.append(attached.attachment.id)
    return tuple(kept_ids), tuple(left_out)


async def place_of(tx: Transaction, letter: Letter, *, signed_for: UUID | None) -> Place:
    """The ticket by the letters that it answers, by the signed address, or by its tag where the sender belongs to it.

    Raises ChannelUnknown.
    """
    offer = await offers.current(tx, Section)
    channel = offer.channels.get(CHANNEL)
    if channel is None:
        raise refusals.ChannelUnknown("this provider reads no e-mail")
    if letter.is_automatic or not channel.replies:
        return Place(ticket=None, person_id=None)
    contact = await kept_channels.contact_of(tx, CHANNEL, letter.sender)
    for ticket_id in (*letter.answers, *((signed_for,) if signed_for else ())):
        ticket = await _ticket(tx, ticket_id)
        if ticket is not None:
            return Place(ticket=ticket, person_id=await _person(tx, ticket, letter, contact))
    if contact is None or letter.number is None:
        return Place(ticket=None, person_id=None if contact is None else contact.person_id)
    found = await kept_channels.ticket_with(tx, contact.organization_id, letter.number)
    ticket = None if found is None else await _ticket(tx, found)
    return Place(ticket=ticket, person_id=contact.person_id)


async def _ticket(tx: Transaction, ticket_id: UUID) -> Ticket | None:
    try:
        return await store.one(tx, ticket_id)
    except NotFound:
        return None  # another provider's, or none: the letter is as good as without it


async def _person(tx: Transaction, ticket: Ticket, letter: Letter, contact: channels.Contact | None) -> str | None:
    if contact is not None and contact.organization_id == ticket.organization_id:
        return contact.person_id
    return await kept.person_writing(tx, ticket.organization_id, letter.sender)


async def known_answer(tx: Transaction, letter: Letter) -> Answer | None:
    """What became of a letter that was heard before."""
    return await kept_channels.answer_of(tx, CHANNEL, letter.message_id)


async def hear_letter(tx: Transaction, letter: Letter, *, signed_for: UUID | None, brought: Brought) -> Answer:
    """Put a letter where it belongs, once; a letter that is heard again changes nothing."""
    digest = digest_of(tx.tenant, letter.sender)
    answered_at = await kept.sender_answered_at(tx, digest)
    known = await known_answer(tx, letter)
    if known is not None:
        return known
    place = await place_of(tx, letter, signed_for=signed_for)
    if letter.is_automatic:  # never answered, never resumes or reopens anything (N-01)
        answer = Answer(decision=Decision.REFUSED, ticket_id=None, reply_text="")
    elif place.takes and place.ticket is not None:
        answer = await _attach(tx, letter, place, brought)
    else:
        answer = await _refuse(tx, letter, place, digest=digest, answered_at=answered_at)
    await kept_channels.keep_answer(tx, CHANNEL, letter.message_id, answer)
    return answer


async def _attach(tx: Transaction, letter: Letter, place: Place, brought: Brought) -> Answer:
    assert place.ticket is not None and place.person_id is not None, "it is known whose and where"
    own = replace(tx, actor=place.person_id, organization_id=place.ticket.organization_id)
    attachments, left_out = await _keep_files(own, brought)
    text = "\n".join([letter.text or letter.subject or "(sem texto)", *(f"[{name}: não aceito]" for name in left_out)])
    said = await screen(tx, MailWords(subject="", text=text))
    posted = await post_message(
        own,
        ticket_id=place.ticket.id,
        version=None,
        by_customer=True,
        text=said.data.text,
        html=None,
        public=True,
        asks_customer=False,
        automatic=False,
        attachments=attachments,
    )
    await note_secrets(own, posted.ticket, said)
    return Answer(decision=Decision.ATTACH, ticket_id=place.ticket.id, reply_text="")


async def _refuse(
    tx: Transaction, letter: Letter, place: Place, *, digest: str, answered_at: datetime | None
) -> Answer:
    """Keep what somebody has to look at, and say once a day where a demand begins (B8); nothing reopens silently."""
    offer = await offers.current(tx, Section)
    ticket = place.ticket
    if place.person_id is None or ticket is not None:
        said = await screen(tx, MailWords(subject=letter.subject, text=letter.text))
        one = Quarantined(
            id=tx.new_id(),
            sender=letter.sender,
            subject=said.data.subject,
            text=said.data.text,
            reason="unknown_sender" if place.person_id is None else "ticket_ended",
            ticket_id=None if ticket is None else ticket.id,
            received_at=tx.now,
        )
        await kept.add_quarantined(tx, one)
        tx.falls_due(tx.now + LETTERS_KEPT)
    ended = None if ticket is None or place.person_id is None else ticket
    told = ""
    if letter.sender and (answered_at is None or tx.now - answered_at >= channels.REPLY_EVERY):
        await kept.note_answered(tx, digest)
        closed = offer.channels[CHANNEL].closed_text
        told = offer.say(words.ENDED).format(number=ended.number) if ended else offer.say(closed or words.NO_INTAKE)
    return Answer(decision=Decision.REFUSED, ticket_id=None if ended is None else ended.id, reply_text=told)


async def release(tx: Transaction, *, letter_id: UUID, ticket_id: UUID, person_id: str) -> Ticket:
    """Put a letter that waited into a ticket, in the name of who wrote it. Raises NotFound, TicketIsClosed."""
    letter = await kept.take_quarantined(tx, letter_id)
    ticket = await store.one(tx, ticket_id)
    own = replace(tx, actor=person_id, organization_id=ticket.organization_id)
    posted = await post_message(
        own,
        ticket_id=ticket_id,
        version=None,
        by_customer=True,
        text=letter.text or letter.subject,
        html=None,
        public=True,
        asks_customer=False,
        automatic=False,
    )
    return posted.ticket


async def next_to_forget(tx: Transaction) -> datetime | None:
    """When the oldest letter that nobody looked at is forgotten."""
    oldest = await kept.oldest(tx)
    return None if oldest is None else oldest + LETTERS_KEPT


async def forget_letters(tx: Transaction) -> int:
    """Forget letters that nobody looked at, and senders who have not written since."""
    return await kept.forget_before(tx, tx.now - LETTERS_KEPT + timedelta(microseconds=1))
