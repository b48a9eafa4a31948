"""The clock as a door: quotes expire (2.4), silence closes (N19), visits begin (B21)."""

from __future__ import annotations

from services.ticketing import actions, store
from shared.db import Transaction
from shared.jobs import Jobs

jobs = Jobs()


@jobs.due(store.next_due)
async def settle_due_tickets(tx: Transaction) -> int:
    """Apply what time has brought to the tickets that are due."""
    return await actions.settle_all_due(tx)
