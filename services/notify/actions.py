"""The verbs of notify: note what later facts will need, write messages, send them, keep contacts and the offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify import domain, store
from services.notify.domain import Contact, Locale, Message, News, Recipient, Template, Topic, people_news
from services.notify.offer import Section
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound, Refused, Stale
from shared.events.ticketing import PrivacyExportRequested
from shared.log import log
from shared.metrics import Measure
from shared.outbox import POSITION_MOST
from shared.pages import Page, Position, Slice

MESSAGES_KEPT = timedelta(days=730)  # as long as attachments (5.1)


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


async def note_plan(
    tx: Transaction, *, contract_id: UUID, plan_code: str, monthly_minutes: int, account_manager_id: str | None
) -> None:
    """Remember that a contract is of another plan now (2.8); a contract that is not known yet is noted as it is.

    A plan without an account manager has no deputy either (N10).
    """
    known = await store.find_contract(tx, contract_id)
    if known is None:
        return
    deputy = None if account_manager_id is None else known.account_manager_deputy_id
    after = replace(known, plan_code=plan_code, monthly_minutes=monthly_minutes)
    managed = replace(after, account_manager_id=account_manager_id, account_manager_deputy_id=deputy)
    await store.note_contract(tx, managed)


async def note_account_manager(
    tx: Transaction, *, contract_id: UUID, manager_id: str | None, deputy_id: str | None
) -> None:
    """Remember who looks after a customer (N10)."""
    known = await store.find_contract(tx, contract_id)
    if known is not None:
        managed = replace(known, account_manager_id=manager_id, account_manager_deputy_id=deputy_id)
        await store.note_contract(tx, managed)


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
        contract=None if news.contract_id is None else await store.find_contract(tx, news.contract_id),
        now=tx.now,
        tenant=tx.tenant,
    )
    if not domain.concerns(news, contract=known.contract):
        return
    for recipient in domain.recipients(news, contacts=contacts, provider=provider, contract=known.contract):
        await _write(tx, news=news, recipient=recipient, known=known)


async def answer_export(tx: Transaction, *, event: PrivacyExportRequested) -> None:
    """Tell a person that what is kept of them was asked for; who is no contact has no address here."""
    contact = await store.find_contact(tx, event.person_id)
    if contact is not None:
        await tell(tx, news=people_news.of_privacy_export_requested(event, organization_id=contact.organization_id))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A message that this process tries to send, for as long as the lease runs."""

    tenant: str
    message: Message


async def take_next(tx: Transaction) -> Leased | None:
    """Lease the message that has been due longest; None when none is. What is beyond its recipient's budget does not
    leave by itself, but in a digest (N-02).

    It is committed before the message is handed over, so that no transaction waits for a mail server. A crash before
    the outcome is settled sends it again after the lease, with the same Message-ID: at least once, never lost.
    """
    while (found := await store.lock_next(tx)) is not None:
        tenant, message = found
        own = tx.as_tenant(tenant)
        if await _is_collected(own, message):
            continue
        if message.template in domain.DIGESTS and message.attempts == 0:
            message = await _close_digest(own, message)
        leased = domain.lease(message, at=tx.now)
        await store.save_message(own, leased)
        assert leased.next_attempt_at is not None, "a lease ends"
        tx.falls_due(leased.next_attempt_at)
        return Leased(tenant=tenant, message=leased)
    return None


async def _is_collected(tx: Transaction, message: Message) -> bool:
    """Put the message, and what is due and like it, into a digest if its recipient has had enough (N-02)."""
    if not domain.may_be_collected(message):
        return False
    await store.lock_recipient(tx, message.contact_id)
    kind = domain.digest_for(await store.read_traffic(tx, message, since=tx.now - domain.WINDOW))
    if kind is None:
        return False
    digest = await store.lock_open_digest(
        tx, kind, contact_id=message.contact_id, organization_id=domain.organization_of_digest(message)
    )
    if digest is None:
        digest = await _open_digest(tx, kind, message)
    else:
        due = domain.leaves_at(kind, opened_at=digest.written_at, now=tx.now)
        digest = replace(digest, next_attempt_at=due)
        await store.save_words(tx, digest)
    assert digest.next_attempt_at is not None, "a digest that is open waits"
    collected = await store.collect(tx, message, digest_id=digest.message_id)
    assert collected >= 1, "the message itself is locked and due"
    tx.falls_due(digest.next_attempt_at)
    return True


