"""Jobs: what falls due runs at its instant, by the database's clock; a commit that brings an earlier one wakes them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import SystemClock, VirtualClock
from shared.db import Committed, Database, Transaction
from shared.jobs import JobRunner, Jobs, earliest, run_due
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT
from tests.shared.test_relay import until

COMMITTED = Committed(told=0, due_at=AT)


class Alarm:
    """A job with instants of its own: each is done once, at or after its time."""

    def __init__(self, *dues: datetime) -> None:
        self.dues = list(dues)
        self.rang: list[datetime] = []
        self.fails = False

    async def next_due(self, _tx: Transaction) -> datetime | None:
        """The earliest instant that is left."""
        return min(self.dues, default=None)

    async def ring(self, tx: Transaction) -> int:
        """Do what is due."""
        if self.fails:
            raise ZeroDivisionError
        due = [at for at in self.dues if at <= tx.now]
        self.dues = [at for at in self.dues if at > tx.now]
        self.rang += [tx.now for _ in due]
        return len(due)


def jobs_of(*alarms: Alarm) -> Jobs:
    """A service that has these."""
    jobs = Jobs()
    for alarm in alarms:
        jobs.due(alarm.next_due)(alarm.ring)
    return jobs


async def running(database: Database, jobs: Jobs, while_it_runs: Callable[[], Awaitable[None]]) -> None:
    """Let a runner run meanwhile."""
    runner = JobRunner(database, jobs)
    task = asyncio.create_task(runner.run())
    await while_it_runs()
    runner.stop()
    await task


async def test_what_is_due_runs_and_what_is_not_does_not(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    database = await open_database("echo", clock=clock)
    now, later = Alarm(AT - timedelta(minutes=5), AT), Alarm(AT + timedelta(minutes=1))
    jobs = jobs_of(now, later)

    assert await earliest(database, jobs) == AT - timedelta(minutes=5)
    assert await run_due(database, jobs) == 2
    assert await earliest(database, jobs) == AT + timedelta(minutes=1)
    clock.move_to(AT + timedelta(hours=1))
    assert await run_due(database, jobs) == 1

    assert (now.rang, later.rang) == ([AT, AT], [AT + timedelta(hours=1)])
    assert await earliest(database, jobs) is None


async def test_the_runner_sleeps_until_the_instant(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    due = datetime.now(UTC) + timedelta(milliseconds=150)
    alarm = Alarm(due)

    await running(database, jobs_of(alarm), lambda: until(lambda: bool(alarm.rang)))

    (rang,) = alarm.rang
    assert timedelta(0) <= rang - due < timedelta(seconds=1)


async def test_a_commit_that_brings_an_earlier_instant_wakes_the_runner(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    alarm = Alarm(datetime.now(UTC) + timedelta(hours=1))

    async def bring_something_earlier() -> None:
        await asyncio.sleep(0.05)
        async with database.transaction() as tx:
            alarm.dues.append(datetime.now(UTC))
            tx.falls_due(alarm.dues[-1])
        await until(lambda: len(alarm.rang) == 1)

    await running(database, jobs_of(alarm), bring_something_earlier)

    assert len(alarm.dues) == 1


async def test_an_instant_that_comes_while_the_runner_looks_is_not_slept_over(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    alarm = Alarm(datetime.now(UTC))
    looked = asyncio.Event()

    class Late(Alarm):
        """Is asked while somebody commits: it answers what was true before."""

        async def next_due(self, tx: Transaction) -> datetime | None:
            """As of before the commit."""
            before = await super().next_due(tx)
            if alarm.rang and not looked.is_set():
                looked.set()
                self.dues.append(datetime.now(UTC))
                runner._on_commit(COMMITTED)
            return before

    late = Late(datetime.now(UTC) + timedelta(hours=1))
    runner = JobRunner(database, jobs_of(alarm, late))
    task = asyncio.create_task(runner.run())
    await until(lambda: bool(late.rang))
    runner.stop()
    await task

    assert looked.is_set()


async def test_a_job_that_fails_is_tried_again_and_the_others_go_on(
    open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.jobs.STUCK_SECONDS", 0.02)
    database = await open_database("echo")
    broken, sound = Alarm(AT), Alarm(AT)
    broken.fails = True

    async def mend_it() -> None:
        await until(lambda: bool(sound.rang))
        broken.fails = False
        await until(lambda: bool(broken.rang))

    await running(database, jobs_of(broken, sound), mend_it)

    assert (len(broken.rang), len(sound.rang)) == (1, 1)


async def test_a_process_whose_clock_is_ahead_does_nothing_early(open_postgresql: OpenDatabase) -> None:
    class Ahead(SystemClock):
        """An hour ahead of everybody else."""

        def now(self) -> datetime:
            """The wrong instant."""
            return super().now() + timedelta(hours=1)

    database = await open_postgresql("echo", clock=Ahead())
    alarm = Alarm(datetime.now(UTC) + timedelta(minutes=30))

    assert await run_due(database, jobs_of(alarm)) == 0

    assert alarm.rang == []
