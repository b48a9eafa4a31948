"""What is told of tickets: keep the fact, fold the clocks, tell what changed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.sla import domain, store
from services.sla.actions.timeboxes import reach
from services.sla.domain import AnyFact, Clock, Reopened, Replanned, Ticket
from shared.db import Transaction
from shared.errors import Refused
from shared.events.billing import PlanChanged
from shared.events.ticketing import TicketOpened, TicketReopened


class UnknownTicket(Refused):
    """A fact about a ticket that was never opened here: its stream waits until somebody finds the opening."""

    rule = "S27"


async def note_contract(tx: Transaction, *, contract: store.Contract) -> None:
    """Remember whose a contract is and how it ranks in the queue (N8)."""
    await store.note_contract(tx, contract)


async def open_ticket(tx: Transaction, *, event: TicketOpened) -> None:
    """Start the clocks of a ticket under the terms of today (B12, B17). Raises NoOffer."""
    terms = await store.lasting_terms(tx)
    fact = domain.opening(event, id=tx.new_id(), terms=terms, heard_at=tx.now)
    ticket = domain.open_ticket(fact, await store.book_of(tx, [terms]))
    await store.begin(tx, ticket_id=event.ticket_id, fact=fact, started=ticket.clocks)
    for clock in ticket.clocks:
        for told in domain.tell(None, clock, at=fact.at, now=tx.now):
            await tx.publish(told)


async def reopen_ticket(tx: Transaction, *, event: TicketReopened) -> None:
    """Start a new attendance clock under the terms and the plan of today (4.3): what is promised anew is no old one."""
    plan = await store.plan_of(tx, event.contract_id)
    terms = await store.lasting_terms(tx)
    fact = Reopened(id=tx.new_id(), at=event.reopened_at, terms=terms, plan_code=plan)
    await note(tx, ticket_id=event.ticket_id, fact=fact)


async def change_plan(tx: Transaction, *, event: PlanChanged) -> None:
    """Rank the contract anew; its open tickets take the new plan's promise where that is better (2.8)."""
    await store.replan_contract(tx, event.contract_id, plan_code=event.plan_code, queue_rank=event.queue_rank)
    tickets = await store.tickets_of_contract(tx, contract_id=event.contract_id, organization_id=event.organization_id)
    for ticket_id in tickets:
        fact = Replanned(id=tx.new_id(), at=event.changed_at, plan_code=event.plan_code)
        await note(tx, ticket_id=ticket_id, fact=fact)


async def note(tx: Transaction, *, ticket_id: UUID, fact: AnyFact | None) -> None:
    """Keep a fact and fold the ticket's clocks again; None, or a fact that no clock cares for, is let go.

    Raises UnknownTicket.
    """
    if fact is None:
        return
    facts = await _facts(tx, ticket_id)
    today = await store.terms_of_today(tx)
    book = await store.book_of(tx, {today, *domain.named_in([*facts, fact])})
    before = domain.fold(facts, book)
    news = [*domain.catching_up(before, book, today=today, id=tx.new_id(), at=fact.at), fact]
    caught_up = before
    for earlier in news[:-1]:
        caught_up = domain.apply(caught_up, earlier, book)
    if domain.changes_nothing(caught_up, fact, book):
        return
    for number, new in enumerate(news, start=len(facts) + 1):
        await store.append_fact(tx, ticket_id=ticket_id, number=number, fact=new)
    kept = await store.lock_of_ticket(tx, ticket_id)
    await bring_up(tx, kept, domain.apply(caught_up, fact, book), before=before, fact=fact)


async def bring_up(
    tx: Transaction, kept: Mapping[UUID, Clock], ticket: Ticket, *, before: Ticket, fact: AnyFact
) -> None:
    """Bring what is kept of a ticket to what its facts say, and tell what changed. Its clocks are locked."""
    for was, now in domain.changed(kept, ticket):
        if was is None:
            await store.add(tx, now)
        else:
            await store.save(tx, now)
            await store.say(tx, [(tx.tenant, one) for one in domain.announcements(was, now)])
        for told in domain.tell(was, now, at=fact.at, now=tx.now, because=domain.reason_of(fact)):
            await tx.publish(told)
    if ticket.boxes != before.boxes:
        for limit in await store.keep_boxes(tx, ticket.opened, ticket.boxes):
            await reach(tx, limit)


async def replay(tx: Transaction, *, ticket_id: UUID) -> None:
    """Derive a ticket's clocks and time-boxes anew from its facts and from what has been announced; tells nothing.

    Raises UnknownTicket.
    """
    facts = await _facts(tx, ticket_id)
    ticket = domain.fold(facts, await store.book_of(tx, domain.named_in(facts)))
    said = await store.said_of_ticket(tx, ticket_id)
    await store.lock_of_ticket(tx, ticket_id)
    await store.forget(tx, ticket_id)
    for clock in ticket.clocks:
        await store.add(tx, domain.reconcile(clock, said.get(clock.id)))
    await store.keep_boxes(tx, ticket.opened, ticket.boxes)


async def _facts(tx: Transaction, ticket_id: UUID) -> list[AnyFact]:
    facts = await store.facts_of(tx, ticket_id)
    if not facts:
        raise UnknownTicket(f"ticket {ticket_id} was never opened here")
    return facts
