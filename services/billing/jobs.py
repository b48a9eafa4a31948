"""What time brings to billing: the invoice run."""

from __future__ import annotations

from datetime import timedelta

from services.billing import actions, store
from shared.db import Transaction
from shared.jobs import Jobs, one_by_one

RUN_CONTRACTS = 100  # in one transaction: a tenant's counter is locked that long, and memory stays flat
RUN_AGAIN_AFTER = timedelta(hours=1)  # a run that fails: a batch of them would else be all that is ever looked at

jobs = Jobs()


@jobs.due(store.next_due)
async def run_invoices(tx: Transaction) -> int:
    """Make the invoices that are due, some contracts at a time; twice, late or on three nodes gives the same (3.2)."""
    due = await store.lock_due(tx, most=RUN_CONTRACTS)
    again_at = tx.now + RUN_AGAIN_AFTER
    await store.put_off(tx, due, until=again_at)  # a run that succeeds says itself when the next one is
    tx.falls_due(again_at)
    return await one_by_one(
        tx,
        due,
        lambda one: actions.run_contract(tx.as_tenant(one.tenant), contract=one.contract),
        name=lambda one: one.contract.id,
    )
