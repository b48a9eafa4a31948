"""A demand becomes a ticket: the offer is applied, contracts are noted, tickets are opened."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.domain import Contract, Demand, Ticket, intake, refusals
from services.ticketing.offer import Section
from services.ticketing.store import Words
from services.ticketing.store.contracts import Known
from shared import offers
from shared.db import Transaction


async def apply_offer(tx: Transaction, *, section: Section) -> offers.Applied:
    """Keep the provider's section (the same again changes nothing). Raises Invalid where it does not fit together."""
    section.check()
    await store.prepare_numbers(tx)
    return await offers.apply(tx, section)


async def note_contract(tx: Transaction, *, contract: Contract) -> None:
    """Remember whose demands may be registered (N12)."""
    await store.keep_contract(tx, contract)


async def open_ticket(tx: Transaction, *, contract_id: UUID | None, demand: Demand, words: Words) -> Ticket:
    """Register a demand (N14, B22): four statements, the two of the outbox among them.

    Raises what `intake.register` raises, NoActiveContract, ContractAmbiguous.
    """
    known = await _contract(tx, contract_id)
    section = offers.remembered(Section, known.offer_sha256 or "")
    if section is None:
        section = await offers.current(tx, Section)
    ticket = intake.register(
        demand, ticket_id=tx.new_id(), contract=known.contract, offer=section, at=tx.now, by=tx.actor
    )
    ticket = replace(ticket, number=await store.insert(tx, ticket, words))
    await tx.publish(facts.opened(ticket))
    return ticket


async def _contract(tx: Transaction, contract_id: UUID | None) -> Known:
    """The contract that was named, or the only one of the customer's organization."""
    if contract_id is not None:
        known = await store.contract_by_id(tx, contract_id)
        if known is None:
            raise refusals.NoActiveContract("there is no such active contract", field="contract_id")
        return known
    if tx.organization_id is None:
        raise refusals.ContractAmbiguous("name the contract that this is for", field="contract_id")
    several = await store.contracts_of(tx, tx.organization_id)
    if not several:
        raise refusals.NoActiveContract("your organization has no active contract", field="contract_id")
    if len(several) > 1:
        raise refusals.ContractAmbiguous("your organization has several contracts: name one", field="contract_id")
    return several[0]
