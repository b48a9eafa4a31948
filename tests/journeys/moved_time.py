"""Moved time for five processes: a clock on the wall that they and their PostgreSQL look at, and who turns it.

libfaketime, preloaded, shows a process the instant that a file names; the services themselves know of no clock but the
machine's and the database's. Several stories are played at once: time goes on when all of them wait for a later hour.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from services.cli.demo.stage import PATIENCE_SECONDS, Stage
from services.client import Api
from services.embedded.house import build_services
from shared import parked
from shared.clock import VirtualClock
from shared.db import Database
from shared.jobs import earliest
from shared.outbox import outbox
from shared.service import Service
from shared.settings import Settings
from tests import servers
from tests.five_processes import House
from tests.journeys.earnest import heard_by, told_by
from tests.journeys.stories import Story
from tests.servers import processes

JOBS_POLL_SECONDS = 0.1  # nobody wakes a service when the clock is turned: it has to look
LOOK_EVERY_SECONDS = 0.05
QUIET_SECONDS = 60.0
_UNSENT = sa.select(sa.func.count()).select_from(outbox)


class WallClock:
    """The file that says what time it is; whoever looks at it sees the clock stand still there."""

    def __init__(self, begins: datetime) -> None:
        """Stand at an instant. Raises NoServerError where libfaketime cannot be had."""
        servers.find_or_install(servers.FAKETIME)
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not found:
            raise servers.NoServerError("no libfaketime: it is not where Debian puts it")
        self._library = found[0]
        folder = processes.new_folder("clock")
        folder.chmod(0o755)  # PostgreSQL is another user
        self._file = folder / "now"
        self.turn_to(begins)

    def turn_to(self, instant: datetime) -> None:
        """Show another instant, at once to all."""
        upcoming = self._file.with_suffix(".upcoming")
        upcoming.write_text(f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}\n")
        upcoming.replace(self._file)

    @property
    def environment(self) -> Mapping[str, str]:
        """Makes a process look at this clock; what measures durations and the ages of files stays as it is."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",  # as older versions call it
            "NO_FAKE_STAT": "1",
            "TZ": "UTC",
            "PONTEIRO_JOBS_POLL_SECONDS": str(JOBS_POLL_SECONDS),
        }


@dataclass(slots=True)
class Conductor:
    """Turns the clock for all stories at once, from one hour of theirs to the next; each time until nothing is left."""

    clock: WallClock
    seen: VirtualClock
    services: Mapping[str, Service]
    databases: Mapping[str, Database]
    _waiting: list[tuple[datetime, asyncio.Future[None]]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, instant: datetime) -> None:
        """For a story: go on when it is that late."""
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((instant, come))
        self._changed.set()
        await come

    async def lead(self, parts: Iterable[asyncio.Task[None]]) -> None:
        """Turn the clock until every story is over."""
        for part in (playing := set(parts)):
            part.add_done_callback(lambda _part: self._changed.set())
        while any(not part.done() for part in playing):
            self._changed.clear()
            if len(self._waiting) < sum(not part.done() for part in playing):
                await self._changed.wait()
                continue
            await self._turn_to(min(instant for instant, _ in self._waiting))
            for instant, come in self._waiting:
                if instant <= self.seen.now():
                    come.set_result(None)
            self._waiting = [(instant, come) for instant, come in self._waiting if instant > self.seen.now()]

    async def _turn_to(self, instant: datetime) -> None:
        """Turn the clock when nothing is left to do before, and wait until nothing is left after."""
        await self._quiet()
        whole = instant.replace(microsecond=0)  # the file has no smaller part
        self.seen.move_to(whole if whole == instant else whole + timedelta(seconds=1))
        self.clock.turn_to(self.seen.now())
        await self._quiet()

    async def _dues(self) -> list[datetime | None]:
        return [await earliest(self.databases[name], service.jobs) for name, service in self.services.items()]

    async def _quiet(self) -> None:
        """Wait until two looks find the same, and in it nothing due, nothing untold and nothing unheard."""
        give_up = time.monotonic() + QUIET_SECONDS
        before: object = None
        while (now := await self._look()) is None or now != before:
            assert time.monotonic() < give_up, f"it does not come to rest at {self.seen.now()}: {await self._dues()}"
            before = now
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _look(self) -> object:
        """What has been told and heard; None while something is left to do."""
        if any(due <= self.seen.now() for due in filter(None, await self._dues())):
            return None
        for database in self.databases.values():
            async with database.reading() as tx:
                if (await tx.execute(_UNSENT)).scalar_one():
                    return None
        heard = {name: await heard_by(database) for name, database in self.databases.items()}
        told = {name: await told_by(database) for name, database in self.databases.items()}
        for name, service in self.services.items():
            for teller in service.subscriptions.tellers:
                if any(heard[name].get((teller, stream), 0) < last for stream, last in told[teller].items()):
                    return None
        return heard, told


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductedStage(Stage):
    """A stage on which time goes on by the conductor's hand, and facts travel as they do in earnest."""

    conductor: Conductor

    @property
    def patience_seconds(self) -> float:
        """Facts travel."""
        return PATIENCE_SECONDS

    async def at(self, instant: str | datetime) -> None:
        """Wait for that hour."""
        await self.conductor.wait_for(datetime.fromisoformat(instant) if isinstance(instant, str) else instant)


async def play_at_once(
    house: House, clock: WallClock, stories: Iterable[Story], begins: datetime
) -> Mapping[str, BaseException | None]:
    """Play the stories, each from its own beginning; what each raised, None where all went well."""
    seen = VirtualClock(begins)
    services = {service.name: service for service in build_services(Settings())}
    async with AsyncExitStack() as stack:
        databases = {name: Database(house.databases[name], service=name, clock=seen) for name in services}
        for database in databases.values():
            stack.push_async_callback(database.close)
        api = Api.open(house.urls())
        stack.push_async_callback(api.aclose)
        conductor = Conductor(clock=clock, seen=seen, services=services, databases=databases)
        stage = ConductedStage(api=api, keys=house.keys, obeys=True, opened_at=begins, conductor=conductor)
        parts = {story.id: asyncio.create_task(perform(story, stage)) for story in stories}
        await conductor.lead(parts.values())
        for name, database in databases.items():
            async with database.reading() as tx:
                assert await parked.waiting(tx) == [], name
        return {name: part.exception() for name, part in parts.items()}


async def perform(story: Story, stage: Stage) -> None:
    """One story, from its own beginning."""
    await stage.at(story.begins)
    await story.play(stage)
