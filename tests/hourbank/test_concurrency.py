"""Many tickets of one contract at the same instant: the account's row is the lock, and not a minute is lost (L-10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.hourbank import domain
from shared.clock import VirtualClock
from shared.db import Database
from shared.events.hourbank import HoursDebited, HoursHeld
from shared.migrations import migrate
from tests.hourbank.pure import wall
from tests.hourbank.stage import Stage

pytestmark = pytest.mark.anyio

TICKETS = 12


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Next4's hour bank on PostgreSQL, where transactions really meet."""
    clock = VirtualClock(wall("2026-11-01T00:00"))
    database = Database(database_url, service="hourbank", clock=clock)
    await migrate(database, "services.hourbank.migrations")
    opened = Stage(database, clock)
    await opened.apply()
    yield opened
    await database.close()


async def test_twelve_estimates_and_closes_at_once_share_exactly_what_there_is(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    tickets = [f"T{number}" for number in range(TICKETS)]

    estimates = await asyncio.gather(*(stage.publish(ticket, 25, at="2026-11-10T10:00") for ticket in tickets))
    held = {fact.estimate_id: fact for fact in await stage.facts() if isinstance(fact, HoursHeld)}
    await asyncio.gather(
        *(stage.approve(estimate, over=held[estimate].minutes_over, at="2026-11-10T11:00") for estimate in estimates)
    )
    await asyncio.gather(*(stage.close(ticket, 25, at="2026-11-10T12:00") for ticket in tickets))

    debited = [fact for fact in await stage.facts() if isinstance(fact, HoursDebited)]
    account, ledger = await stage.account(), await stage.ledger()
    assert sorted(fact.minutes_held for fact in held.values()) == [0] * 4 + [5] + [25] * 7
    assert sum(fact.minutes_over for fact in debited) == TICKETS * 25 - 180
    assert (account.balance_minutes, account.lots) == (0, domain.fold(ledger))
    assert [entry.sequence for entry in ledger] == list(range(1, len(ledger) + 1))
