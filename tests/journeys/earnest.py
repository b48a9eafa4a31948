"""The world of the journeys on the transport of earnest: five PostgreSQL databases and RabbitMQ, under a virtual clock.

One process hosts the five, so that one clock rules them; every fact goes the way it goes in earnest, through the relay,
RabbitMQ and the consumer. A write is answered when every listener has heard all that every teller told.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
import sqlalchemy as sa

from services.cli.demo.stage import Stage
from services.cli.facts import put_back
from services.client import Api
from services.embedded.folder import DataFolder
from services.embedded.house import at_home, build_services
from services.embedded.rehearsal import clock_routes
from services.embedded.world import World
from shared import parked, rabbit
from shared.auth import Keys
from shared.clock import VirtualClock
from shared.cursors import inbox_cursors
from shared.db import Database
from shared.inbox import Inbox
from shared.outbox import streams
from shared.rabbit import RabbitBus, RabbitConsumer
from shared.relay import Relay
from shared.service import Service
from shared.settings import Settings
from shared.web import create_app

DELIVERED_SECONDS = 30.0  # a fact that takes longer is lost
LOOK_EVERY_SECONDS = 0.005


class NotDelivered(AssertionError):
    """Facts were told and not heard."""


class RabbitWorld(World):
    """A world whose facts travel through RabbitMQ."""

    def __init__(
        self, services: list[Service], *, databases: dict[str, Database], clock: VirtualClock, settings: Settings
    ) -> None:
        super().__init__(services, databases=databases, clock=clock)
        self.bus.inboxes = []  # nobody is told in memory
        url, partitions = settings.rabbitmq_url, settings.partitions
        self.buses = [RabbitBus(url, teller=one.service.name, partitions=partitions) for one in self.hosted]
        self.relays = [Relay(one.database, bus) for one, bus in zip(self.hosted, self.buses, strict=True)]
        self.consumers = [
            RabbitConsumer(Inbox(one.database, one.service.subscriptions), url=url, partitions=partitions)
            for one in self.hosted
            if one.service.subscriptions.tellers
        ]
        self._consuming: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen, then do what waits."""
        self._consuming = [asyncio.create_task(consumer.run()) for consumer in self.consumers]
        await super().start()

    async def stop(self) -> None:
        """Listen no more, then as any world."""
        for consumer in self.consumers:
            consumer.stop()
        await asyncio.gather(*self._consuming)
        for bus in self.buses:
            await bus.close()
        await super().stop()

    async def _settle(self) -> None:
        """As any world; but what was carried is heard a little later, and may lead to more."""
        give_up = time.monotonic() + DELIVERED_SECONDS
        await super()._settle()
        while behind := await self._behind():
            if time.monotonic() > give_up:
                raise NotDelivered(f"not heard within {DELIVERED_SECONDS} s: {behind}")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            await super()._settle()

    async def _behind(self) -> list[str]:
        """Every stream that a listener has not come to the end of."""
        # In this order: whoever has heard a fact has told in the same transaction what follows from it.
        heard = {one.service.name: await heard_by(one.database) for one in self.hosted}
        told = {one.service.name: await told_by(one.database) for one in self.hosted}
        return [
            f"{one.service.name} of {teller} {stream}"
            for one in self.hosted
            for teller in one.service.subscriptions.tellers
            for stream, last in told[teller].items()
            if heard[one.service.name].get((teller, stream), 0) < last
        ]


async def told_by(database: Database) -> Mapping[object, int]:
    """The last number of every stream that a service tells."""
    async with database.reading() as tx:
        return {row.stream: row.last_sequence for row in await tx.execute(sa.select(streams))}


async def heard_by(database: Database) -> Mapping[tuple[str, object], int]:
    """The last number of every stream that a service has heard, or parked: a parked fact is told of afterwards."""
    async with database.reading() as tx:
        heard = {(row.teller, row.stream): row.last_sequence for row in await tx.execute(sa.select(inbox_cursors))}
        for fact in await parked.waiting(tx):
            if fact.teller is not None and fact.sequence is not None:
                key = (fact.teller, fact.stream)
                heard[key] = max(fact.sequence, heard.get(key, 0))
    return heard


@asynccontextmanager
async def open_in_earnest(
    urls: Mapping[str, str], rabbitmq_url: str, folder: Path, begins: datetime
) -> AsyncIterator[Stage]:
    """A stage on five PostgreSQL databases and a vhost."""
    clock = VirtualClock(begins)
    settings = at_home(Settings(rabbitmq_url=rabbitmq_url), DataFolder(folder))
    databases = {name: Database(url, service=name, clock=clock) for name, url in urls.items()}
    services = build_services(settings)
    world = RabbitWorld(services, databases=databases, clock=clock, settings=settings)
    keys = Keys(settings.signing_key())
    try:
        await world.migrate()
        await rabbit.declare_topology(settings, services)
        await world.start()
        app = create_app(
            world.hosted,
            keys=keys,
            clock=clock,
            ready=world.ready,
            rehearsal=world,
            extra_routes=clock_routes(world, DataFolder(folder)),
        )
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ASGI, in other words
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:

            async def redeliver() -> None:
                for one in world.hosted:
                    await put_back(one.database, "1")
                await world.settle()

            yield Stage(api=Api(http), keys=keys, obeys=True, opened_at=begins, redeliver=redeliver)
        for one in world.hosted:
            async with one.database.reading() as tx:
                assert await parked.waiting(tx) == [], one.service.name
    finally:
        await world.stop()