async def _open_digest(tx: Transaction, kind: Template, first: Message) -> Message:
    """A digest that waits for more letters; of a loop the team hears as it opens.

    It tells no fact of its own: its id stands where the fact's would, so that no other message can be taken for it.
    """
    digest_id = tx.new_id()
    news, recipient, known = await _digest_of(tx, kind, first, letters=[first], count=1)
    digest = domain.write_message(news, recipient, known, message_id=digest_id, fact_id=digest_id, thread=())
    digest = replace(digest, next_attempt_at=domain.leaves_at(kind, opened_at=tx.now, now=tx.now))
    await store.add_message(tx, digest)
    if kind is Template.LOOP_DIGEST:
        log.warning("loop suspected", template=first.template, digest_id=str(digest_id))
        await tell(tx.caused_by(str(first.fact_id), None), news=domain.of_loop(first))
    return digest


async def _close_digest(tx: Transaction, digest: Message) -> Message:
    """The digest with its last words, for whom and where its recipient reads now: what comes later opens another."""
    letters, count = await store.read_collected(tx, digest.message_id)
    last = await store.last_collected(tx, digest.message_id)
    news, recipient, known = await _digest_of(tx, digest.template, last, letters=letters, count=count)
    letter = domain.write_letter(news, recipient, known)
    worded = replace(
        digest,
        to_name=recipient.name,
        to_email=recipient.email,
        locale=recipient.locale,
        subject=letter.subject,
        body=letter.body,
    )
    await store.save_words(tx, worded)
    return worded


async def _digest_of(
    tx: Transaction, kind: Template, one: Message, *, letters: Sequence[Message], count: int
) -> tuple[News, Recipient, domain.Circumstances]:
    """What a digest says, to whom `one` of its letters goes, in the provider's name."""
    provider = (await offers.current(tx, Section)).provider()
    known = domain.Circumstances(provider=provider, ticket=None, contract=None, now=tx.now, tenant=tx.tenant)
    recipient = Recipient(contact_id=one.contact_id, name=one.to_name, email=one.to_email, locale=Locale(one.locale))
    return domain.of_digest(kind, one, letters, count=count, provider=provider), recipient, known


async def settle_sending(tx: Transaction, leased: Leased, outcome: domain.Outcome) -> None:
    """Write down what became of a message, and tell it; nothing where the lease ran out and somebody else has it."""
    own = tx.as_tenant(leased.tenant).caused_by(str(leased.message.fact_id), None)
    message = leased.message
    tried = domain.settle(message, outcome, at=tx.now)
    if not await store.settle_message(own, leased.message, tried):
        log.warning("message sent after its lease", message_id=str(message.message_id))
        return
    fact = domain.fact_of(tried, outcome)
    if fact is not None:
        await own.publish(fact)
    if tried.next_attempt_at is not None:
        tx.falls_due(tried.next_attempt_at)
    await _put_off(tx, until=domain.put_off_until(outcome, at=tx.now))
    log.debug("message tried", message_id=str(message.message_id), template=message.template, state=tried.state)


async def next_forgotten(tx: Transaction) -> datetime | None:
    """When the oldest message may be forgotten, at the full hour after that."""
    written = await store.oldest_settled(tx)
    if written is None:
        return None
    return (written + MESSAGES_KEPT).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def forget_messages(tx: Transaction) -> int:
    """Take away what was written two years ago, a batch of it (5.1): names, addresses and words of people."""
    return await store.forget_messages(tx, before=tx.now - MESSAGES_KEPT)


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


async def unsubscribe(tx: Transaction, *, contact_id: str, topic: Topic) -> None:
    """Tell a contact no more of a topic, at once (5.2); a second time changes nothing. Raises NoContact."""
    before = await store.lock_contact(tx, contact_id)
    if before is None:
        raise NoContact("there is no such contact")
    after = domain.without(before, topic, at=tx.now)
    if after is not before:
        await store.change_contact(tx, after)


async def forget_person(tx: Transaction, *, person_id: str, number: int) -> None:
    """Forget who a person was: their contact goes; of their letters stays that they were written (5.1)."""
    await store.remove_contact(tx, person_id)
    await store.redact_messages(tx, contact_id=person_id, mark=f"Titular anonimizado #{number}")


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
