"""What time brings to sla: warnings and breaches that fall due."""

from __future__ import annotations

from services.sla import actions, store
from shared.db import Transaction
from shared.jobs import Jobs

jobs = Jobs()


@jobs.due(store.next_due)
async def announce_due(tx: Transaction) -> int:
    """Announce the levels that have fallen due, by the database's clock, each once however many do so."""
    return await actions.announce_due(tx)
