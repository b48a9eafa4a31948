"""The five services with their databases, one bus between them and one clock: what an embedded process lives in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from shared.clock import Clock, VirtualClock
from shared.db import Committed, Database
from shared.errors import Invalid
from shared.inbox import Inbox
from shared.jobs import JobRunner, earliest, run_due
from shared.memory import MemoryBus
from shared.migrations import migrate
from shared.relay import Relay
from shared.service import Service
from shared.web import Hosted

MOVE_MOST = timedelta(days=10 * 366)  # a rehearsal longer than this is a typing error in the year
LOOK_ANEW_SECONDS = 1.0  # what another process has written to a database is noticed within this
ROUNDS_MOST = 10_000  # facts that cause facts without end are a fault, not a long delivery


class TimeGoesBack(Invalid):
    """A virtual clock is moved forward only: what has happened has happened."""

    rule = "clock"


class TimeGoesTooFar(Invalid):
    """A virtual clock is moved by some years at a time: every month on the way is lived through."""

    rule = "clock"


class World:
    """The five services with their databases, bus and clock."""

    def __init__(self, services: Sequence[Service], *, databases: dict[str, Database], clock: Clock) -> None:
        """Wire the services; nothing runs yet."""
        self.clock = clock
        self.bus = MemoryBus()
        self.hosted = [Hosted(service=service, database=databases[service.name]) for service in services]
        self.relays = [Relay(one.database, self.bus) for one in self.hosted]
        self.runners = [JobRunner(one.database, one.service.jobs) for one in self.hosted]
        self.bus.inboxes = [Inbox(one.database, one.service.subscriptions) for one in self.hosted]
        self._moving = asyncio.Lock()
        self._commits = dict.fromkeys(databases, 0)
        self._telling = set(databases)
        self._dues: dict[str, datetime | None] = {}
        self._looked_at = 0.0
        for one in self.hosted:
            one.database.on_commit.append(partial(self._on_commit, one.service.name))
        self._tasks: list[asyncio.Task[None]] = []

    async def migrate(self) -> None:
        """Bring every schema to its newest revision."""
        for one in self.hosted:
            await migrate(one.database, one.service.migrations)

    def _on_commit(self, service: str, committed: Committed) -> None:
        self._commits[service] += 1
        self._dues.pop(service, None)
        if committed.told:
            self._telling.add(service)

    def _look_anew(self) -> None:
        """Forget now and then what is known of the databases: the command line may have written to one."""
        if time.monotonic() > self._looked_at + LOOK_ANEW_SECONDS:
            self._looked_at = time.monotonic()
            self._dues.clear()
            self._telling.update(self._commits)

    async def _due_of(self, one: Hosted) -> datetime | None:
        """When the next job of a service is due; asked of its database only when that has changed since."""
        name = one.service.name
        if name in self._dues:
            return self._dues[name]
        before = self._commits[name]
        due = await earliest(one.database, one.service.jobs)
        if self._commits[name] == before:
            self._dues[name] = due
        return due

    async def _carry(self, relay: Relay) -> int:
        """Carry what a service has told, if it has."""
        name = relay.database.service
        if name not in self._telling:
            return 0
        self._telling.discard(name)
        sent = await relay.drain()
        if relay.is_behind:
            self._telling.add(name)
        return sent

    async def settle(self) -> None:
        """Run what is due now and deliver every fact, until nothing is left."""
        async with self._moving:
            await self._settle()

    async def _settle(self) -> None:
        self._look_anew()
        for _ in range(ROUNDS_MOST):
            moved = sum([await self._carry(relay) for relay in self.relays])
            moved += sum([await self._run_due(one) for one in self.hosted])
            if not moved:
                return
        raise AssertionError("facts cause facts without end")

    async def _run_due(self, one: Hosted) -> int:
        """Run once the jobs of a service, if one is due; answer how many things they did."""
        due = await self._due_of(one)
        if due is None or due > self.clock.now():
            return 0
        done = await run_due(one.database, one.service.jobs)
        if done == 0:
            again = await earliest(one.database, one.service.jobs)
            assert again != due, f"a job of {one.service.name} is due since {due} and does nothing"
        return max(done, 1)

    async def move_to(self, instant: datetime) -> None:
        """Move the virtual clock forward: jump from due instant to due instant, run, deliver, until `instant`.

        Raises TimeGoesBack when the clock is past `instant` already, TimeGoesTooFar when it lies years ahead.
        """
        clock = self.clock
        assert isinstance(clock, VirtualClock), "only a virtual clock can be moved"
        async with self._moving:
            if instant < clock.now():
                raise TimeGoesBack(f"time does not go back: it is {clock.now().isoformat()} already", field="now")
            if instant > clock.now() + MOVE_MOST:
                raise TimeGoesTooFar(f"the clock moves by at most {MOVE_MOST.days} days at a time", field="now")
            await self._settle()
            while (due := await self._next_due()) is not None and due <= instant:
                clock.move_to(max(due, clock.now()))
                await self._settle()
            clock.move_to(instant)

    async def _next_due(self) -> datetime | None:
        dues = [await self._due_of(one) for one in self.hosted]
        return min((due for due in dues if due is not None), default=None)

    async def start(self) -> None:
        """In real time: let relays and jobs run in the background. Under a virtual clock: do what waits, then stand."""
        if isinstance(self.clock, VirtualClock):
            await self.settle()
            return
        for relay in self.relays:
            self._tasks.append(asyncio.create_task(relay.run()))
        for runner in self.runners:
            self._tasks.append(asyncio.create_task(runner.run()))

    async def stop(self) -> None:
        """Let what is under way finish, then close every database."""
        for inbox in self.bus.inboxes:
            inbox.stopping.set()
        for relay in self.relays:
            relay.stop()
        for runner in self.runners:
            runner.stop()
        await asyncio.gather(*self._tasks)
        for one in self.hosted:
            await one.database.close()

    async def ready(self) -> list[str]:
        """What is away: embedded, nothing can be but the files."""
        return []
