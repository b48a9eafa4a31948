"""A demand becomes a ticket: the offer is applied, contracts are noted, tickets are opened."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.assets import asset_for
from services.ticketing.actions.listing import bring
from services.ticketing.domain import Demand, Ticket, checklists, intake, refusals
from services.ticketing.offer import Section
from services.ticketing.store import Words, people
from services.ticketing.store.contracts import Known
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction


async def apply_offer(tx: Transaction, *, section: Section) -> offers.Applied:
    """Keep the provider's section (the same again changes nothing). Raises Invalid where it does not fit together."""
    section.check()
    await store.prepare_numbers(tx)
    return await offers.apply(tx, section)


async def open_ticket(
    tx: Transaction, *, contract_id: UUID | None, demand: Demand, words: Words, is_part: bool = False
) -> Ticket:
    """Register a demand (N14, B22): four statements, the two of the outbox among them; more with a checklist (B50).

    `is_part`: it was agreed upon before, so its channel and form are not asked (N13).

    Raises what `intake.register` raises, NoActiveContract, ContractAmbiguous, MayNotOpen.
    """
    known = await _contract(tx, contract_id)
    if demand.by_customer:
        (await people.rights_of(tx, known.contract.organization_id, tx.actor)).check_open()
    section = offers.remembered(Section, known.offer_sha256 or "")
    if section is None:
        section = await offers.current(tx, Section)
    demand = await _about(tx, demand, known)
    today = local_date(tx.now, known.contract.timezone)
    template = checklists.template_of(section, demand.template, planned_on=demand.planned_on, today=today)
    if template is not None:
        demand = replace(demand, item=demand.item or template.item)
    ticket = intake.register(
        demand, ticket_id=tx.new_id(), contract=known.contract, offer=section, at=tx.now, by=tx.actor, is_part=is_part
    )
    ticket = replace(ticket, number=await store.insert(tx, ticket, words))
    await tx.publish(facts.opened(ticket))
    return ticket if template is None else await bring(tx, ticket, template, offer=section, today=today)


async def _about(tx: Transaction, demand: Demand, known: Known) -> Demand:
    """The demand with the hosting of what it is about (N39); an alarm opens its ticket whatever that runs on (B17)."""
    if demand.asset_id is None:
        return demand
    asset = await asset_for(tx, demand.asset_id, organization_id=known.contract.organization_id)
    demand = replace(demand, on_critical=asset.critical)
    if demand.check is not None:
        return demand
    return replace(demand, hosting=demand.hosting or asset.hosting)


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
    several = [known for known in several if not known.contract.is_over(tx.now)] or several[:1]
    if not several:
        raise refusals.NoActiveContract("your organization has no active contract", field="contract_id")
    if len(several) > 1:
        raise refusals.ContractAmbiguous("your organization has several contracts: name one", field="contract_id")
    return several[0]
