"""Facts through RabbitMQ: the relay's way out, and a consumer with inbox and a state change, in batches and singly."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bench.figures import Figure
from shared import migrations
from shared.bus import Subscriptions
from shared.clock import SystemClock
from shared.db import Database, Transaction
from shared.events.ticketing import MessagePosted
from shared.ids import new_id
from shared.inbox import Inbox
from shared.jobs import Jobs
from shared.rabbit import RabbitBus, RabbitConsumer, declare_topology, partition
from shared.relay import Relay
from shared.service import Service
from shared.settings import Settings
from tests import servers

FACTS = 20_000
FACTS_SINGLY = 3_000
STREAMS = 2_000
PARTITIONS = 4
PATIENCE_SECONDS = 120.0

counters = sa.Table(
    "bench_counters",
    sa.MetaData(),
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("heard", sa.Integer, nullable=False),
)
_CHANGE = sa.text(
    "INSERT INTO bench_counters AS known (stream, heard) VALUES (:stream, 1)"
    " ON CONFLICT (stream) DO UPDATE SET heard = known.heard + 1"
)
_HEARD = sa.text("SELECT coalesce(sum(heard), 0) FROM bench_counters")


async def through_the_broker() -> list[Figure]:
    """Relay, consumer in batches, consumer one by one: facts a second, one process, everything in order."""
    teller, listener = await _database("ticketing"), await _database("sla")
    subscriptions = Subscriptions()

    @subscriptions.to(MessagePosted)
    async def on_message_posted(tx: Transaction, event: MessagePosted) -> None:
        await tx.execute(_CHANGE, {"stream": event.ticket_id})

    settings = Settings(rabbitmq_url=servers.rabbitmq().create_vhost(), partitions=PARTITIONS)
    service = Service(name="sla", routes=(), subscriptions=subscriptions, jobs=Jobs())
    await declare_topology(settings, [service])
    inbox = Inbox(listener, subscriptions)

    sent = await _relay(teller, settings, FACTS)
    batched = await _consume(inbox, settings, FACTS)
    await _relay(teller, settings, FACTS_SINGLY)
    usual, partition.BATCH_FACTS = partition.BATCH_FACTS, 1  # type: ignore[misc]  # the one measurement of it
    singly = await _consume(inbox, settings, FACTS + FACTS_SINGLY, already=FACTS)
    partition.BATCH_FACTS = usual  # type: ignore[misc]
    for database in (teller, listener):
        await database.close()
    return [
        Figure(name="relay to RabbitMQ, confirmed", value=sent, unit="events/s", goal=">= 4,000"),
        Figure(
            name="consumer with inbox and a state change, batches",
            value=batched,
            unit="events/s",
            baseline=singly,
            baseline_name="one by one",
            goal=">= 2,500 and ratio >= 5",
        ),
    ]


async def _database(name: str) -> Database:
    database = Database(servers.postgres().create_database(), service=name, clock=SystemClock())

    def prepare(connection: sa.Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            migrations.create_machinery(op)
        counters.create(connection)

    async with database.engine.begin() as connection:
        await connection.run_sync(prepare)
    return database


async def _relay(database: Database, settings: Settings, facts: int) -> float:
    """Tell so many facts, then carry them; facts a second of the carrying."""
    tickets = [new_id(database.clock.now()) for _ in range(STREAMS)]
    for start in range(0, facts, 500):
        async with database.transaction(tenant="next4") as tx:
            for number in range(start, start + 500):
                await tx.publish(_posted(tx, tickets[number % STREAMS]))
    bus = RabbitBus(settings.rabbitmq_url, teller="ticketing", partitions=PARTITIONS)
    await bus.connect()
    started = time.perf_counter()
    carried = await Relay(database, bus).drain()
    took = time.perf_counter() - started
    assert carried == facts, f"{carried} of {facts} were carried"
    await bus.close()
    return facts / took


def _posted(tx: Transaction, ticket_id: UUID) -> MessagePosted:
    return MessagePosted(
        ticket_id=ticket_id,
        contract_id=ticket_id,
        organization_id=ticket_id,
        number=1042,
        message_id=tx.new_id(),
        author_id="bia",
        author_role="staff",
        public=True,
        automatic=False,
        posted_at=tx.now,
    )


async def _consume(inbox: Inbox, settings: Settings, until: int, *, already: int = 0) -> float:
    """Consume what waits in the queues until so many were heard in all; facts a second."""
    consumer = RabbitConsumer(inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    started = time.perf_counter()
    running = asyncio.create_task(consumer.run())
    while await _heard(inbox.database) < until:
        assert time.perf_counter() - started < PATIENCE_SECONDS, "the facts do not arrive"
        await asyncio.sleep(0.05)
    took = time.perf_counter() - started
    consumer.stop()
    await running
    assert await _heard(inbox.database) == until, "nothing was heard twice"
    return (until - already) / took


async def _heard(database: Database) -> int:
    async with database.reading() as tx:
        return int((await tx.execute(_HEARD)).scalar_one())
