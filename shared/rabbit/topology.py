"""The exchange, the queues and their bindings, as one value; FastStream declares them in RabbitMQ.

Valid on RabbitMQ 3.10 and 4.x. Everything is declared by `ponteiro migrate`, before anyone publishes, so that a
listener that has not started yet misses nothing. Declaring it again changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiormq.abc import AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from faststream.rabbit import ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue

from shared.bus import partition_of
from shared.rabbit import connection
from shared.rabbit.errors import PASSING, CannotReach, TopologyDiffers

if TYPE_CHECKING:
    from uuid import UUID

    from shared.service import Service
    from shared.settings import Settings

# Every count of RabbitMQ's own is set high: what cannot be handled is parked in the database, by stream. A message is
# given back only when a process dies, and a night of restarts must not throw a window of innocent facts away.
DELIVERY_LIMIT: Final = 1000
UNHEARD_MOST_FACTS: Final = 1000  # facts that nobody hears are kept to be looked at, the newest of them
DECLARE_SECONDS: Final = 30.0

FACTS: Final = RabbitExchange(
    "ponteiro.facts", type=ExchangeType.TOPIC, durable=True, arguments={"alternate-exchange": "ponteiro.unheard"}
)
UNHEARD: Final = RabbitExchange("ponteiro.unheard", type=ExchangeType.FANOUT, durable=True)
DEAD: Final = RabbitExchange("ponteiro.dead", type=ExchangeType.DIRECT, durable=True)


def queue_of(listener: str, partition: int) -> str:
    """The queue of one partition of a listening service."""
    return f"{listener}.{partition}"


def routing_key_of(event_type: str, stream: UUID, partitions: int) -> str:
    """The routing key of a fact: `<teller>.<event>.<partition>`."""
    return f"{event_type}.{partition_of(stream, partitions)}"


def binding_of(teller: str, partition: int) -> str:
    """Every fact of a teller in one partition: a listener keeps count of those that it does not care for, too."""
    return f"{teller}.*.{partition}"


def partition_queue(listener: str, partition: int) -> RabbitQueue:
    """Ordered and durable: one active consumer at a time, what is given back comes first, what dies is kept."""
    return RabbitQueue(
        queue_of(listener, partition),
        queue_type=QueueType.QUORUM,
        durable=True,
        arguments={
            "x-single-active-consumer": True,
            # Without it RabbitMQ 3.10 puts a returned message at the back, and 4.x lets it die after 20 returns.
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD.name,
            "x-dead-letter-routing-key": listener,
            # At least once needs both; without the second it silently falls back to at most once.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def dead_queue(listener: str) -> RabbitQueue:
    """The last net of a listener. It is empty, always: an alert says when it is not."""
    return RabbitQueue(f"{listener}.dead", queue_type=QueueType.QUORUM, durable=True, routing_key=listener)


def unheard_queue() -> RabbitQueue:
    """Where a fact goes that nobody hears: no error, and soon overwritten."""
    return RabbitQueue(
        "ponteiro.unheard",
        queue_type=QueueType.CLASSIC,
        durable=True,
        arguments={"x-max-length": UNHEARD_MOST_FACTS, "x-overflow": "drop-head"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A queue, and what of an exchange goes into it."""

    queue: RabbitQueue
    exchange: RabbitExchange
    bindings: tuple[str, ...]


def places(services: Sequence[Service], partitions: int) -> Iterator[Place]:
    """Every queue that the services need; those that listen to nobody need none."""
    yield Place(queue=unheard_queue(), exchange=UNHEARD, bindings=("",))
    for service in services:
        tellers = sorted(service.subscriptions.tellers)
        if tellers:
            yield Place(queue=dead_queue(service.name), exchange=DEAD, bindings=(service.name,))
        for partition in range(partitions) if tellers else ():
            bindings = tuple(binding_of(teller, partition) for teller in tellers)
            yield Place(queue=partition_queue(service.name, partition), exchange=FACTS, bindings=bindings)


async def declare_topology(settings: Settings, services: Sequence[Service]) -> list[str]:
    """Declare everything; answer the queues. Raises CannotReach, or TopologyDiffers from what is there."""
    broker = RabbitBroker(settings.rabbitmq_url, logger=None)
    try:
        async with asyncio.timeout(DECLARE_SECONDS):
            await broker.connect()
            await broker.declare_exchange(FACTS)
            return [await _declare(broker, place) for place in places(services, settings.partitions)]
    except ChannelPreconditionFailed as error:
        raise TopologyDiffers(error) from error
    except PASSING as error:
        raise CannotReach(error) from error
    finally:
        await broker.stop()


async def missing_topology(settings: Settings, services: Sequence[Service]) -> list[str]:
    """The queues that are not there. Raises CannotReach."""
    try:
        async with asyncio.timeout(DECLARE_SECONDS):
            opened = await connection.connect(settings.rabbitmq_url, name="looks for the topology")
            names = [place.queue.name for place in places(services, settings.partitions)]
            try:
                return [name for name in names if not await _exists(opened, name)]
            finally:
                await connection.close(opened)
    except PASSING as error:
        raise CannotReach(error) from error


async def greet(url: str) -> str:
    """What answers there, e.g. RabbitMQ 3.10.8. Raises CannotReach."""
    try:
        opened = await connection.connect(url, name="looks who is there")
        await connection.close(opened)
    except PASSING as error:
        raise CannotReach(error) from error
    product, version = (opened.server_properties.get(name, b"") for name in ("product", "version"))
    return f"{_text(product)} {_text(version)}"


async def _declare(broker: RabbitBroker, place: Place) -> str:
    queue = await broker.declare_queue(place.queue)
    exchange = await broker.declare_exchange(place.exchange)
    for binding in place.bindings:
        await queue.bind(exchange, routing_key=binding)
    return place.queue.name


async def _exists(opened: AbstractConnection, queue: str) -> bool:
    channel = await connection.open_channel(opened)
    try:
        await channel.queue_declare(queue, passive=True)
    except ChannelNotFoundEntity:
        return False  # and RabbitMQ has closed the channel
    await channel.close()
    return True


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
