"""The verbs of the yearly adjustment: months of an index are typed in, adjustments announced (3.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.billing import domain, store
from services.billing.actions.current import wake
from services.billing.domain import Amendment, Contract, Outlook, Rate
from shared.db import Transaction
from shared.events.billing import PriceAdjusted


async def note_rates(tx: Transaction, *, name: str, rates: Sequence[Rate]) -> None:
    """Keep months of an index; the contracts that waited for them are looked at now."""
    await store.note_rates(tx, name, rates)
    await store.wake_adjustments(tx)
    tx.falls_due(tx.now)


async def look_out(tx: Transaction, *, contract_id: UUID) -> Outlook:
    """The next adjustment of a contract as it stands today. Raises NotInForce, ContractEnded, NotAdjustable."""
    contract = await store.contract(tx, contract_id)
    return await _outlook(tx, contract)


async def announce_adjustment(tx: Transaction, *, contract: Contract) -> None:
    """Announce the adjustment of a locked contract that is due; it waits until its index is typed in."""
    found = await _outlook(tx, contract)
    if found.factor is None:
        await store.save_contract(tx, replace(contract, adjusts_at=None, index_missing=True))
        return
    adjusted = domain.adjust(contract, found, id=tx.new_id(), at=tx.now)
    await store.save_contract(tx, adjusted)
    await tell_adjustments(tx, before=contract, after=adjusted)
    wake(tx, adjusted.adjusts_at, adjusted.changes_at)


async def tell_adjustments(tx: Transaction, *, before: Contract, after: Contract) -> None:
    """Tell the adjustments that are to come and whose prices are new, or other ones now that the plan is another."""
    for amendment in after.life.amendments:
        if amendment.index is not None and amendment.state == "scheduled":
            told = _adjusted(after, amendment)
            known = _adjusted(before, amendment) if amendment in before.life.amendments else None
            is_news = known is None or _prices(known) != _prices(told)
            if is_news and _prices(told) != _previous(told):
                await tx.publish(replace(told, announced_at=tx.now))


async def _outlook(tx: Transaction, contract: Contract) -> Outlook:
    index = contract.terms.adjustment.index if contract.terms.adjustment else ""
    return domain.outlook(contract, await store.rates_of(tx, index), at=tx.now)


def _adjusted(contract: Contract, amendment: Amendment) -> PriceAdjusted:
    step = amendment.index
    assert step is not None, "an adjustment"
    day = amendment.effective_date
    others = tuple(one for one in contract.life.amendments if one.id != amendment.id)
    without = replace(contract, life=replace(contract.life, amendments=others))
    old = domain.agreed_prices(domain.terms_at(without, day))
    new = domain.agreed_prices(domain.terms_at(contract, day))
    return PriceAdjusted(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        index_name=step.index,
        factor=domain.shown(step.factor),
        plan_price_cents=new.price_cents,
        full_hour_price_cents=new.full_hour_price_cents,
        previous_plan_price_cents=old.price_cents,
        previous_full_hour_price_cents=old.full_hour_price_cents,
        effective_date=day,
        announced_at=amendment.decided_at,
    )


def _prices(told: PriceAdjusted) -> tuple[int, int]:
    return told.plan_price_cents, told.full_hour_price_cents


def _previous(told: PriceAdjusted) -> tuple[int, int]:
    return told.previous_plan_price_cents, told.previous_full_hour_price_cents
