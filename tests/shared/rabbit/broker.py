"""A look into a broker from outside, what goes into it, and what a test waits for."""

import asyncio
from collections.abc import Awaitable, Callable

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from shared.bus import Outgoing, Subscriptions
from shared.db import Transaction
from shared.events.envelope import read
from shared.events.notify import MessageSent
from shared.jobs import Jobs
from shared.rabbit.topology import FACTS, routing_key_of
from shared.service import Service
from tests.shared.listening import Listener

PARTITIONS = 2
QUEUES = ["ponteiro.unheard", "echo.dead", "echo.0", "echo.1"]


def service(name: str, subscriptions: Subscriptions) -> Service:
    """A service that only listens."""
    return Service(name=name, routes=[], subscriptions=subscriptions, jobs=Jobs())


def outgoing(*fact_bodies: bytes) -> list[Outgoing]:
    """Facts as a relay hands them over."""
    facts = [(place, one, read(one)) for place, one in enumerate(fact_bodies, start=1)]
    return [
        Outgoing(position=place, event_id=fact.id, stream=fact.partitionkey, type=fact.type, body=one)
        for place, one, fact in facts
    ]


async def put(channel: AbstractChannel, *fact_bodies: bytes) -> None:
    """Put messages into the partition of the first one's stream, as they are and in this order."""
    first = read(fact_bodies[0])
    key = routing_key_of(first.type, first.partitionkey, PARTITIONS)
    for one in fact_bodies:
        properties = Basic.Properties(delivery_mode=2)
        await channel.basic_publish(one, exchange=FACTS.name, routing_key=key, properties=properties)


async def ignore(_tx: Transaction, _event: MessageSent) -> None:
    """Hear a fact and do nothing."""


async def messages_in(channel: AbstractChannel, queue: str) -> int:
    """How many messages are ready in a queue."""
    return (await channel.queue_declare(queue, passive=True)).message_count or 0


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; the test's own time limit ends what never does."""
    while not await holds():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.02)


async def holds_so_many(channel: AbstractChannel, queue: str, number: int) -> bool:
    """Whether so many messages are ready in a queue."""
    return await messages_in(channel, queue) == number


async def all_at(listener: Listener, number: int) -> bool:
    """Whether every stream has come that far."""
    cursors = await listener.cursors()
    return bool(cursors) and set(cursors.values()) == {number}


async def has_heard(listener: Listener, count: int) -> bool:
    """Whether it has written down so many."""
    return len(await listener.heard()) == count


async def has_heard_something(listener: Listener) -> bool:
    """Whether it has written down any."""
    return len(await listener.heard()) > 0


async def has_parked(listener: Listener, count: int) -> bool:
    """Whether it has parked so many."""
    return len(await listener.parked()) == count


async def is_true(value: object) -> bool:
    """A plain value, to be waited for like the others."""
    return bool(value)
