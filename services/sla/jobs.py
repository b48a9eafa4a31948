"""What time brings to sla: warnings and breaches that fall due."""

from __future__ import annotations

from services.sla import actions, store
from shared.db import Transaction
from shared.jobs import Jobs

ANNOUNCING_LANES = 3  # two cores: while PostgreSQL keeps two batches, the third is being told

jobs = Jobs()


@jobs.due(store.next_due, lanes=ANNOUNCING_LANES)
async def announce_due(tx: Transaction) -> int:
    """Announce the levels that have fallen due, by the database's clock, each once however many do so."""
    return await actions.announce_due(tx)


@jobs.due(store.next_limit)
async def reach_limits(tx: Transaction) -> int:
    """Tell of the time-boxes that are used up (S33)."""
    return await actions.reach_limits(tx)
