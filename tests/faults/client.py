"""The client: asks the teller for one fact after another on streams of its own, and keeps a log of what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from tests.faults.world import Running, token

REQUEST_SECONDS = 5.0
PAUSE_SECONDS = 0.01  # between two requests of a stream: steady, not the most that two cores can do
RETRY_SECONDS = 0.05


@dataclass(slots=True)
class Client:
    """Asks and remembers. A request that got no answer is sent again, under the same key, until it has one."""

    tellers: Sequence[Running]
    attempted: set[tuple[UUID, str]] = field(default_factory=set)
    acknowledged: dict[tuple[UUID, str], int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, http: httpx.AsyncClient, stream: UUID, note: str) -> None:
        """Have one fact told."""
        self.attempted.add((stream, note))
        headers = {"Authorization": f"Bearer {token()}", "Idempotency-Key": f"{stream} {note}"}
        for turn in range(10_000):
            teller = self.tellers[turn % len(self.tellers)]
            with suppress(httpx.HTTPError):
                url = f"http://127.0.0.1:{teller.port}/v1/messages"
                answer = await http.post(url, json={"stream": str(stream), "note": note}, headers=headers)
                if answer.status_code == httpx.codes.CREATED:
                    self.acknowledged[(stream, note)] = answer.json()["number"]
                    return
                if answer.status_code not in (httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE):
                    self.refused.append(f"{answer.status_code} {answer.text}")
                    return
            await asyncio.sleep(RETRY_SECONDS)

    async def keep_asking(self, http: httpx.AsyncClient) -> None:
        """One stream, fact after fact, until stopped."""
        stream = uuid4()
        number = 0
        while not self.stopping.is_set():
            number += 1
            await self.ask(http, stream, f"note {number}")
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def under_load(*tellers: Running, streams: int = 6) -> AsyncIterator[Client]:
    """A client that keeps asking, on so many streams at once, until the block ends and it has all its answers."""
    client = Client(tellers)
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS) as http:
        asking = [asyncio.create_task(client.keep_asking(http)) for _ in range(streams)]
        try:
            yield client
        finally:
            client.stopping.set()
            await asyncio.gather(*asking)
