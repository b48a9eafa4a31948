"""The verbs of sla: keep a fact of a ticket, fold its clocks, announce what falls due, bring the offer up to date."""

from __future__ import annotations

from uuid import UUID

from services.sla import domain, store
from services.sla.domain import AnyFact, Clock, Opened, Reopened, Ticket
from services.sla.offer import Section
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.events.ticketing import TicketOpened, TicketReopened

ANNOUNCE_CLOCKS = 500  # in one transaction: their rows are locked that long, and memory stays flat


class UnknownTicket(Refused):
    """A fact about a ticket that was never opened here: its stream waits until somebody finds the opening."""

    rule = "S27"


class NoSuchClock(NotFound):
    """There is no such clock, or it belongs to somebody else."""


async def apply_offer(tx: Transaction, section: Section) -> offers.Applied:
    """Bring the provider's promises to this section; clocks that run keep the version that they were made under (B11).

    Raises Invalid, naming field and rule.
    """
    section.check()
    applied = await offers.apply(tx, section)
    if applied.changed:
        await store.keep_terms(tx, section=section, version=applied.version)
    return applied


async def note_contract(tx: Transaction, *, contract: store.Contract) -> None:
    """Remember whose a contract is and how it ranks in the queue (N8)."""
    await store.note_contract(tx, contract)


async def open_ticket(tx: Transaction, *, event: TicketOpened) -> None:
    """Start the clocks of a ticket under the terms of today (B12, B17). Raises NoOffer."""
    terms = await store.terms_of_today(tx)
    fact = domain.opening(event, id=tx.new_id(), terms=terms)
    ticket = domain.open_ticket(fact, await store.book_of(tx, [terms]))
    await store.begin(tx, ticket_id=event.ticket_id, fact=fact, started=ticket.clocks)
    for clock in ticket.clocks:
        await _tell(tx, None, clock, fact)


async def reopen_ticket(tx: Transaction, *, event: TicketReopened) -> None:
    """Start a new attendance clock under the terms of today (4.3)."""
    fact = Reopened(id=tx.new_id(), at=event.reopened_at, terms=await store.terms_of_today(tx))
    await note(tx, ticket_id=event.ticket_id, fact=fact)


async def note(tx: Transaction, *, ticket_id: UUID, fact: AnyFact | None) -> None:
    """Keep a fact and fold the ticket's clocks again; None, or a fact that no clock cares for, is let go.

    Raises UnknownTicket.
    """
    if fact is None:
        return
    facts = await _facts(tx, ticket_id)
    book = await store.book_of(tx, [one.terms for one in (*facts, fact) if isinstance(one, Opened | Reopened)])
    ticket = domain.fold(facts, book)
    if domain.changes_nothing(ticket, fact, book):
        return
    await store.append_fact(tx, ticket_id=ticket_id, number=len(facts) + 1, fact=fact)
    await _settle(tx, domain.apply(ticket, fact, book), fact)


async def announce_due(tx: Transaction, *, most: int = ANNOUNCE_CLOCKS) -> int:
    """Announce what has fallen due, dated by its due instant; answer how many clocks that were (S-31, S-38)."""
    due = await store.lock_due(tx, most=most)
    passed = [store.Due(tenant=one.tenant, clock=domain.pass_time(one.clock, until=tx.now)) for one in due]
    said = [
        (before.tenant, announcement)
        for before, after in zip(due, passed, strict=True)
        for announcement in domain.announcements(before.clock, after.clock)
    ]
    await store.save_passed(tx, passed)
    await store.say(tx, said)
    for before, after in zip(due, passed, strict=True):
        for event in domain.tell(before.clock, after.clock, at=tx.now, now=tx.now):
            await tx.as_tenant(before.tenant).publish(event)
    return len(due)


async def replay(tx: Transaction, *, ticket_id: UUID) -> None:
    """Derive a ticket's clocks anew from its facts and from what has been announced; tells nothing.

    Raises UnknownTicket.
    """
    ticket = await _fold(tx, ticket_id)
    said = await store.said_of_ticket(tx, ticket_id)
    await store.lock_of_ticket(tx, ticket_id)
    await store.forget(tx, ticket_id)
    for clock in ticket.clocks:
        await store.add(tx, domain.reconcile(clock, said.get(clock.id)))


async def read_clock(tx: Transaction, *, clock_id: UUID) -> Clock:
    """One clock that the asker may see. Raises NoSuchClock."""
    clock = await store.find(tx, clock_id)
    if clock is None:
        raise NoSuchClock("there is no such clock")
    return clock


async def _facts(tx: Transaction, ticket_id: UUID) -> list[AnyFact]:
    facts = await store.facts_of(tx, ticket_id)
    if not facts:
        raise UnknownTicket(f"ticket {ticket_id} was never opened here")
    return facts


async def _fold(tx: Transaction, ticket_id: UUID) -> Ticket:
    facts = await _facts(tx, ticket_id)
    book = await store.book_of(tx, [one.terms for one in facts if isinstance(one, Opened | Reopened)])
    return domain.fold(facts, book)


async def _settle(tx: Transaction, ticket: Ticket, fact: AnyFact) -> None:
    """Bring the kept clocks to what the facts say, and tell what changed."""
    kept = await store.lock_of_ticket(tx, ticket.opened.ticket_id)
    for folded in ticket.clocks:
        before = kept.get(folded.id)
        if before is None:
            await store.add(tx, folded)
            await _tell(tx, None, folded, fact)
            continue
        after = domain.reconcile(folded, domain.said_of(before))
        if after != before:
            await store.save(tx, after)
            await store.say(tx, [(tx.tenant, one) for one in domain.announcements(before, after)])
            await _tell(tx, before, after, fact)


async def _tell(tx: Transaction, before: Clock | None, after: Clock, fact: AnyFact) -> None:
    for event in domain.tell(before, after, at=fact.at, now=tx.now):
        await tx.publish(event)
