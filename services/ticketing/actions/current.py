"""What every act on a ticket begins with: the ticket as it is now, locked, with everything that time has brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts, lapsing
from services.ticketing.actions.keeping import BY_TIME, keep, say, tell_pause, wake_for, words_in
from services.ticketing.domain import Ticket, life, words, worktime
from services.ticketing.offer import Policy, Section
from shared import offers
from shared.db import Transaction
from shared.jobs import one_by_one


async def current(tx: Transaction, ticket_id: UUID, *, version: int | None = None) -> Ticket:
    """The ticket, locked, with everything that time has brought by now. Raises NotFound, Stale."""
    return await settle_due(tx, await store.locked(tx, ticket_id, version=version))


async def settle_due(tx: Transaction, ticket: Ticket) -> Ticket:
    """Apply what time has brought: each effect is dated by its own instant, not by when it is applied."""
    while ticket.due_at is not None and ticket.due_at <= tx.now:
        pending = ticket.pending
        if pending is not None and pending.remind_at == ticket.due_at:
            ticket = await lapsing.ask_again(tx, ticket)
        elif pending is not None and pending.valid_until == ticket.due_at:
            ticket = await lapsing.expire(tx, ticket)
        elif ticket.remind_at == ticket.due_at:
            ticket = await lapsing.remind_of_impediment(tx, ticket)
        elif ticket.waiting_until == ticket.due_at:
            ticket = await _begin_visit(tx, ticket)
        else:
            ticket = await _close_in_silence(tx, ticket)
    return ticket


async def _begin_visit(tx: Transaction, ticket: Ticket) -> Ticket:
    at = ticket.waiting_until
    kept = await keep(tx, ticket, life.begin_visit(ticket), act="resumed", at=at, by=BY_TIME)
    await tell_pause(tx, ticket, kept, at=at)
    return kept


async def _close_in_silence(tx: Transaction, ticket: Ticket) -> Ticket:
    at = ticket.auto_close_at
    entries = await store.work_of_round(tx, ticket)
    closed = worktime.close_in_silence(ticket, worktime.billable(entries), policy=await policy_for(tx, ticket))
    if closed is None:
        return await _refuse_silence(tx, ticket, worktime.billable(entries))
    kept = await keep(tx, ticket, closed.ticket, act="closed", at=at, by=BY_TIME)
    await tx.publish(facts.closed(kept, closed.closing, entries, by=BY_TIME))
    return kept


async def _refuse_silence(tx: Transaction, ticket: Ticket, seconds: Sequence[int]) -> Ticket:
    """More was worked than was approved: the team is told, and told again after every further silence until settled."""
    assert ticket.auto_close_at is not None, "silence has an end"
    offer = await offers.current(tx, Section)
    policy = ticket.rounding or await policy_for(tx, ticket)
    worked = worktime.rounded(seconds, policy)
    told = await words_in(tx, words.CLOSE_REFUSED, worked=worked, approved=ticket.minutes_approved)
    later = replace(ticket, auto_close_at=life.silence_ends(ticket.auto_close_at, offer))
    kept = await say(tx, ticket, later, text=told, act="auto_close_refused", public=False, at=ticket.auto_close_at)
    wake_for(tx, kept)
    return kept


async def policy_for(tx: Transaction, ticket: Ticket) -> Policy:
    """The rounding of time that holds for a ticket now (2.6): its contract's own, else the one of the offer."""
    known = await store.contract_by_id(tx, ticket.contract_id)
    if known is not None and known.contract.rounding is not None:
        return known.contract.rounding
    offer = await offers.current(tx, Section)
    version = 0 if known is None or known.offer_version is None else known.offer_version
    return offer.rounding.fixed(version)


async def settle_all_due(tx: Transaction) -> int:
    """Apply what time has brought to a batch of tickets, over all tenants; how many they were."""
    return await one_by_one(tx, await store.due_tickets(tx), lambda due: _settle_one(tx, *due), name=lambda due: due[1])


async def _settle_one(tx: Transaction, tenant: str, ticket_id: UUID) -> None:
    own = tx.as_tenant(tenant, actor=BY_TIME)
    await settle_due(own, await store.locked(own, ticket_id))
