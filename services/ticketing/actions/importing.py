"""Tickets of an older system are brought in: history closed and silent, open ones as any demand."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.keeping import keep
from services.ticketing.domain import Contract, Ticket, past, refusals
from services.ticketing.domain.past import Past
from services.ticketing.offer import Section
from services.ticketing.store import Words
from shared import offers
from shared.db import Transaction
from shared.errors import within


class Outcome(enum.StrEnum):
    """What becomes of a ticket that is brought: it is new, here already, or here and otherwise (nothing is changed)."""

    NEW = "new"
    KNOWN = "known"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A ticket that was brought, or looked at; None: it would be new. `differs` names the fields that are otherwise."""

    outcome: Outcome
    ticket: Ticket | None
    differs: Sequence[str] = ()


async def bring_tickets(tx: Transaction, *, several: Sequence[Past], only_look: bool) -> list[Brought]:
    """Bring tickets that are not here yet, all or none; brought again they change nothing.

    Raises NoActiveContract and what `past.begin` raises, each naming its place.
    """
    contracts = await store.lock_contracts(tx, {one.contract_id for one in several})
    known = await store.tickets_among(tx, [past.id_of(tx.tenant, one.reference) for one in several])
    offer = await offers.current(tx, Section)
    brought = []
    for place, one in enumerate(several):
        here = known.get(past.id_of(tx.tenant, one.reference))
        if here is not None:
            differs = past.differences(one, here)
            outcome = Outcome.DIFFERS if differs else Outcome.KNOWN
            brought.append(Brought(outcome=outcome, ticket=here, differs=differs))
            continue
        with within(f"tickets[{place}]"):
            ticket = _begin(tx, one, contracts.get(one.contract_id), offer)
        kept = None if only_look else await _keep(tx, one, ticket)
        if kept is not None:
            known[kept.id] = kept
        brought.append(Brought(outcome=Outcome.NEW, ticket=kept))
    return brought


def _begin(tx: Transaction, one: Past, contract: Contract | None, offer: Section) -> Ticket:
    if contract is None:
        raise refusals.NoActiveContract("there is no such active contract", field="contract_id")
    return past.begin(one, tenant=tx.tenant, contract=contract, offer=offer, at=tx.now, by=tx.actor)


async def _keep(tx: Transaction, one: Past, ticket: Ticket) -> Ticket:
    words = Words(description=one.description, fields={})
    ticket = replace(ticket, number=await store.insert(tx, ticket, words))
    if one.closed_at is None:
        await tx.publish(facts.opened(ticket))
        return ticket
    return await keep(tx, ticket, past.end(ticket, closed_at=one.closed_at), act="imported", at=one.closed_at)
