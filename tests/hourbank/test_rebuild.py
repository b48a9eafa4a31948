"""`ponteiro rebuild hourbank`: balances from the entries alone, to the same bytes; what differed is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from services.hourbank import store
from shared.clock import SystemClock, VirtualClock
from shared.db import Database
from shared.migrations import migrate
from tests.cli.conftest import Ponteiro, ponteiro
from tests.hourbank.pure import wall
from tests.hourbank.stage import Stage

__all__ = ["ponteiro"]

TABLES = ("accounts", "lots", "holds", "debits", "overages", "entries")
BREAK_IT = (
    "UPDATE lots SET available_minutes = 0, consumed_minutes = consumed_minutes + available_minutes",
    "DELETE FROM lots WHERE seq = 1",
    "UPDATE accounts SET last_sequence = last_sequence + 7, lots_granted = 0",
    "UPDATE holds SET shares = '[]'",
    "UPDATE debits SET by_lot = '[]'",
)


async def a_story(url: str) -> None:
    """Debited, held, over, expired: something of everything."""
    clock = VirtualClock(wall("2025-11-01T00:00"))
    database = Database(url, service="hourbank", clock=clock)
    await migrate(database, "services.hourbank.migrations")
    stage = Stage(database, clock)
    await stage.apply()
    await stage.activate("START", "2025-12-01")
    await stage.approve(await stage.publish("T1", 330, at="2025-12-10T10:00"), over=150, at="2025-12-10T15:00")
    await stage.close("T1", 300, at="2025-12-12T17:00")
    await stage.move_to("2026-12-20T09:00")
    await stage.approve(await stage.publish("T2", 300, at="2026-12-20T10:00"), over=0, at="2026-12-20T15:00")
    await stage.approve(await stage.publish("T3", 30, at="2026-12-20T11:00"), over=0, at="2026-12-20T15:00")
    await stage.close("T3", 20, at="2026-12-21T11:00")
    await database.close()


async def dump(url: str) -> list[str]:
    """Every row of what is kept, as text."""
    lines = []
    database = Database(url, service="hourbank", clock=SystemClock())
    async with database.reading() as tx:
        for name in TABLES:
            table = store.metadata.tables[name]
            found = await tx.execute(sa.select(table).order_by(*table.primary_key.columns))
            lines += [f"{name} {row}" for row in found]
    await database.close()
    return lines


async def execute(url: str, statements: tuple[str, ...]) -> None:
    """Do what nobody should."""
    database = Database(url, service="hourbank", clock=SystemClock())
    async with database.transaction() as tx:
        for statement in statements:
            await tx.execute(sa.text(statement))
    await database.close()


def test_what_was_broken_is_rebuilt_from_the_entries_to_the_same_bytes(url: str, ponteiro: Ponteiro) -> None:
    asyncio.run(a_story(url))
    before = asyncio.run(dump(url))

    healthy = ponteiro("rebuild", "hourbank", "--check", "--database-url", url)
    asyncio.run(execute(url, BREAK_IT))
    broken = asyncio.run(dump(url))
    looked = ponteiro("rebuild", "hourbank", "--check", "--database-url", url)
    after_looking = asyncio.run(dump(url))
    code, said, _ = ponteiro("rebuild", "hourbank", "--database-url", url)
    after = asyncio.run(dump(url))

    assert healthy == (0, "hourbank: 1 accounts are as they should be\n", "")
    assert looked[0] == 1
    assert "things differ; put them right without --check" in looked[2]
    assert (broken != before, after_looking == broken, after == before) == (True, True, True)
    assert code == 0
    assert "lot " in said and "hold of estimate " in said and "debit of ticket " in said and "account: kept" in said
    assert ponteiro("rebuild", "hourbank", "--check", "--database-url", url)[0] == 0


def test_a_data_folder_is_rebuilt_too_and_a_wrong_address_is_told_in_a_sentence(
    tmp_path: Path, ponteiro: Ponteiro
) -> None:
    assert ponteiro("migrate", "--data", tmp_path)[0] == 0

    empty = ponteiro("rebuild", "hourbank", "--data", tmp_path)
    wrong = ponteiro("rebuild", "hourbank", "--database-url", "nonsense")
    unknown = ponteiro("rebuild", "billing", "--data", tmp_path)

    assert empty == (0, "hourbank: 0 accounts are as they should be\n", "")
    assert (wrong[0], wrong[2]) == (1, "ponteiro: the database URL of hourbank is none that can be read\n")
    assert unknown[0] == 2
