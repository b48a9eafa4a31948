"""The way in: the partitions of one listening service, each in order, in batches, acknowledged after the commit.

FastStream starts handlers out of order at a prefetch above one and costs more per message than the work itself, so
each queue is consumed on a channel of its own (DECISIONS.md has the figures). A connection that breaks is replaced;
what it had not acknowledged comes again and is known by its number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from aiormq import Channel
from aiormq.abc import AbstractConnection, DeliveredMessage

from shared.inbox import Inbox
from shared.log import describe, log
from shared.rabbit import connection
from shared.rabbit.errors import PASSING
from shared.rabbit.partition import Intake
from shared.rabbit.topology import queue_of
from shared.waiting import happens

WINDOW_FACTS: Final = 256  # unacknowledged per partition: the next batches are here while one is handled
RECONNECT_SECONDS: Final = 0.5
WATCH_SECONDS: Final = 5.0  # how often the watchdog asks RabbitMQ who consumes
WATCH_PATIENCE: Final = 3  # so many times in a row nobody: it is no takeover


class NobodyConsumes(Exception):
    """RabbitMQ knows no consumer of a queue that this process believes to consume: it must be started anew."""


class RabbitConsumer:
    """Feeds one inbox from its partitions, until stopped."""

    def __init__(self, inbox: Inbox, *, url: str, partitions: int) -> None:
        """Connect to nothing yet."""
        self.inbox = inbox
        self._url = url
        self._partitions = partitions
        self._stopping = asyncio.Event()
        self._session: _Session | None = None

    @property
    def is_consuming(self) -> bool:
        """Whether every partition is consumed, as far as this process knows."""
        return self._session is not None and self._session.is_open

    def stop(self) -> None:
        """Finish the batches under way, then end: what was delivered beyond them goes back, in its order."""
        self.inbox.stopping.set()
        self._stopping.set()
        if self._session is not None:
            self._session.end()

    async def run(self) -> None:
        """Consume until stopped; after a broken connection, again. Raises NobodyConsumes when we were forgotten."""
        while not self._stopping.is_set():
            try:
                await self._consume()
            except PASSING as error:
                log.warning("deliveries wait for RabbitMQ", listener=self.inbox.listener, error=describe(error))
            except Exception as error:
                if not self._stopping.is_set():
                    raise
                # The database was away when we stopped: nothing was settled, everything is delivered again.
                log.warning("deliveries left", listener=self.inbox.listener, error=describe(error))
            await happens(self._stopping, within=RECONNECT_SECONDS)

    async def _consume(self) -> None:
        """One connection, from its opening until it breaks or we stop."""
        opened = await connection.connect(self._url, name=f"{self.inbox.listener} hears")
        self._session = _Session(self.inbox, opened, self._partitions)
        try:
            await self._session.run()
        finally:
            self._session = None
            # Closing gives back what is not acknowledged, in its order; after a cancel it could be overtaken.
            await connection.close(opened)


class _Session:
    """The partitions on one connection. The first part that ends, ends all, after the batches under way."""

    def __init__(self, inbox: Inbox, opened: AbstractConnection, partitions: int) -> None:
        self._connection = opened
        self._intake = Intake(inbox)
        self._queues = [queue_of(inbox.listener, number) for number in range(partitions)]
        self._over = asyncio.Event()
        self._opened = 0

    @property
    def is_open(self) -> bool:
        return self._opened == len(self._queues) and not self._over.is_set()

    def end(self, _why: object = None) -> None:
        """End after the batches under way."""
        self._over.set()
        self._intake.end()

    async def run(self) -> None:
        """Work until the connection breaks or `end` is called. Raises the first error of a part."""
        for queue in self._queues:
            await self._open(queue)
        works: list[Callable[[], Coroutine[Any, Any, None]]] = [self._watch, self._intake.work]
        ends = await asyncio.gather(*(self._part(work) for work in works), return_exceptions=True)
        for error in ends:
            if isinstance(error, BaseException):
                raise error

    async def _part(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        finally:
            self.end()

    async def _open(self, queue: str) -> None:
        """Begin to consume a queue on a channel of its own, whose delivery tags have no gaps."""
        channel = await connection.open_channel(self._connection)
        channel.closing.add_done_callback(self.end)
        channel.on_consumer_cancel_callbacks.add(self.end)
        await channel.basic_qos(prefetch_count=WINDOW_FACTS)
        partition = self._intake.add(channel)

        async def on_message(message: DeliveredMessage) -> None:
            # Nothing is awaited here: only so is handed over first what arrived first.
            assert message.delivery_tag is not None, "a delivery has a tag"
            partition.arrive(message.delivery_tag, message.body)

        await channel.basic_consume(queue, on_message)
        self._opened += 1

    async def _watch(self) -> None:
        """Ask RabbitMQ, not ourselves, whether somebody consumes each queue. Raises NobodyConsumes."""
        channel = await connection.open_channel(self._connection)
        missing = 0
        while not await happens(self._over, within=WATCH_SECONDS):
            missing = missing + 1 if await _is_forgotten(channel, self._queues) else 0
            if missing >= WATCH_PATIENCE:
                raise NobodyConsumes(f"RabbitMQ knows no consumer of one of {', '.join(self._queues)}")


async def _is_forgotten(channel: Channel, queues: Sequence[str]) -> bool:
    answers = [await channel.queue_declare(queue, passive=True) for queue in queues]
    return any(answer.consumer_count == 0 for answer in answers)
