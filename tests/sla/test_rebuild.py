"""`ponteiro rebuild sla`: clocks and time-boxes from the facts alone, to the same bytes; what differed is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.sla import store
from shared.clock import SystemClock, VirtualClock
from shared.db import Database
from shared.migrations import migrate
from tests.cli.conftest import Ponteiro, ponteiro
from tests.sla.shops import Life, Sla, at

__all__ = ["ponteiro"]

TABLES = ("clocks", "timeboxes", "announcements", "timeboxes_told", "facts")
BREAK_IT = (
    "UPDATE clocks SET due_at = '2030-01-01 00:00:00.000000', next_due_at = due_at WHERE state = 'running'",
    "UPDATE clocks SET state = 'met' WHERE state = 'breached'",
    "UPDATE clocks SET remaining_seconds = 1 WHERE state = 'paused'",
    "UPDATE timeboxes SET used_seconds = 7",
)
A_MINUTE_LATER = """
    UPDATE clocks SET next_due_at = '2026-11-19 11:01:00.000000' WHERE next_due_at = '2026-11-19 11:00:00.000000'
"""


async def a_story(url: str, *, by_night: bool = False) -> None:
    """Warned, broken, met, waiting, running, cancelled, a level used up; `by_night` a breach that waits for morning."""
    clock = VirtualClock(at("2026-11-18T08:00"))
    database = Database(url, service="sla", clock=clock, durable=False)
    await migrate(database, "services.sla.migrations")
    blocktime = Sla(database=database, clock=clock)
    await blocktime.open()
    broken, met, waits, runs, gone, night = (Life(priority="low") for _ in range(6))
    await blocktime.hear(broken.opened("2026-11-18T08:00"), met.opened("2026-11-18T08:00"))
    await blocktime.hear(gone.opened("2026-11-18T09:00"), waits.opened("2026-11-18T09:00"))
    await blocktime.hear(met.message("2026-11-18T09:10"), waits.promised("2026-11-18T09:20", "2026-11-25T12:00"))
    await blocktime.hear(waits.paused("2026-11-18T10:00"), gone.cancelled("2026-11-18T10:00"))
    await blocktime.move_to("2026-11-18T18:00")
    if by_night:
        await blocktime.hear(night.opened("2026-11-18T17:00"), night.promised("2026-11-18T17:30", "2026-11-18T23:00"))
    await blocktime.move_to("2026-11-18T23:30")
    await blocktime.hear(runs.opened("2026-11-18T23:30"))
    await database.close()


async def dump(url: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """Every row of what is kept, as text."""
    lines = []
    database = Database(url, service="sla", clock=SystemClock())
    async with database.reading() as tx:
        for name in tables:
            table = store.metadata.tables[name]
            found = await tx.execute(sa.select(table).order_by(*table.primary_key.columns))
            lines += [f"{name} {row}" for row in found]
    await database.close()
    return lines


async def execute(url: str, statements: tuple[str, ...]) -> None:
    """Write to the tables as nobody may."""
    database = Database(url, service="sla", clock=SystemClock())
    async with database.transaction() as tx:
        for statement in statements:
            await tx.execute(sa.text(statement))
    await database.close()


@pytest.mark.parametrize(
    "damage", [("DELETE FROM clocks", "DELETE FROM timeboxes"), BREAK_IT], ids=["all of it is gone", "it is wrong"]
)
def test_what_is_derived_is_built_anew_to_the_same_bytes_from_the_facts_alone(
    damage: tuple[str, ...], tmp_path: Path, ponteiro: Ponteiro
) -> None:
    url = f"sqlite:///{tmp_path / 'sla.db'}"
    command = ("rebuild", "sla", "--database-url", url)
    asyncio.run(a_story(url))
    before = asyncio.run(dump(url))
    untouched = ponteiro(*command, "--check")
    asyncio.run(execute(url, damage))
    broken = asyncio.run(dump(url))

    looked = ponteiro(*command, "--check")
    after_the_look = asyncio.run(dump(url))
    rebuilt = ponteiro(*command)
    again = ponteiro(*command, "--check")

    assert untouched == (0, "sla: 5 tickets are as they should be\n", "")
    assert looked[0] == 1
    assert "things differ; put them right without --check" in looked[2]
    assert (broken != before, after_the_look == broken) == (True, True)
    assert (rebuilt[0], again[0]) == (0, 0)
    assert "sla: 5 tickets are rebuilt, " in rebuilt[1]
    assert asyncio.run(dump(url)) == before


def test_what_waits_for_the_morning_is_told_from_what_is_wrong(tmp_path: Path, ponteiro: Ponteiro) -> None:
    url = f"sqlite:///{tmp_path / 'sla.db'}"
    command = ("rebuild", "sla", "--database-url", url)
    asyncio.run(a_story(url, by_night=True))
    waiting = asyncio.run(dump(url))

    fine = ponteiro(*command, "--check")
    asyncio.run(execute(url, (A_MINUTE_LATER,)))
    wrong = ponteiro(*command, "--check")

    assert "2026, 11, 19, 11, 0" in str([line for line in waiting if "delivery" in line])
    assert fine == (0, "sla: 6 tickets are as they should be\n", "")
    assert (wrong[0], wrong[1].count("kept next_due_at 2026-11-19 11:01:00+00:00")) == (1, 1)
