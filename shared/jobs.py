"""The clock as a door: a job says when it is next due, and the runner sleeps until the earliest.

No polling, no drift: a commit that brings an earlier instant (`tx.falls_due`) wakes the runner; a slow poll notices
what another process has brought. Under a virtual clock the same jobs are run by `services/embedded.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from shared.crash import crashpoint
from shared.db import Committed, Database, Transaction, is_passing
from shared.log import describe, log
from shared.waiting import happens

SLOW_POLL_SECONDS = 15.0  # an idle service asks its database only this often (PONTEIRO_JOBS_POLL_SECONDS)
STUCK_SECONDS = 1.0  # a job that fails, or is due and does nothing, is not run more often than this
OTHERS_SECONDS = 0.02  # due, and another process is at it: look again so soon, then ever later up to STUCK_SECONDS
DRAIN_BATCHES = 50  # so many of one job, then the others of the service have their turn

ItemT = TypeVar("ItemT")
OutcomeT = TypeVar("OutcomeT")
NextDue = Callable[[Transaction], Awaitable[datetime | None]]
Run = Callable[[Transaction], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that time brings: `run` does one batch of what is due at `tx.now` and answers how many it did.

    Where much falls due at once, `lanes` batches are under way at the same time: `run` must lock what it takes and
    pass over what others have locked.
    """

    name: str
    next_due: NextDue
    run: Run
    lanes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand(Generic[ItemT, OutcomeT]):
    """Something due that is done outside of the house, so that no transaction is open while a stranger takes his time.

    `take` leases the next item to this process and is committed; `carry` goes out with it, and whatever happens is an
    outcome; `settle` writes that down. Who dies in between leaves the item to whoever takes it after its lease: it is
    carried at least once. At most `most` items are carried at one go.
    """

    name: str
    next_due: NextDue
    take: Callable[[Transaction], Awaitable[ItemT | None]]
    carry: Callable[[ItemT], Awaitable[OutcomeT]]
    settle: Callable[[Transaction, ItemT, OutcomeT], Awaitable[None]]
    most: int


@dataclass(slots=True)
class Jobs:
    """The jobs of a service, in the order in which they run when due at the same instant."""

    jobs: list[Job | Errand[Any, Any]] = field(default_factory=list)

    def due(self, next_due: NextDue, *, lanes: int = 1) -> Callable[[Run], Run]:
        """Run the decorated function whenever `next_due` says that its instant has come."""

        def add(run: Run) -> Run:
            self.jobs.append(Job(name=run.__name__, next_due=next_due, run=run, lanes=lanes))
            return run

        return add


async def earliest(database: Database, jobs: Jobs) -> datetime | None:
    """When the next job of a service is due; None when nothing waits."""
    async with database.reading() as tx:
        dues = [await job.next_due(tx) for job in jobs.jobs]
    return min((due for due in dues if due is not None), default=None)


async def run_due(database: Database, jobs: Jobs) -> int:
    """Run once each job that is due now, a transaction each; answer how many things they did."""
    return sum([await run_job(database, job) for job in jobs.jobs])


async def run_job(database: Database, job: Job | Errand[Any, Any]) -> int:
    """Run one batch of a job if it is due by the database's clock; answer how many things it did."""
    if isinstance(job, Errand):
        return await _run_errand(database, job)
    async with database.transaction(database_clock=True) as tx:
        due = await job.next_due(tx)
        if due is None or due > tx.now:
            return 0
        done = await job.run(tx)
        crashpoint("job.ran")
    crashpoint("job.committed")
    return done


async def _run_errand(database: Database, errand: Errand[ItemT, OutcomeT]) -> int:
    async with database.transaction(database_clock=True) as tx:
        due = await errand.next_due(tx)
        if due is None or due > tx.now:
            return 0
        item = await errand.take(tx)
    carried = 0
    while item is not None:
        outcome = await errand.carry(item)
        carried += 1
        async with database.transaction(database_clock=True) as tx:
            await errand.settle(tx, item, outcome)
            item = await errand.take(tx) if carried < errand.most else None
    return carried


