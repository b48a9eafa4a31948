"""All five in one process over the memory bus: the two-person shop, the rehearsal, and the world of the journey tests.

Same code, same migrations, one SQLite file each in a data folder; a killed process loses nothing. With a virtual clock
time stands still until it is moved: everything that falls due on the way runs in order, every fact is delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shared.clock import Clock, VirtualClock
from shared.db import Database
from shared.inbox import Inbox
from shared.jobs import JobRunner, earliest, run_due
from shared.memory import MemoryBus
from shared.migrations import migrate
from shared.relay import Relay
from shared.service import Service
from shared.settings import Settings
from shared.web import Hosted

ROUNDS_MOST = 10_000  # facts that cause facts without end are a fault, not a long delivery


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
        self._tasks: list[asyncio.Task[None]] = []

    async def migrate(self) -> None:
        """Bring every schema to its newest revision."""
        for one in self.hosted:
            await migrate(one.database, one.service.migrations)

    async def settle(self) -> None:
        """Run what is due now and deliver every fact, until nothing is left."""
        async with self._moving:
            await self._settle()

    async def _settle(self) -> None:
        for _ in range(ROUNDS_MOST):
            moved = sum([await relay.drain() for relay in self.relays])
            moved += sum([await run_due(one.database, one.service.jobs) for one in self.hosted])
            if not moved:
                return
        raise AssertionError("facts cause facts without end")

    async def move_to(self, instant: datetime) -> None:
        """Move the virtual clock forward: jump from due instant to due instant, run, deliver, until `instant`."""
        assert isinstance(self.clock, VirtualClock), "only a virtual clock can be moved"
        async with self._moving:
            await self._settle()
            while (due := await self._next_due()) is not None and due <= instant:
                self.clock.move_to(max(due, self.clock.now()))
                await self._settle()
            self.clock.move_to(max(instant, self.clock.now()))

    async def _next_due(self) -> datetime | None:
        dues = [await earliest(one.database, one.service.jobs) for one in self.hosted]
        return min((due for due in dues if due is not None), default=None)

    async def start(self) -> None:
        """In real time: let relays and jobs run in the background. Under a virtual clock nothing runs by itself."""
        if isinstance(self.clock, VirtualClock):
            return
        for relay in self.relays:
            self._tasks.append(asyncio.create_task(relay.run()))
        for runner in self.runners:
            self._tasks.append(asyncio.create_task(runner.run()))

    async def stop(self) -> None:
        """Let what is under way finish, then close every database."""
        for inbox in self.bus.inboxes:
            inbox.stopping.set()
        for part in (*self.relays, *self.runners):
            part.stop()
        await asyncio.gather(*self._tasks)
        for one in self.hosted:
            await one.database.close()

    async def ready(self) -> list[str]:
        """What is away: embedded, nothing can be but the files."""
        return []


def build_services(settings: Settings) -> list[Service]:
    """The five, wired with the settings."""
    from services.billing import app as billing
    from services.hourbank import app as hourbank
    from services.notify import app as notify
    from services.sla import app as sla
    from services.ticketing import app as ticketing

    return [app.build(settings) for app in (ticketing, hourbank, sla, billing, notify)]


def databases_in(folder: Path, *, clock: Clock) -> dict[str, Database]:
    """One SQLite file per service in a data folder; a virtual clock's files are not worth an fsync."""
    folder.mkdir(parents=True, exist_ok=True)
    durable = not isinstance(clock, VirtualClock)
    return {
        name: Database(f"sqlite:///{folder / name}.db", service=name, clock=clock, durable=durable)
        for name in ("ticketing", "hourbank", "sla", "billing", "notify")
    }
