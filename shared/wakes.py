"""Wakes: "something was committed", said over Redis to the other processes. It carries no fact, and may be lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.log import describe, log

SAID_WITHIN_SECONDS: Final = 0.25
AWAY_SECONDS: Final = 5.0  # after a failure, how long nothing is tried
CHANNEL: Final = "ponteiro:live:"
AWAY: Final = (RedisError, OSError, TimeoutError)


class Wakes:
    """Says of services that they committed, and hears it of other processes. Without Redis it does neither."""

    def __init__(self, services: Sequence[str], woken: Callable[[str], None], *, redis_url: str = "") -> None:
        """Connect to nothing yet; `woken` is called with the name of the service."""
        self._channels = {CHANNEL + name: name for name in services}
        self._woken = woken
        self._url = redis_url
        self._saying_to: Redis | None = None
        self._unsaid: set[str] = set()
        self._away_until = 0.0
        self._saying: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None

    def say(self, service: str) -> None:
        """Say that a service has committed, soon and at most once at a time; never an error of who commits."""
        if not self._url or time.monotonic() < self._away_until:
            return
        self._unsaid.add(service)
        if self._saying is None or self._saying.done():
            self._saying = asyncio.create_task(self._say(), name="wakes said")

    def listen(self) -> None:
        """Hear the other processes from now on."""
        if self._url and (self._hearing is None or self._hearing.done()):
            self._hearing = asyncio.create_task(self._hear(), name="wakes heard")

    async def close(self) -> None:
        """Say and hear nothing any more."""
        tasks = [task for task in (self._saying, self._hearing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._saying_to is not None:
            await self._saying_to.aclose()

    async def _say(self) -> None:
        if self._saying_to is None:
            self._saying_to = Redis.from_url(
                self._url, socket_timeout=SAID_WITHIN_SECONDS, socket_connect_timeout=SAID_WITHIN_SECONDS
            )
        while self._unsaid:
            service = self._unsaid.pop()
            try:
                await self._saying_to.publish(CHANNEL + service, b"")
            except AWAY as error:
                self._unsaid.clear()
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("redis is away: other processes look by themselves", error=describe(error))

    async def _hear(self) -> None:
        while True:
            try:
                await self._hear_until_lost()
            except AWAY as error:
                log.warning("redis is away: this process looks by itself", error=describe(error))
            await asyncio.sleep(AWAY_SECONDS)

    async def _hear_until_lost(self) -> None:
        async with (
            Redis.from_url(self._url, socket_connect_timeout=SAID_WITHIN_SECONDS) as redis,
            redis.pubsub() as heard,
        ):
            await heard.subscribe(*self._channels)
            for service in self._channels.values():
                self._woken(service)  # what was committed while nobody heard
            async for message in heard.listen():
                if message["type"] == "message":
                    self._woken(self._channels[message["channel"].decode()])