async def one_by_one(
    tx: Transaction,
    items: Sequence[ItemT],
    act: Callable[[ItemT], Awaitable[object]],
    *,
    name: Callable[[ItemT], object],
    failed: Callable[[ItemT, Exception], Awaitable[object]] | None = None,
) -> int:
    """Do each item of a job's batch apart; answer how many succeeded.

    One that fails is logged by its `name` and stays due: it must not hold up the others. `failed` may tell of it, when
    what it did is undone. Raises what is passing.
    """
    done = 0
    for item in items:
        try:
            async with tx.apart():
                await act(item)
            done += 1
        except Exception as error:
            if is_passing(error):
                raise
            log.error("left due", service=tx.actor, item=str(name(item)), exc_info=error)
            if failed is not None:
                await failed(item, error)
    return done


class JobRunner:
    """Sleeps until the next job of a service is due, and runs it."""

    def __init__(self, database: Database, jobs: Jobs, *, poll_seconds: float = SLOW_POLL_SECONDS) -> None:
        """Run `jobs` on `database`; what nobody woke it for it notices within `poll_seconds`."""
        self.database = database
        self.jobs = jobs
        self.poll_seconds = poll_seconds
        self.stopping = asyncio.Event()
        self._woken = asyncio.Event()
        self._until: datetime | None = None
        self._idle_seconds = OTHERS_SECONDS
        database.on_commit.append(self._on_commit)

    def _on_commit(self, committed: Committed) -> None:
        if committed.due_at is not None and (self._until is None or committed.due_at < self._until):
            self._woken.set()

    def stop(self) -> None:
        """Finish the job under way, then end."""
        self.stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Run what falls due, until stopped. A job that fails is tried again, and the others go on."""
        while not self.stopping.is_set():
            try:
                await self._sleep(await self._round())
            except Exception as error:  # noqa: BLE001  the clock goes on, whatever happens
                self._complain("jobs", error)
                await self._sleep(STUCK_SECONDS)

    async def _round(self) -> float:
        """Run what is due; answer for how many seconds nothing is."""
        self._woken.clear()
        self._until = None  # until we have looked, every instant that a commit brings is news
        self._until = await earliest(self.database, self.jobs)
        wait = await self._seconds_to(self._until)
        if wait > 0:
            self._idle_seconds = OTHERS_SECONDS
            return wait
        done = [await self._run(job) for job in self.jobs.jobs]
        if any(done):
            self._idle_seconds = OTHERS_SECONDS
            return 0.0
        if None in done:
            return STUCK_SECONDS
        return self._patience()

    def _patience(self) -> float:
        """How long to leave alone what is due and was not done: another process is at it, or it is stuck."""
        seconds, self._idle_seconds = self._idle_seconds, min(self._idle_seconds * 2, STUCK_SECONDS)
        if seconds >= STUCK_SECONDS:
            log.warning("a job is due and does nothing", service=self.database.service)
        return seconds

    async def _run(self, job: Job | Errand[Any, Any]) -> int | None:
        """One batch; while there is more, several at once where the job allows it. None when one failed."""
        done = await self._batch(job)
        if not done or isinstance(job, Errand) or job.lanes == 1 or self.database.is_sqlite:
            return done
        drained = await asyncio.gather(*(self._drain(job) for _ in range(job.lanes)))
        return None if None in drained else done + sum(lane or 0 for lane in drained)

    async def _drain(self, job: Job) -> int | None:
        """Batch after batch until nothing is left for this lane."""
        total = 0
        for _ in range(DRAIN_BATCHES):
            done = await self._batch(job)
            if done is None:
                return None
            if done == 0 or self.stopping.is_set():
                break
            total += done
        return total

    async def _batch(self, job: Job | Errand[Any, Any]) -> int | None:
        try:
            return await run_job(self.database, job)
        except Exception as error:  # noqa: BLE001  one job's failure must not stop the others
            self._complain(job.name, error)
            return None

    def _complain(self, what: str, error: Exception) -> None:
        if is_passing(error):
            log.warning("jobs wait", service=self.database.service, job=what, error=describe(error))
        else:
            log.error("job failed", service=self.database.service, job=what, exc_info=error)

    async def _seconds_to(self, due: datetime | None) -> float:
        if due is None:
            return self.poll_seconds
        async with self.database.engine.connect() as connection:
            now = await self.database.clock_of_database(connection)
        return min(self.poll_seconds, (due - now).total_seconds())

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0 and not self.stopping.is_set():
            await happens(self._woken, within=seconds)
