"""The way out: facts to RabbitMQ, pipelined on a connection of their own, persistent, each confirmed or not.

FastStream would publish without persistence and take what nobody could route for sent; aio-pika waits for the socket
after every message. Hence its protocol layer, aiormq (DECISIONS.md has the figures).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from aiormq import Channel
from aiormq.abc import AbstractConnection
from pamqp.commands import Basic

from shared.bus import Outgoing
from shared.crash import crashpoint
from shared.log import describe, log
from shared.rabbit import connection
from shared.rabbit.errors import PASSING
from shared.rabbit.topology import FACTS, routing_key_of

CONFIRM_SECONDS: Final = 10.0  # a publish that is not confirmed by then may or may not have happened: it is sent again
PERSISTENT: Final = 2


class RabbitBus:
    """Carries facts to RabbitMQ; connects when there is something to carry, again after a failure."""

    def __init__(self, url: str, *, teller: str, partitions: int) -> None:
        """Connect to nothing yet. `teller` is how RabbitMQ's own tools name the connection."""
        self._url = url
        self._teller = teller
        self._partitions = partitions
        self._connection: AbstractConnection | None = None
        self._channel: Channel | None = None
        self._connecting = asyncio.Lock()

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Carry the facts in order; answer the positions that were confirmed. Raises nothing that is RabbitMQ's."""
        try:
            channel = await self.connect()
        except PASSING as error:
            log.warning("facts wait for RabbitMQ", service=self._teller, error=describe(error))
            return set()
        crashpoint("publish.before")
        # Tasks begin in the order in which they are made, and take the channel's lock in that order.
        settled = await asyncio.gather(*(self._one(channel, fact) for fact in facts), return_exceptions=True)
        crashpoint("publish.confirmed")
        failures = [error for error in settled if isinstance(error, BaseException)]
        if failures:
            await self._give_up(failures)
        return {fact.position for fact, error in zip(facts, settled, strict=True) if error is None}

    async def connect(self) -> Channel:
        """The channel, opened where it is not open. Raises what RabbitMQ or the network raises."""
        async with self._connecting:
            if self._channel is None or self._channel.is_closed:
                await self.close()
                self._connection = await connection.connect(self._url, name=f"{self._teller} tells")
                self._channel = await connection.open_channel(self._connection)
            return self._channel

    async def close(self) -> None:
        """Let go of the connection, whatever state it is in."""
        old, self._connection, self._channel = self._connection, None, None
        if old is not None:
            await connection.close(old)

    async def _one(self, channel: Channel, fact: Outgoing) -> None:
        """Publish one fact and wait for its confirm; raises when it was refused, returned or not answered."""
        await channel.basic_publish(
            fact.body,
            exchange=FACTS.name,
            routing_key=routing_key_of(fact.type, fact.stream, self._partitions),
            properties=Basic.Properties(
                content_type="application/cloudevents+json",
                delivery_mode=PERSISTENT,
                message_id=str(fact.event_id),
                message_type=fact.type,
            ),
            mandatory=True,
            timeout=CONFIRM_SECONDS,
            wait=False,
        )

    async def _give_up(self, failures: Sequence[BaseException]) -> None:
        """Say why, and begin anew: what a channel did after its first failure is not known."""
        log.warning("facts not confirmed", service=self._teller, facts=len(failures), error=describe(failures[0]))
        await self.close()
        for failure in failures:
            if not isinstance(failure, (*PASSING, asyncio.CancelledError)):  # a closed channel cancels what waits
                raise failure
