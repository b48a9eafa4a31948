"""The pair as processes, with their databases, queues and logs; started, killed and stopped by the tests."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from shared.auth import Keys, Principal, Role
from shared.clock import SystemClock
from shared.db import Database
from shared.migrations import migrate
from shared.rabbit import declare_topology
from shared.settings import Settings
from tests import servers
from tests.faults.pair.services import build
from tests.faults.zygote import Zygote

NAMES = ("notify", "hourbank")
PARTITIONS = 2
READY_SECONDS = 40
TENANT = "blocktime"
LOG_LINES = 30

KEY = Keys.generate()


@dataclass(slots=True)
class Running:
    """One process of a service."""

    name: str
    environment: dict[str, str]
    log: Path
    zygote: Zygote
    pid: int = 0
    port: int = 0

    def start(self, *, crash_at: str = "") -> None:
        """Start it, to kill itself at a crash point if one is named."""
        assert not self.is_running, f"{self.name} runs already"
        self.port = self.port or servers.free_port()
        environment = {**self.environment, "PONTEIRO_PORT": str(self.port), "CRASH_AT": crash_at}
        self.pid = self.zygote.start(self.name, environment, self.log)

    @property
    def code(self) -> int | None:
        """How it ended, as subprocess says it; None while it runs."""
        return self.zygote.poll(self.pid)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.pid != 0 and self.code is None

    async def ready(self) -> None:
        """Wait until it says that it can work."""
        give_up = asyncio.get_running_loop().time() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{self.port}/health/ready")).is_success:
                        return
                assert self.code is None, f"{self.name} ended with {self.code}: {self.last_words()}"
                assert asyncio.get_running_loop().time() < give_up, f"{self.name} is not ready: {self.last_words()}"
                await asyncio.sleep(0.05)

    async def ended(self) -> int:
        """Wait until it has ended by itself; how."""
        give_up = asyncio.get_running_loop().time() + READY_SECONDS
        while self.code is None:
            assert asyncio.get_running_loop().time() < give_up, f"{self.name} does not end: {self.last_words()}"
            await asyncio.sleep(0.02)
        return self.code

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to leave, and how it left."""
        if self.is_running:
            os.kill(self.pid, sign)
        return await self.ended()

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


@dataclass(slots=True)
class World:
    """Both services: their processes by name, and their databases as the checker reads them."""

    folder: Path
    environment: dict[str, str]
    rabbitmq_url: str
    databases: dict[str, Database]
    zygote: Zygote
    processes: dict[str, Running] = field(default_factory=dict)
    every: list[Running] = field(default_factory=list)

    def new(self, name: str) -> Running:
        """One process more of a service; it is not started yet."""
        log = self.folder / f"{name}-{len(self.every)}.log"
        running = Running(name=name, environment=self.environment, log=log, zygote=self.zygote)
        self.every.append(running)
        return running

    async def start(self) -> None:
        """Start one of each and wait until both can work."""
        for name in NAMES:
            self.processes[name] = self.new(name)
            self.processes[name].start()
        await asyncio.gather(*(one.ready() for one in self.processes.values()))

    async def stop(self) -> None:
        """Stop what still runs; a clean stop ends with 0."""
        running = [one for one in self.every if one.is_running]
        codes = await asyncio.gather(*(one.stop() for one in running))
        assert set(codes) <= {0}, "\n".join(one.last_words() for one in running)

    async def close(self) -> None:
        """End whatever is left, without a word."""
        for one in self.every:
            if one.is_running:
                await one.stop(signal.SIGKILL)
        for database in self.databases.values():
            await database.close()


@asynccontextmanager
async def open_world(
    postgres: servers.Postgres, rabbitmq_url: str, folder: Path, zygote: Zygote
) -> AsyncIterator[World]:
    """Two empty databases with the pair's schema, a declared topology; nothing runs yet."""
    urls = {name: postgres.create_database() for name in NAMES}
    databases = {name: Database(url, service=name, clock=SystemClock()) for name, url in urls.items()}
    services = [build(name) for name in NAMES]
    for service in services:
        await migrate(databases[service.name], service.migrations)
    await declare_topology(Settings(rabbitmq_url=rabbitmq_url, partitions=PARTITIONS), services)
    environment = {f"PONTEIRO_{name.upper()}_DATABASE_URL": url for name, url in urls.items()} | {
        "PONTEIRO_RABBITMQ_URL": rabbitmq_url,
        "PONTEIRO_PARTITIONS": str(PARTITIONS),
        "PONTEIRO_TOKEN_KEY": KEY,
        "PONTEIRO_LOG_LEVEL": "INFO",
        "PONTEIRO_REQUESTS_A_MINUTE": "0",  # a client that never tires is what is tried here
    }
    world = World(folder=folder, environment=environment, rabbitmq_url=rabbitmq_url, databases=databases, zygote=zygote)
    try:
        yield world
    finally:
        await world.close()
        for url in urls.values():
            if postgres.is_running():
                postgres.drop_database(url)


def token() -> str:
    """A token of somebody who may tell."""
    agent = Principal(tenant=TENANT, subject="client", organization_id=None, roles=frozenset({Role.AGENT}))
    return Keys(KEY).issue(agent, now=datetime.now(UTC), lifetime=timedelta(hours=1))
