"""Runners of several processes, killed wherever it hurts: each occurrence of a recurrence opens one ticket (N13)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.ticketing.jobs import jobs
from services.ticketing.store.recurring import occurrences
from shared.clock import SystemClock
from shared.db import Database
from shared.events.ticketing import TicketOpened
from shared.jobs import JobRunner
from tests.ticketing.desk import CONTRACT, Desk, new_desk

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
DAILY = {
    "contract_id": str(CONTRACT),
    "subject": "Backup do dia",
    "description": "Conferir o backup.",
    "rule": "FREQ=DAILY",
}
PATIENCE_SECONDS = 60


@pytest.fixture
async def desk(migrated_url: str) -> AsyncIterator[Desk]:
    """Next4's desk on PostgreSQL, in real time."""
    database = Database(migrated_url, service="ticketing", clock=SystemClock())
    one = new_desk(database, SystemClock())  # type: ignore[arg-type]  # nobody moves this one
    await one.open_shop("next4")
    yield one
    await one.client.aclose()
    await database.close()


async def test_runners_killed_at_every_crash_point_open_each_occurrence_once(desk: Desk, migrated_url: str) -> None:
    come = await recurrences_whose_newest_has_come(desk, 250)

    # Of a process the first commit is another job's, that found nothing due; the second is of a batch of recurrences.
    points = ("job.ran:2", "commit.before:2", "commit.after:2", "job.committed:2")
    killed = [await start(migrated_url, crash_at=point) for point in points]
    async with asyncio.timeout(PATIENCE_SECONDS):
        codes = [await one.wait() for one in killed]
    before = len(await opened(desk))
    runner = JobRunner(desk.database, jobs, poll_seconds=0.5)
    running = asyncio.create_task(runner.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await opened(desk)) < len(come):  # noqa: ASYNC110  the runner opens
            await asyncio.sleep(0.1)
    runner.stop()
    await running

    rows = await opened(desk)
    told = await desk.facts(TicketOpened)
    assert codes == [-signal.SIGKILL] * len(points)
    assert 0 < before < len(come)
    assert sorted(row.recurrence_id for row in rows) == come
    assert sorted(fact.ticket_id for fact in told) == sorted(row.ticket_id for row in rows)
    assert {row.missed for row in rows} == {2}


async def recurrences_whose_newest_has_come(desk: Desk, count: int) -> list[UUID]:
    """So many recurrences that come daily, began two days and a half ago, and have opened nothing yet: their ids."""
    now = SystemClock().now()
    await desk.post("/v1/recurrences", DAILY | {"first_at": (now + timedelta(days=9)).isoformat()}, status=201)
    began = (now - timedelta(hours=60)).replace(microsecond=0)
    local = began.astimezone(SAO_PAULO).replace(tzinfo=None)
    async with desk.database.transaction() as tx:
        rows = await tx.execute(_COPIES, {"count": count, "next_at": began.isoformat(), "local": local.isoformat()})
        return sorted(row.id for row in rows)


async def opened(desk: Desk) -> Sequence[sa.Row[Any]]:
    """What the occurrences have opened."""
    async with desk.database.reading() as tx:
        return (await tx.execute(sa.select(occurrences))).all()


async def start(url: str, *, crash_at: str) -> Process:
    """A process that does what falls due, and kills itself at a crash point."""
    command = [sys.executable, "-m", "tests.runner", "ticketing", url]
    environment = {**os.environ, "CRASH_AT": crash_at}
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL)


_COPIES = sa.text(
    """
    INSERT INTO recurrences
    SELECT (jsonb_populate_record(recurrences, jsonb_build_object(
        'id', copy, 'next_at', CAST(:next_at AS text), 'first_local', CAST(:local AS text)
    ))).*
    FROM recurrences, (SELECT gen_random_uuid() AS copy FROM generate_series(1, CAST(:count AS int))) AS copies
    RETURNING id
    """
)
