"""A load of HTTP requests that costs little itself: keep-alive connections, prepared bytes, one request at a time each.

It only ever speaks to 127.0.0.1, and stops by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import httpx

HOST = "127.0.0.1"


@dataclass(slots=True)
class Answers:
    """What came back: seconds per answered request, and how many were not 2xx."""

    seconds: list[float] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the requests stayed under."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        """Not connected yet."""
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request under way."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the service closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Collect one answer."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.lower().find(b"content-length:", 0, head)
        length = int(self._buffer[start + 15 : self._buffer.find(b"\r\n", start)]) if start >= 0 else 0
        if len(self._buffer) < head + 4 + length:
            return
        answer = (int(self._buffer[9:12]), bytes(self._buffer[head + 4 : head + 4 + length]))
        del self._buffer[: head + 4 + length]
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    @property
    def is_open(self) -> bool:
        """Whether the other side has not hung up."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None, "connect first"
        self._answer = None
        self._transport.close()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send one request; answer status and body."""
        assert self._transport is not None, "connect first"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


async def connect(port: int) -> Connection:
    """Open a connection to a service of this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    return connection


def post(path: str, *, token: str, body: bytes, key: str) -> bytes:
    """The bytes of a POST."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def as_fast_as_it_goes(
    port: int, request: Callable[[int], bytes], *, connections: int, seconds: float
) -> tuple[Answers, float]:
    """Every connection asks again as soon as it is answered; the answers, and the seconds it took."""
    answers = Answers()
    number = iter(range(1_000_000_000))
    started = time.perf_counter()

    async def keep_asking() -> None:
        connection = await connect(port)
        while time.perf_counter() - started < seconds:
            asked = time.perf_counter()
            status, body = await connection.ask(request(next(number)))
            answers.seconds.append(time.perf_counter() - asked)
            if status >= httpx.codes.MULTIPLE_CHOICES:
                answers.refused[status] = answers.refused.get(status, 0) + 1
                answers.bodies.append(body)

    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    return answers, time.perf_counter() - started
