"""Keeping what became of a ticket: its next version, its history, the words and facts that say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.domain import Ticket, naming
from services.ticketing.offer import Section, Text
from services.ticketing.store import Message, people
from shared import offers
from shared.db import Transaction
from shared.events.ticketing import TicketEvent
from shared.personal import FREE_TEXTS

BY_TIME = "ticketing"  # who acts when time does


async def keep(
    tx: Transaction,
    before: Ticket,
    after: Ticket,
    *,
    act: str,
    at: datetime | None = None,
    by: str | None = None,
    old_value: str | None = None,
    new_value: str | None = None,
    reason: str | None = None,
    public: bool = True,
) -> Ticket:
    """Save what an act made of a ticket, as its next version, and write the act into its history."""
    kept = replace(after, version=before.version + 1)
    await store.save(tx, before, kept)
    entry = store.Entry(
        version=kept.version,
        act=act,
        status=kept.status.value,
        old_value=old_value,
        new_value=new_value,
        reason=reason,
        public=public,
        acted_at=at or tx.now,
        acted_by=by or tx.actor,
    )
    await store.write_history(tx, kept.id, entry)
    return kept


async def say(
    tx: Transaction,
    before: Ticket,
    after: Ticket,
    *,
    text: str,
    act: str,
    public: bool = True,
    new_value: str | None = None,
    reason: str | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Keep what an act made of a ticket, with the words that the service itself writes about it, and tell them."""
    by = BY_TIME if at is not None else tx.actor
    kept = await keep(tx, before, after, act=act, at=at, by=by, new_value=new_value, reason=reason, public=public)
    message = Message(
        id=tx.new_id(),
        author_id=by,
        author_role="system",
        public=public,
        automatic=True,
        asks_customer=False,
        text=text,
        posted_at=at or tx.now,
        version=kept.version,
    )
    await store.add_message(tx, kept.id, message)
    await tx.publish(facts.posted(kept, message))
    return kept


async def tell(tx: Transaction, fact: TicketEvent) -> None:
    """Tell a fact that quotes somebody, without the names of those who are known here: ids and facts only (5.1)."""
    quoted = {name: text for name in FREE_TEXTS if (text := getattr(fact, name, None))}
    if quoted:
        names = await people.names_known(tx, fact.organization_id)
        nameless: dict[str, Any] = {name: naming.without_names(text, names) for name, text in quoted.items()}
        fact = replace(fact, **nameless)
    await tx.publish(fact)


async def words_in(tx: Transaction, text: Text, **numbers: int | str) -> str:
    """Words of the service in the provider's language, with what they are about."""
    offer = await offers.current(tx, Section)
    return offer.say(text).format(**numbers)


async def tell_pause(tx: Transaction, before: Ticket, after: Ticket, *, at: datetime | None = None) -> None:
    """Tell that clocks stand still or run again, where the act changed that."""
    for fact in facts.pause_changed(before, after, at=at or tx.now):
        await tx.publish(fact)


def wake_for(tx: Transaction, ticket: Ticket) -> None:
    """Let the job know when time changes this ticket."""
    if ticket.due_at is not None:
        tx.falls_due(ticket.due_at)
