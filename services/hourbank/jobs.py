"""What time brings to the hour bank: local midnights, holds that lie untouched, and statements."""

from __future__ import annotations

from services.hourbank import actions, store
from shared.db import Transaction
from shared.jobs import Jobs

jobs = Jobs()


@jobs.due(store.next_midnight)
async def pass_midnights(tx: Transaction) -> int:
    """Expire, grant and warn, in accounts whose midnight has come (2.2, 2.3)."""
    return await actions.pass_midnights(tx)


@jobs.due(store.next_reminder)
async def remind_of_holds(tx: Transaction) -> int:
    """Tell of holds that nobody has touched for a long time, each once (2.3)."""
    return await actions.remind_of_holds(tx)


@jobs.due(store.next_statement)
async def issue_statements(tx: Transaction) -> int:
    """Issue the monthly reports of hours on the first business day (N26)."""
    return await actions.issue_statements(tx)
