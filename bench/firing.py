"""Promises that fall due: how late they are announced, by how many clocks are armed; a database of its own each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bench.figures import Figure
from services.sla.jobs import jobs
from shared.clock import SystemClock
from shared.db import Committed, Database
from shared.jobs import JobRunner
from shared.migrations import migrate
from shared.run import collect_seldom
from tests import servers

ARMED = (10_000, 100_000, 1_000_000)
AT_ONCE = 20_000
A_SECOND = 500
SECONDS = 8
MISSED = 50_000
LEAD_SECONDS = 4.0  # from arming to the first instant: the rows are in, the runner sleeps
PATIENCE_SECONDS = 60.0


async def lateness() -> list[Figure]:
    """With ever more armed clocks: a steady rain and a burst; with all of them, what was missed while away."""
    collect_seldom()  # as a service does when it starts
    found: list[Figure] = []
    for armed in ARMED:
        async with _sla(armed) as database:
            steady = await _announced(database, rain(A_SECOND * SECONDS, seconds=SECONDS))
            burst = await _announced(database, rain(AT_ONCE, seconds=0))
            found += [
                Figure(
                    name=f"clocks due at {A_SECOND}/s, {armed:,} armed: lateness p99",
                    value=_percentile(steady, 0.99),
                    unit="s",
                    goal="<= 0.5",
                ),
                Figure(
                    name=f"{AT_ONCE:,} clocks due at one instant, {armed:,} armed: the last one",
                    value=burst[-1],
                    unit="s",
                    goal="<= 1",
                ),
            ]
            if armed == ARMED[-1]:
                away = await _caught_up(database)
                found.append(
                    Figure(name=f"{MISSED:,} missed while away: announced in", value=away, unit="s", goal="<= 30")
                )
    return found


def rain(clocks: int, *, seconds: int) -> list[float]:
    """Offsets in seconds at which so many clocks fall due, evenly over a time; at one instant when it is none."""
    return [number * seconds / clocks for number in range(clocks)]


@contextlib.asynccontextmanager
async def _sla(armed: int) -> AsyncIterator[Database]:
    """An sla database with so many armed clocks, all due long after this."""
    postgres = servers.postgres()
    url = postgres.create_database()
    database = Database(url, service="sla", clock=SystemClock())
    await migrate(database, "services.sla.migrations")
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for start in range(0, armed, 200_000):
            await connection.execute(_ARM, {"first": start, "most": min(armed, start + 200_000) - 1, "base": _FAR})
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("VACUUM ANALYZE"))
        await connection.execute(sa.text("CHECKPOINT"))  # else a million new rows are written out while it is measured
    yield database
    await database.close()
    postgres.drop_database(url)


async def _announced(database: Database, offsets: list[float]) -> list[float]:
    """Arm clocks that fall due at these offsets, run a runner over them; the lateness of each in seconds, rising."""
    first = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS)
    dues = [first + timedelta(seconds=offset) for offset in offsets]
    async with database.engine.begin() as connection:
        await connection.execute(_ARM_AT, {"dues": dues})
    commits = await _run_until(database, len(dues))
    instants = sorted(instant for instant, told in commits for _ in range(told))
    return sorted(max(0.0, (instant - due).total_seconds()) for instant, due in zip(instants, dues, strict=True))


async def _caught_up(database: Database) -> float:
    """Arm clocks that fell due while nobody ran; how long a runner that comes back takes, in seconds."""
    past = datetime.now(UTC) - timedelta(minutes=10)
    dues = [past + timedelta(milliseconds=number * 600_000 // MISSED) for number in range(MISSED)]
    async with database.engine.begin() as connection:
        await connection.execute(_ARM_AT, {"dues": dues})
    started = datetime.now(UTC)
    commits = await _run_until(database, MISSED)
    return (commits[-1][0] - started).total_seconds()


async def _run_until(database: Database, announced: int) -> list[tuple[datetime, int]]:
    """Run a runner until so many facts were told; the instant and the number of each commit."""
    commits: list[tuple[datetime, int]] = []
    complete = asyncio.Event()

    def heard(committed: Committed) -> None:
        if committed.told:
            commits.append((datetime.now(UTC), committed.told))
            if sum(told for _, told in commits) >= announced:
                complete.set()

    database.on_commit.append(heard)
    runner = JobRunner(database, jobs)
    running = asyncio.create_task(runner.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await complete.wait()
    runner.stop()
    await running
    database.on_commit.clear()
    return commits


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


_FAR = datetime(2100, 1, 1, tzinfo=UTC)
_CLOCK = """
    INSERT INTO clocks (id, tenant, ticket_id, ticket_number, contract_id, organization_id, plan_code, priority, metric,
                        generation, state, terms_version, calendar_version, calendar_name, counting, is_quiet,
                        target_seconds, started_at, due_at,
                        levels, percent_said, queue_at, next_due_at)
    SELECT id, 'blocktime', id, n, of, of, 'START', 'low', 'attendance', 1, 'running', 1, 1, 'business', 'business',
           true, 14400,
           due - interval '4 hours', due, CAST('[[75, "2026-01-01T00:00:00+00:00"], [90, "2026-01-01T00:00:00+00:00"]]'
           AS jsonb) || jsonb_build_array(jsonb_build_array(100, due)), 90, due, due
    FROM ({}) AS armed
"""
_ARM = sa.text(
    _CLOCK.format(
        """
        SELECT n, CAST(lpad(to_hex(n), 32, '0') AS uuid) AS id, CAST(lpad(to_hex(n / 100), 32, 'a') AS uuid) AS of,
               CAST(:base AS timestamptz) + n * interval '1 second' AS due
        FROM generate_series(CAST(:first AS int), CAST(:most AS int)) AS n
        """
    )
)
_ARM_AT = sa.text(
    _CLOCK.format(
        """
        SELECT CAST(place AS int) AS n, gen_random_uuid() AS id, CAST(lpad('', 32, 'b') AS uuid) AS of, due
        FROM unnest(CAST(:dues AS timestamptz[])) WITH ORDINALITY AS given (due, place)
        """
    )
)
