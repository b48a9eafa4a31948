"""A real server on a port of this machine, and somebody who reads its Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from litestar import Litestar

from shared.serve import HttpServer, listen

EVENT_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, as it came."""

    id: str
    name: str
    data: str


@dataclass(slots=True)
class Reader:
    """Somebody who reads a stream, event by event."""

    answer: httpx.Response
    blocks: AsyncIterator[str]

    async def next(self) -> Event:
        """The next event; heartbeats are passed over."""
        async with asyncio.timeout(EVENT_SECONDS):
            while True:
                fields = [line.partition(": ")[::2] for line in (await anext(self.blocks)).splitlines()]
                told = {name: value for name, value in fields if name in ("id", "event")}
                if told:
                    data = "\n".join(value for name, value in fields if name == "data")
                    return Event(id=told["id"], name=told["event"], data=data)

    async def beat(self) -> str:
        """Whatever comes next, as it is on the wire."""
        async with asyncio.timeout(EVENT_SECONDS):
            return await anext(self.blocks)

    async def to_the_end(self) -> list[str]:
        """All that still comes until the stream ends."""
        async with asyncio.timeout(EVENT_SECONDS):
            return [block async for block in self.blocks]


@asynccontextmanager
async def standing(app: Litestar) -> AsyncIterator[tuple[HttpServer, str]]:
    """The application served, and its address; stopped at the end if it was not before."""
    with listen("127.0.0.1", 0) as listening:
        server = HttpServer(app, listening)
        ready = asyncio.Event()
        serving = asyncio.create_task(server.run(ready=ready.set))
        await ready.wait()
        try:
            yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.stop()
            await serving


@asynccontextmanager
async def reading(url: str, token: str, **headers: str) -> AsyncIterator[Reader]:
    """A stream that is read; `last_event_id="..."` becomes the header of that name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    own = {"Authorization": f"Bearer {token}", **named}
    async with httpx.AsyncClient(timeout=EVENT_SECONDS) as client, client.stream("GET", url, headers=own) as answer:
        yield Reader(answer=answer, blocks=_blocks(answer))


async def _blocks(answer: httpx.Response) -> AsyncIterator[str]:
    rest = ""
    async for text in answer.aiter_text():
        *whole, rest = (rest + text).split("\n\n")
        for block in whole:
            yield block
