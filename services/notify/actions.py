"""The verbs of notify: note what later facts will need, write messages, send them, keep contacts and the offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.notify import domain, store
from services.notify.domain import Contact, Locale, Message, News, Recipient, Topic
from services.notify.gateway import Post
from services.notify.offer import Section
from shared import offers
from shared.crash import crashpoint
from shared.db import Transaction
from shared.errors import NotFound, Refused, Stale
from shared.log import log
from shared.metrics import Measure
from shared.pages import POSITION_MOST, Page, Position, Slice


class TimezoneUnknown(Refused):
    """A contract lives in a time zone that exists: every date that its customer reads depends on it (4.4)."""


class NoContact(NotFound):
    """There is no such contact."""


class NoMessage(NotFound):
    """There is no such message."""


async def note_contract(tx: Transaction, *, contract: domain.Contract) -> None:
    """Remember a contract. Raises TimezoneUnknown."""
    if not domain.is_zone(contract.timezone):
        raise TimezoneUnknown(f"there is no time zone {contract.timezone!r}", field="timezone")
    await store.note_contract(tx, contract)


async def note_ticket(tx: Transaction, *, ticket: domain.Ticket) -> None:
    """Remember which number a ticket has: hours and clocks name only its id."""
    await store.note_ticket(tx, ticket)


async def tell(tx: Transaction, *, news: News | None) -> None:
    """Write one message per recipient of the news, to be sent at once; news that is none concerns nobody.

    Raises NoOffer while the provider has not applied its offer here: the stream waits rather than leave the house in
    nobody's name.
    """
    if news is None:
        return
    contacts = await store.read_contacts_of(tx, news.organization_id)
    if not domain.may_have_readers(news, contacts=contacts):
        return
    provider = (await offers.current(tx, Section)).provider()
    known = domain.Circumstances(
        provider=provider,
        ticket=await _ticket_of(tx, news),
        contract=await store.find_contract(tx, news.contract_id),
        now=tx.now,
    )
    if not domain.concerns(news, contract=known.contract):
        return
    for recipient in domain.recipients(news, contacts=contacts, provider=provider):
        await _write(tx, news=news, recipient=recipient, known=known)


async def _ticket_of(tx: Transaction, news: News) -> domain.Ticket | None:
    """The noted ticket, for a fact that carries only its id."""
    if news.ticket_id is None or news.ticket_number is not None:
        return None
    return await store.find_ticket(tx, news.ticket_id)


async def _write(tx: Transaction, *, news: News, recipient: Recipient, known: domain.Circumstances) -> None:
    assert tx.cause is not None, "a message tells a fact"
    thread: tuple[str, ...] = ()
    if news.ticket_id is not None:
        thread = await store.read_thread(tx, ticket_id=news.ticket_id, contact_id=recipient.contact_id)
    message = domain.write_message(
        news, recipient, known, message_id=tx.new_id(), fact_id=UUID(tx.cause), thread=thread
    )
    await store.add_message(tx, message)
    tx.falls_due(tx.now)


async def send_waiting(tx: Transaction, *, post: Post) -> int:
    """Try to send what is due, as many as the post takes at once; answer how many were tried.

    A message stays locked from before it is handed over until its outcome is committed. A crash in between sends it
    again with the same Message-ID: at least once, never lost.
    """
    tried = 0
    while tried < post.batch_messages and await _send_next(tx, post=post):
        tried += 1
    return tried


async def _send_next(tx: Transaction, *, post: Post) -> bool:
    found = await store.lock_next(tx)
    if found is None:
        return False
    tenant, message = found
    outcome = await post.send(message)
    crashpoint("message.sent")
    own = tx.as_tenant(tenant).caused_by(str(message.fact_id), None)
    tried = domain.settle(message, outcome, at=tx.now)
    await store.save_message(own, tried)
    fact = domain.fact_of(tried, outcome)
    if fact is not None:
        await own.publish(fact)
    if tried.next_attempt_at is not None:
        tx.falls_due(tried.next_attempt_at)
    await _put_off(tx, until=domain.put_off_until(outcome, at=tx.now))
    log.debug("message tried", message_id=str(message.message_id), template=message.template, state=tried.state)
    return True


async def _put_off(tx: Transaction, *, until: datetime | None) -> None:
    if until is not None:
        await store.put_off(tx, until=until)


async def put_contact(
    tx: Transaction,
    *,
    contact_id: str,
    organization_id: UUID,
    name: str,
    email: str,
    locale: Locale | None,
    topics: Sequence[Topic],
    may_approve: bool,
    if_match: int | None,
) -> tuple[Contact, bool]:
    """Keep a contact whole; answer it, and whether it is new. Raises Stale, NameInvalid, AddressInvalid."""
    before = await store.lock_contact(tx, contact_id)
    _check_version(before, if_match)
    contact = domain.contact_of(
        contact_id=contact_id,
        organization_id=organization_id,
        name=name,
        email=email,
        locale=locale,
        topics=topics,
        may_approve=may_approve,
        version=before.version + 1 if before else 1,
        changed_at=tx.now,
    )
    if before is not None:
        await store.change_contact(tx, contact)
    elif not await store.add_contact(tx, contact):
        raise Stale("somebody else has just added this contact: read it and decide again")
    return contact, before is None


def _check_version(before: Contact | None, if_match: int | None) -> None:
    version = before.version if before else 0
    if if_match is not None and if_match != version:
        raise Stale(f"the contact is at version {version}, not {if_match}")


async def get_contact(tx: Transaction, *, contact_id: str) -> Contact:
    """A contact. Raises NoContact."""
    contact = await store.find_contact(tx, contact_id)
    if contact is None:
        raise NoContact("there is no such contact")
    return contact


async def get_message(tx: Transaction, *, message_id: UUID) -> Message:
    """A message. Raises NoMessage."""
    message = await store.find_message(tx, message_id)
    if message is None:
        raise NoMessage("there is no such message")
    return message


async def list_contacts(tx: Transaction, *, organization_id: UUID | None, asked: Slice) -> Page[Contact]:
    """Contacts in the order of their ids. Raises Invalid for a cursor of another list."""
    after = asked.after(str, "")
    found = await store.read_contacts(tx, organization_id=organization_id, after=after, limit=asked.most)
    return asked.page(found, lambda contact: contact.contact_id)


async def list_messages(tx: Transaction, *, filters: store.Filters, asked: Slice) -> Page[store.Placed]:
    """Messages, newest first. Raises Invalid for a cursor of another list."""
    before = asked.after(Position, POSITION_MOST)
    found = await store.read_messages(tx, filters, before=before, limit=asked.most)
    return asked.page(found, lambda placed: placed.position)


async def measure(tx: Transaction) -> list[Measure]:
    """What the house is watched by: how many messages wait, and for how long the oldest."""
    waiting, oldest = await store.measure(tx)
    age = max(0.0, (tx.now - oldest).total_seconds()) if oldest else 0.0
    return [
        Measure(
            name="messages_waiting",
            help="Messages that are to be sent.",
            kind="gauge",
            labels=(),
            value=waiting,
        ),
        Measure(
            name="messages_oldest_seconds",
            help="Age of the oldest message that is to be sent.",
            kind="gauge",
            labels=(),
            value=age,
        ),
    ]
