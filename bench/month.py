"""The month's run on PostgreSQL: invoices a second, and memory while contracts grow tenfold."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Figure
from services.billing import actions
from services.billing.domain import Negotiated
from services.billing.jobs import run_invoices
from shared.clock import VirtualClock
from shared.db import Database
from shared.migrations import migrate
from tests import servers
from tests.billing.shops import Billing, a_customer, local, wanted

FEW, MANY = 1_000, 10_000
SIGNED_AT_ONCE = 200


async def run_of_the_month() -> list[Figure]:
    """A run of a thousand contracts, and then one of ten thousand: as fast for each, and no more memory."""
    few_seconds, few_mb = await _run(FEW)
    many_seconds, many_mb = await _run(MANY)
    return [
        Figure(
            name=f"the month's run, invoices a second of {MANY:,} contracts",
            value=MANY / many_seconds,
            unit="1/s",
            baseline=FEW / few_seconds,
            baseline_name=f"of {FEW:,}",
            note=f"{MANY:,} contracts took {many_seconds:.1f} s; papers are made outside of the run",
        ),
        Figure(
            name="  memory that it grew by",
            value=many_mb,
            unit="MB",
            baseline=max(few_mb, 1.0),
            baseline_name=f"MB with {FEW:,}",
        ),
    ]


async def _run(contracts: int) -> tuple[float, float]:
    """Sign so many contracts and do their run; its seconds, and the resident memory that it added at most, in MB."""
    server = servers.postgres()
    url = server.create_database()
    clock = VirtualClock(local("2026-11-01"))
    database = Database(url, service="billing", clock=clock)
    try:
        await migrate(database, "services.billing.migrations")
        billing = Billing(database=database, clock=clock)
        await billing.open()
        for _ in range(contracts // SIGNED_AT_ONCE):
            await _sign(billing)
        clock.move_to(local("2026-11-03", "08:00"))
        before, most, started = _resident_mb(), 0.0, time.perf_counter()
        done = 0
        while done < contracts:
            async with database.transaction() as tx:
                done += await run_invoices(tx)
            most = max(most, _resident_mb())
        return time.perf_counter() - started, max(0.0, most - before)
    finally:
        await database.close()
        server.drop_database(url)


async def _sign(billing: Billing) -> None:
    async with billing.transaction() as tx:
        for _ in range(SIGNED_AT_ONCE):
            draft = await actions.draft_contract(tx, applicant=a_customer(), wanted=wanted(), agreed=Negotiated())
            await actions.activate_contract(tx, contract_id=draft.id, expected_version=None)


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
