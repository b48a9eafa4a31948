"""How often a client may ask: so many requests a minute, counted in Redis for all processes, else in this one.

The counter is a courtesy to the other clients, never the truth about anything: while Redis is away each process counts
for itself, and no request fails because of it.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.clock import Clock
from shared.errors import Refused
from shared.log import describe, log
from shared.settings import Settings

WINDOW_SECONDS: Final = 60
REDIS_MOST_SECONDS: Final = 0.25  # a counter that takes longer is not worth the wait
REDIS_AWAY_SECONDS: Final = 5.0  # after a failure, how long each process counts for itself before it asks again

Headers = list[tuple[bytes, bytes]]


class TooManyRequests(Refused):
    """The client has asked more often than it may."""

    status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One request was counted: `most` a window, `left` of them, `seconds` until the window ends."""

    most: int
    left: int
    seconds: int
    is_over: bool

    @property
    def headers(self) -> Headers:
        """What a client is told, in the fields that gateways and clients know."""
        told = {"ratelimit-limit": self.most, "ratelimit-remaining": self.left, "ratelimit-reset": self.seconds}
        if self.is_over:
            told["retry-after"] = self.seconds
        return [(name.encode(), str(value).encode()) for name, value in told.items()]


class Rates:
    """Counts the requests of each client in windows of a minute."""

    def __init__(self, *, most: int, clock: Clock, redis_url: str = "") -> None:
        """Connect to nothing yet; `most` requests a minute and client."""
        self.most = most
        self._clock = clock
        self._redis: Redis | None = None
        if redis_url:
            self._redis = Redis.from_url(
                redis_url, socket_timeout=REDIS_MOST_SECONDS, socket_connect_timeout=REDIS_MOST_SECONDS
            )
        self._away_until = 0.0
        self._window = 0
        self._counted: Counter[str] = Counter()

    async def take(self, client: str, *, most: int | None = None) -> Taken:
        """Count one request of a client. `most` is for what may be asked less often than the rest."""
        most = most or self.most
        window, passed = divmod(int(self._clock.now().timestamp()), WINDOW_SECONDS)
        count = await self._count(client, window)
        return Taken(most=most, left=max(0, most - count), seconds=WINDOW_SECONDS - passed, is_over=count > most)

    async def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _count(self, client: str, window: int) -> int:
        if self._redis is None or time.monotonic() < self._away_until:
            return self._count_here(client, window)
        key = f"ponteiro:requests:{window}:{client}"
        try:
            async with self._redis.pipeline(transaction=False) as both:
                both.incr(key)
                both.expire(key, WINDOW_SECONDS)
                counted = await both.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + REDIS_AWAY_SECONDS
            log.warning("redis is away: requests are counted by each process for itself", error=describe(error))
            return self._count_here(client, window)
        return int(counted[0])

    def _count_here(self, client: str, window: int) -> int:
        if window != self._window:
            self._window, self._counted = window, Counter()
        self._counted[client] += 1
        return self._counted[client]


def rates_of(settings: Settings, *, clock: Clock) -> Rates | None:
    """The limit that the settings name; None where they name none."""
    most = settings.requests_a_minute
    return Rates(most=most, clock=clock, redis_url=settings.redis_url) if most else None
