"""A request in several steps: for a body that is a file, and for work outside the house between two transactions.

No transaction is open while the body streams in or a store of files takes its time. What such a route does first it
commits by itself (`apart`); its last act (`finish`) is a request's transaction as every other: it commits when the
route answers below 400, and keeps the answer under the Idempotency-Key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException, InternalServerException

from shared import edge as edges
from shared.auth import Keys, Principal
from shared.db import Transaction
from shared.edge import Edge


class Steps:
    """The transactions of one request, each short; `who` asks."""

    def __init__(self, edge: Edge, *, service: str, request: Request[Any, Any, Any], who: Principal) -> None:
        """Open nothing yet."""
        self._edge = edge
        self._service = service
        self._request = request
        self.who = who

    @property
    def keys(self) -> Keys:
        """The keys that a signed address is read with."""
        return self._edge.frame.keys

    @property
    def announced_bytes(self) -> int:
        """How long the body says that it is; 0 when it does not."""
        return self._request.content_length or 0

    @property
    def known_tags(self) -> frozenset[str]:
        """The versions that the caller has (`If-None-Match`)."""
        given = self._request.headers.get("if-none-match", "").split(",")
        return frozenset(one.strip().removeprefix("W/") for one in given)

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Transaction]:
        """Read something."""
        database = self._edge.frame.databases[self._service]
        async with database.reading(tenant=self.who.tenant, actor=self.who.subject) as opened:
            yield self._edge.own(opened, self.who)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Transaction]:
        """Do something that stays, whatever becomes of the request."""
        database = self._edge.frame.databases[self._service]
        async with database.transaction(tenant=self.who.tenant, actor=self.who.subject) as opened:
            yield self._edge.own(opened, self.who)

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ClientException for a caller who hung up."""
        try:
            async for piece in self._request.stream():
                yield piece
        except InternalServerException as error:  # Litestar's word for that
            raise ClientException("the request ended before its body did") from error

    async def finish(self, digest: bytes) -> Transaction:
        """The transaction that answers; `digest` stands for the body. Raises Replay when its answer is known."""
        return await self._edge.begin(self._service, who=self.who, body=digest)


def steps_of(request: Request[Any, Any, Any]) -> Steps:
    """The steps of a request whose route states roles."""
    edge = edges.of(request.scope)
    assert edge.principal is not None, "a route in steps states roles"
    return Steps(edge, service=request.route_handler.opt["service"], request=request, who=edge.principal)
