"""What every act on a ticket begins and ends with: the ticket as it is now, locked; and keeping what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.domain import Ticket, estimates, life, worktime
from services.ticketing.offer import Section
from shared import offers
from shared.db import Transaction
from shared.jobs import one_by_one

BY_TIME = "ticketing"  # who acts when time does


async def current(tx: Transaction, ticket_id: UUID, *, version: int | None = None) -> Ticket:
    """The ticket, locked, with everything that time has brought by now. Raises NotFound, Stale."""
    return await settle_due(tx, await store.locked(tx, ticket_id, version=version))


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


async def tell_pause(tx: Transaction, before: Ticket, after: Ticket, *, at: datetime | None = None) -> None:
    """Tell that clocks stand still or run again, where the act changed that."""
    for fact in facts.pause_changed(before, after, at=at or tx.now):
        await tx.publish(fact)


def wake_for(tx: Transaction, ticket: Ticket) -> None:
    """Let the job know when time changes this ticket."""
    if ticket.due_at is not None:
        tx.falls_due(ticket.due_at)


async def settle_due(tx: Transaction, ticket: Ticket) -> Ticket:
    """Apply what time has brought: each effect is dated by its own instant, not by when it is applied."""
    while ticket.due_at is not None and ticket.due_at <= tx.now:
        pending = ticket.pending
        if pending is not None and pending.valid_until == ticket.due_at:
            ticket = await _expire(tx, ticket)
        elif ticket.waiting_until == ticket.due_at:
            ticket = await _begin_visit(tx, ticket)
        else:
            ticket = await _close_in_silence(tx, ticket)
    return ticket


async def _expire(tx: Transaction, ticket: Ticket) -> Ticket:
    assert ticket.pending is not None, "a quote is open"
    after = estimates.expire(ticket)
    one = estimates.estimate_of(after, ticket.pending.number)
    at = one.decided_at
    kept = await keep(tx, ticket, after, act="estimate_expired", at=at, by=BY_TIME, new_value=str(one.number))
    await tx.publish(facts.expired(kept, one))
    await tell_pause(tx, ticket, kept, at=at)
    return kept


async def _begin_visit(tx: Transaction, ticket: Ticket) -> Ticket:
    at = ticket.waiting_until
    kept = await keep(tx, ticket, life.begin_visit(ticket), act="resumed", at=at, by=BY_TIME)
    await tell_pause(tx, ticket, kept, at=at)
    return kept


async def _close_in_silence(tx: Transaction, ticket: Ticket) -> Ticket:
    offer = await offers.current(tx, Section)
    at = ticket.auto_close_at
    closed = worktime.close_in_silence(ticket, await store.billable_seconds(tx, ticket), offer=offer)
    if closed is None:
        # More was worked than was approved: it stays resolved until people have settled that.
        quiet = replace(ticket, auto_close_at=None)
        return await keep(tx, ticket, quiet, act="auto_close_refused", at=at, by=BY_TIME, public=False)
    kept = await keep(tx, ticket, closed.ticket, act="closed", at=at, by=BY_TIME)
    await tx.publish(facts.closed(kept, closed.closing, by=BY_TIME))
    return kept


async def settle_all_due(tx: Transaction) -> int:
    """Apply what time has brought to a batch of tickets, over all tenants; how many they were."""
    return await one_by_one(tx, await store.due_tickets(tx), lambda due: _settle_one(tx, *due), name=lambda due: due[1])


async def _settle_one(tx: Transaction, tenant: str, ticket_id: UUID) -> None:
    own = tx.as_tenant(tenant, actor=BY_TIME)
    await settle_due(own, await store.locked(own, ticket_id))
