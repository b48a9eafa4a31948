"""Two tickets become one, one becomes two, and two have to do with each other (N31, B3)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import say, tell_pause, words_in
from services.ticketing.domain import Demand, Ticket, intake, joining, refusals, timing, words
from services.ticketing.offer import Section
from services.ticketing.store import Words
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound


async def merge_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, into_ticket_id: UUID) -> Ticket:
    """End a ticket in favour of another one that is about the same (B3); what was said in it stays to be read.

    Raises CannotMerge, MergeLosesWork, NotFound.
    """
    merged, survivor = await _both(tx, ticket_id, into_ticket_id, version=version)
    timing.check_none_runs(await store.timers_of(tx, ticket_id))
    seconds = sum(await store.billable_seconds(tx, merged))
    after = joining.merge(merged, survivor, billable_seconds=seconds, at=tx.now, by=tx.actor)
    told = await words_in(tx, words.MERGED, number=survivor.number)
    ended = await say(tx, merged, after.merged, text=told, act="merged", new_value=str(survivor.number))
    told = await words_in(tx, words.ABSORBED, number=merged.number)
    kept = await say(tx, survivor, after.survivor, text=told, act="absorbed", new_value=str(merged.number))
    await store.add_link(tx, ended.id, kept.id, kind="merged")
    if merged.pending is not None:
        await tx.publish(facts.superseded(ended, merged.pending, at=tx.now))
    await tell_pause(tx, merged, ended)
    await tx.publish(facts.merged(ended, kept, registered_at=merged.registered_at, at=tx.now, by=tx.actor))
    await tx.publish(facts.absorbed(kept, ended, at=tx.now))
    return ended


async def split_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, demand: Demand, text: Words) -> Ticket:
    """Open a ticket of its own for a request that came in another one (N31); answers the new one.

    Raises what `intake.register` raises.
    """
    origin = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    known = await store.contract_by_id(tx, origin.contract_id)
    if known is None:
        raise NotFound("there is no such contract")
    asked = replace(demand, channel=origin.channel)
    new_id = tx.new_id()
    part = intake.register(
        asked, ticket_id=new_id, contract=known.contract, offer=offer, at=tx.now, by=tx.actor, is_part=True
    )
    part = joining.split(origin, part)
    part = replace(part, number=await store.insert(tx, part, text))
    told = await words_in(tx, words.SPLIT, number=part.number)
    await say(tx, origin, origin, text=told, act="split", new_value=str(part.number))
    await store.add_link(tx, part.id, origin.id, kind="split")
    await tx.publish(facts.opened(part))
    return part


async def link_tickets(tx: Transaction, *, ticket_id: UUID, other_id: UUID, kind: str) -> None:
    """Keep that two tickets of one customer have to do with each other. Raises CannotLink, NotFound."""
    if ticket_id == other_id:
        raise refusals.CannotLink("a ticket is not linked with itself", field="ticket_id")
    one, other = await store.one(tx, ticket_id), await store.one(tx, other_id)
    if one.organization_id != other.organization_id:
        raise refusals.CannotLink("the tickets are of different customers", field="ticket_id")
    await store.add_link(tx, ticket_id, other_id, kind=kind)


async def _both(tx: Transaction, ticket_id: UUID, other_id: UUID, *, version: int | None) -> tuple[Ticket, Ticket]:
    """Two tickets, locked in one order whoever asks: two merges at once do not wait for each other."""
    if ticket_id == other_id:
        raise refusals.CannotMerge("a ticket is not merged into itself", field="into_ticket_id")
    found = {
        one: await current(tx, one, version=version if one == ticket_id else None)
        for one in sorted((ticket_id, other_id))
    }
    return found[ticket_id], found[other_id]
