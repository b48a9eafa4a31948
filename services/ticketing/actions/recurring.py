"""Demands that come again: agreed upon once, opened at each of their times, once (N13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions.keeping import BY_TIME, say, words_in
from services.ticketing.actions.opening import open_ticket
from services.ticketing.domain import Demand, Ticket, checklists, intake, recurring, refusals, words
from services.ticketing.domain.recurring import Due, Recurrence, RecurrenceState
from services.ticketing.offer import Section
from services.ticketing.store import Words
from services.ticketing.store import assets as kept_assets
from services.ticketing.store import recurring as kept
from services.ticketing.store.recurring import Occurrence
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.jobs import one_by_one
from shared.log import log

CHANNEL = "recurrence"  # of tickets that nobody has to ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to come again, and when first."""

    contract_id: UUID
    subject: str
    description: str
    item: str | None
    area: str | None
    asset_id: UUID | None
    template: str | None
    rule: str
    first_at: datetime


async def plan(tx: Transaction, *, wanted: Plan) -> Recurrence:
    """Agree upon a demand that comes again. Raises RecurrenceInvalid, NoActiveContract, Invalid, TooManyRecurrences."""
    known = await store.contract_by_id(tx, wanted.contract_id)
    if known is None:
        raise refusals.NoActiveContract("there is no such active contract", field="contract_id")
    contract, offer = known.contract, await offers.current(tx, Section)
    intake.check_what(offer, area=wanted.area, item=wanted.item)
    checklists.template_of(offer, wanted.template, planned_on=None, today=tx.now.date())
    if wanted.asset_id is not None:
        asset = await kept_assets.asset_of(tx, wanted.asset_id)
        if asset.organization_id != contract.organization_id:
            raise NotFound("the organization has no such asset", field="asset_id")
    if await kept.count_alive(tx, contract.id) >= recurring.OF_CONTRACT_MOST:
        raise refusals.TooManyRecurrences(f"a contract has {recurring.OF_CONTRACT_MOST} recurrences at most")
    one = Recurrence(
        id=tx.new_id(),
        contract_id=contract.id,
        organization_id=contract.organization_id,
        subject=wanted.subject,
        description=wanted.description,
        item=wanted.item,
        area=wanted.area,
        asset_id=wanted.asset_id,
        template=wanted.template,
        rule=recurring.check_rule(wanted.rule, timezone=contract.timezone),
        first_local=recurring.begins(wanted.first_at, timezone=contract.timezone, at=tx.now),
        timezone=contract.timezone,
        state=RecurrenceState.ACTIVE,
        next_at=None,
        opened=0,
        missed=0,
        stopped_because=None,
        created_by=tx.actor,
    )
    one = replace(one, next_at=recurring.next_after(one, tx.now))
    if one.next_at is None:
        raise refusals.RecurrenceInvalid("by this rule nothing ever comes", field="rule")
    await kept.add(tx, one)
    tx.falls_due(one.next_at)
    return one


async def change(
    tx: Transaction, *, recurrence_id: UUID, version: int | None, act: Callable[[Recurrence], Recurrence]
) -> Recurrence:
    """Pause, resume or end a recurrence. Raises NotFound, Stale, RecurrenceIsOver."""
    before = await kept.locked(tx, recurrence_id, version=version)
    after = act(before)
    await kept.save(tx, before, after)
    if after.next_at is not None:
        tx.falls_due(after.next_at)
    return after


async def open_all_due(tx: Transaction) -> int:
    """Open what has come, over all tenants; how many recurrences that were."""
    return await one_by_one(tx, await kept.due(tx), lambda due: _open(tx, *due), name=lambda due: due[1])


async def _open(tx: Transaction, tenant: str, recurrence_id: UUID) -> None:
    """Open the ticket of the newest occurrence; what a rule refuses (a contract that ended) stops the recurrence."""
    own = tx.as_tenant(tenant, actor=BY_TIME)
    before = await kept.locked(own, recurrence_id)
    come = recurring.due(before, at=own.now)
    try:
        async with own.apart():
            ticket = await _ticket(own, before, come)
            await kept.add_occurrence(
                own,
                before.id,
                Occurrence(occurs_at=come.occurs_at, ticket_id=ticket.id, missed=come.missed),
            )
    except Refused as no:
        log.warning("recurrence stopped", recurrence_id=str(before.id), code=no.code)
        await kept.save(own, before, recurring.stopped(before, why=no.detail))
        return
    await kept.save(own, before, recurring.opened(before, come))


async def _ticket(own: Transaction, one: Recurrence, come: Due) -> Ticket:
    demand = Demand(
        channel=CHANNEL,
        by_customer=False,
        subject=one.subject,
        area=one.area,
        item=one.item,
        hosting=None,
        fields={},
        asset_id=one.asset_id,
        template=one.template,
        recurrence_id=one.id,
    )
    text = Words(description=one.description, fields={})
    ticket = await open_ticket(own, contract_id=one.contract_id, demand=demand, words=text, is_part=True)
    if not come.missed:
        return ticket
    told = await words_in(own, words.MISSED, missed=come.missed)
    return await say(own, ticket, ticket, text=told, act="occurrences_missed", new_value=str(come.missed), public=False)
