"""Runners of several processes, killed wherever it hurts: every level of every clock is announced exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.sla.jobs import jobs
from shared.clock import SystemClock
from shared.db import Committed, Database
from shared.events.envelope import read
from shared.jobs import JobRunner
from shared.migrations import migrate
from tests.sla.shops import SAO_PAULO, Life, Sla

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
POINTS = ("job.ran", "commit.before", "commit.after", "job.committed")
PATIENCE_SECONDS = 60


@pytest.fixture
async def sla(database_url: str) -> AsyncIterator[Sla]:
    """Blocktime's sla on PostgreSQL, in real time."""
    database = Database(database_url, service="sla", clock=SystemClock())
    await migrate(database, "services.sla.migrations")
    opened = Sla(database=database, clock=SystemClock())  # type: ignore[arg-type]  # nobody moves this one
    await opened.open()
    yield opened
    await database.close()


async def test_three_runners_killed_at_every_crash_point_announce_each_level_once(sla: Sla, database_url: str) -> None:
    lives = await armed(sla, clocks=4_000, ago=timedelta(hours=1))

    killed = [await start(database_url, crash_at=f"{point}:2") for point in POINTS]
    async with asyncio.timeout(PATIENCE_SECONDS):
        codes = [await one.wait() for one in killed]
    whole = [await start(database_url) for _ in range(3)]
    await until_announced(sla, 3 * lives)
    for one in whole:
        one.send_signal(signal.SIGKILL)
        await one.wait()

    assert codes == [-signal.SIGKILL] * len(POINTS)
    await assert_each_once(sla, lives)


async def test_one_runner_of_two_dies_in_the_middle_and_the_other_does_the_rest(sla: Sla, database_url: str) -> None:
    lives = await armed(sla, clocks=1_500, ago=timedelta(minutes=30) - timedelta(seconds=3))
    other = Database(database_url, service="sla", clock=SystemClock())
    runner = JobRunner(other, jobs, poll_seconds=0.5)
    killed = await start(database_url, crash_at="job.ran:2")
    await until_announced(sla, 1)  # it is at work: however long it took to start

    running = asyncio.create_task(runner.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        code = await killed.wait()
    await until_announced(sla, 3 * lives)
    runner.stop()
    await running
    await other.close()

    assert code == -signal.SIGKILL
    await assert_each_once(sla, lives)


async def test_a_breach_is_dated_by_its_due_instant_however_late_the_runner_comes(sla: Sla) -> None:
    lives = await armed(sla, clocks=3, ago=timedelta(minutes=40))

    runner = JobRunner(sla.database, jobs)
    running = asyncio.create_task(runner.run())
    await until_announced(sla, 3 * lives)
    runner.stop()
    await running

    breaches = [told for name, told in await sla.said() if name == "sla_breached"]
    late = [datetime.fromisoformat(one["announced_at"]) - datetime.fromisoformat(one["due_at"]) for one in breaches]
    assert len(breaches) == lives
    assert all(timedelta(minutes=10) <= one < timedelta(minutes=11) for one in late)


async def test_an_idle_runner_asks_nothing_between_its_slow_polls(sla: Sla) -> None:
    asked: list[str] = []
    sa.event.listen(sla.database.engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    woken: list[Committed] = []
    sla.database.on_commit.append(woken.append)
    runner = JobRunner(sla.database, jobs, poll_seconds=30)

    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0.3)
    before = len(asked)
    await asyncio.sleep(0.7)
    runner.stop()
    await running

    assert before > 0
    assert len(asked) == before
    assert woken == []


async def armed(sla: Sla, *, clocks: int, ago: timedelta) -> int:
    """Clocks of critical tickets (half an hour, day and night), opened so long ago; how many."""
    opened = (datetime.now(UTC) - ago).astimezone(SAO_PAULO).replace(tzinfo=None).isoformat()
    first = Life(priority="high")
    await sla.hear(first.opened(opened))
    async with sla.database.transaction() as tx:
        await tx.execute(_COPIES, {"copies": clocks - 1, "ticket": first.id})
    return clocks


async def start(url: str, *, crash_at: str = "") -> Process:
    """A process that announces, to kill itself at a crash point if one is named."""
    command = [sys.executable, "-m", "tests.runner", "sla", url]
    environment = {**os.environ, "CRASH_AT": crash_at}
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL)


async def until_announced(sla: Sla, levels: int) -> None:
    """Wait until so many levels were announced."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await sla.announced()) < levels:  # noqa: ASYNC110  other processes announce
            await asyncio.sleep(0.1)


async def assert_each_once(sla: Sla, clocks: int) -> None:
    """Two warnings and a breach of each clock, once in the record and once in the log, numbered without gaps."""
    recorded = Counter((row["ticket_id"], row["percent"]) for row in await sla.announced())
    async with sla.database.reading() as tx:
        rows = (await tx.execute(sa.text("SELECT stream, sequence, body FROM events ORDER BY position"))).all()
    envelopes = [read(bytes(row.body)) for row in rows]
    names = Counter(one.type for one in envelopes)
    numbers: dict[object, list[int]] = {}
    for row in rows:
        numbers.setdefault(row.stream, []).append(row.sequence)

    assert (len(recorded), set(recorded.values())) == (3 * clocks, {1})
    assert (names["sla.sla_warned"], names["sla.sla_breached"]) == (2 * clocks, clocks)
    assert {tuple(one) for one in numbers.values()} == {(1, 2, 3), (1, 2, 3, 4)}  # the first one was started, too


_COPIES = sa.text(
    """
    INSERT INTO clocks
    SELECT (jsonb_populate_record(clocks, jsonb_build_object('id', copy, 'ticket_id', copy))).*
    FROM clocks, (SELECT gen_random_uuid() AS copy FROM generate_series(1, CAST(:copies AS int))) AS copies
    WHERE ticket_id = :ticket
    """
)
