"""The edge of a request: opens its one transaction, commits it, and only then lets the answer leave.

With an Idempotency-Key the answer is stored in the same transaction (`shared/idempotency.py`). Under a virtual clock
the answer waits until every fact that the write caused has been delivered; with `Prefer: wait=N` it waits up to N
seconds for the fact that decides.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from sqlalchemy.exc import IntegrityError

from shared import ids, metrics, problems
from shared.auth import Keys, Principal
from shared.clock import Clock
from shared.db import Committed, Database, Transaction, is_passing
from shared.errors import Invalid, Refused
from shared.idempotency import KEY_MOST_CHARACTERS, Replay, Stored, fingerprint_of, recall, remember
from shared.log import log

if TYPE_CHECKING:
    from shared.web import Hosted, Rehearsal

WAIT_MOST_SECONDS = 30.0  # Prefer: wait=N is capped here: a connection is held all that time
ROLLBACK = Exception("the request was refused")


@dataclass(slots=True)
class Frame:
    """What every request of a process shares."""

    databases: dict[str, Database]
    hosted: tuple[Hosted, ...]
    keys: Keys
    clock: Clock
    ready: Callable[[], Awaitable[list[str]]]
    rehearsal: Rehearsal | None
    commits: dict[str, asyncio.Condition] = field(default_factory=dict)


@dataclass(slots=True)
class Edge:
    """One request."""

    frame: Frame
    scope: HTTPScope
    headers: dict[bytes, bytes]
    principal: Principal | None = None
    refusal: Refused | None = None
    replayed: bool = False
    _key: str | None = None
    _fingerprint: bytes = b""
    _database: Database | None = None
    _manager: AbstractAsyncContextManager[Transaction] | None = None
    _tx: Transaction | None = None
    _view: Callable[[Transaction], Awaitable[Any]] | None = None
    _decided: Callable[[Any], bool] | None = None

    @property
    def is_write(self) -> bool:
        """Whether the request may change something."""
        return self.scope["method"] not in ("GET", "HEAD", "OPTIONS")

    def authenticate(self) -> None:
        """Read the bearer token, if there is one; what is wrong with it is told by the guard."""
        given = self.headers.get(b"authorization", b"").decode("latin-1")
        kind, _, token = given.partition(" ")
        if kind.lower() == "bearer" and token:
            try:
                self.principal = self.frame.keys.verify(token.strip(), now=self.frame.clock.now())
            except Refused as refusal:
                self.refusal = refusal

    async def begin(self, service: str, *, body: bytes) -> Transaction:
        """Open the transaction of this request. Raises Replay when its answer is known already."""
        database = self.frame.databases[service]
        who = self.principal
        assert who is not None, "a route that asks for a transaction states roles"
        manager = database.transaction if self.is_write else database.reading
        self._database = database
        self._manager = manager(tenant=who.tenant, actor=who.subject)
        opened = await self._manager.__aenter__()
        self._tx = Transaction(
            unit=opened.unit,
            tenant=who.tenant,
            actor=who.subject,
            organization_id=who.organization_id if who.is_customer else None,
            cause=self._key_header(),
            traceparent=self._traceparent(),
        )
        self._key = self._key_header() if self.is_write else None
        if self._key is not None:
            path = self.scope["path"]
            self._fingerprint = fingerprint_of(self.scope["method"], path, self.scope["query_string"], body)
            stored = await recall(self._tx, key=self._key, fingerprint=self._fingerprint)
            if stored is not None:
                self.replayed = True
                raise Replay(stored)
        return self._tx

    def wait_for(self, view: Callable[[Transaction], Awaitable[Any]], decided: Callable[[Any], bool]) -> None:
        """Remember what another service will decide."""
        self._view, self._decided = view, decided

    async def finish(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Store the answer under its key and commit; roll back what was refused, replayed or only a look."""
        manager, tx = self._manager, self._tx
        if manager is None or tx is None:
            return
        keep = status < 400 and not self.replayed
        if keep and self._key is not None:
            answer = Stored(status=status, headers=_kept(headers), body=body)
            await remember(tx, key=self._key, fingerprint=self._fingerprint, answer=answer)
        self._manager = None
        if keep:
            await manager.__aexit__(None, None, None)
        else:
            await self._roll_back(manager)

    async def abandon(self) -> None:
        """Roll back whatever is still open."""
        manager, self._manager = self._manager, None
        if manager is not None:
            await self._roll_back(manager)

    async def settled(self) -> tuple[int, bytes] | None:
        """After the commit: wait for what was to be waited for; a new status and body if it was decided meanwhile."""
        rehearsal = self.frame.rehearsal
        if self._database is None or not self.is_write:
            return None
        if rehearsal is not None:
            await rehearsal.settle()
        deadline = time.monotonic() + (0.0 if rehearsal else self._prefer_seconds())
        while self._view is not None and self._decided is not None:
            view = await self._look()
            if self._decided(view):
                return 200, msgspec.json.encode(view)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            await self._next_commit(min(left, 0.25))
        return None

    async def _look(self) -> Any:
        assert self._database is not None and self._view is not None and self._tx is not None
        async with self._database.reading(tenant=self._tx.tenant, actor=self._tx.actor) as fresh:
            own = Transaction(
                unit=fresh.unit,
                tenant=self._tx.tenant,
                actor=self._tx.actor,
                organization_id=self._tx.organization_id,
            )
            return await self._view(own)

    async def _next_commit(self, seconds: float) -> None:
        """Sleep until something is committed in this process, or for so long: another process may have done it."""
        assert self._database is not None
        woken = asyncio.Event()

        def wake(_committed: Committed) -> None:
            woken.set()

        self._database.on_commit.append(wake)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), seconds)
        finally:
            self._database.on_commit.remove(wake)

    @staticmethod
    async def _roll_back(manager: AbstractAsyncContextManager[Transaction]) -> None:
        with suppress(type(ROLLBACK)):
            await manager.__aexit__(type(ROLLBACK), ROLLBACK, None)

    def _key_header(self) -> str | None:
        given = self.headers.get(b"idempotency-key")
        if given is None:
            return None
        key = given.decode("latin-1").strip()
        if not 0 < len(key) <= KEY_MOST_CHARACTERS:
            raise Invalid(f"an Idempotency-Key has 1 to {KEY_MOST_CHARACTERS} characters", field="Idempotency-Key")
        return key

    def _traceparent(self) -> str:
        given = self.headers.get(b"traceparent", b"").decode("latin-1")
        return given if len(given) == 55 else f"00-{ids.random_bits(128):032x}-{ids.random_bits(64):016x}-01"

    def _prefer_seconds(self) -> float:
        for part in self.headers.get(b"prefer", b"").decode("latin-1").split(","):
            name, _, value = part.strip().partition("=")
            if name == "wait" and value.isdecimal():
                return min(float(value), WAIT_MOST_SECONDS)
        return 0.0


class EdgeMiddleware:
    """Wraps every request: who, transaction, answer after commit, time taken."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the route."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        frame: Frame = scope["litestar_app"].state.edges
        edge = Edge(frame=frame, scope=scope, headers=dict(scope["headers"]))
        edge.authenticate()
        scope["ponteiro_edge"] = edge  # type: ignore[typeddict-unknown-key]
        answer = _Answer(edge, send)
        try:
            await self.app(scope, receive, answer.take)
            status = await answer.leave()
        finally:
            await edge.abandon()
        handler = scope["route_handler"]
        metrics.http_request_seconds.labels(
            handler.opt.get("service", ""), scope["method"], scope.get("path_template", ""), str(status)
        ).observe(time.perf_counter() - started)


class _Answer:
    """The answer on its way: held back until the transaction is committed. A stream (SSE) is let through."""

    def __init__(self, edge: Edge, send: Send) -> None:
        self.edge = edge
        self.send = send
        self.start: Message | None = None
        self.body = bytearray()
        self.streaming = False

    async def take(self, message: Message) -> None:
        if self.streaming:
            await self.send(message)
        elif message["type"] == "http.response.start":
            self.start = message
            if b"text/event-stream" in dict(message["headers"]).get(b"content-type", b""):
                self.streaming = True
                await self.send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def leave(self) -> int:
        if self.streaming or self.start is None:
            return 200
        status: int = self.start["status"]  # type: ignore[typeddict-item]
        headers = [(bytes(k), bytes(v)) for k, v in self.start["headers"]]  # type: ignore[typeddict-item]
        body = bytes(self.body)
        try:
            await self.edge.finish(status, headers, body)
            decided = await self.edge.settled() if status < 400 and not self.edge.replayed else None
        except Exception as error:  # noqa: BLE001  whatever it is, the caller gets an answer
            status, headers, body = _failed(error)
            decided = None
        if decided is not None:
            status, body = decided
        status, headers, body = _tagged(self.edge, status, headers, body)
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
        return status


def of(scope: Scope) -> Edge:
    """The edge of the request."""
    edge: Edge = scope["ponteiro_edge"]  # type: ignore[typeddict-item]
    return edge


def _failed(error: Exception) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """The answer when the commit itself fails: nothing is known to have been done; the same key may be sent again."""
    if isinstance(error, IntegrityError) and "idempotency_keys" in str(error.orig):
        problem = problems.Problem(
            status=409, code="still_running", detail="the first request with this Idempotency-Key is still running"
        )
    elif is_passing(error):
        problem = problems.Problem(
            status=503, code="try_again", detail="the service's database is away; send the same request again"
        )
    else:
        log.error("request failed", exc_info=error)
        problem = problems.Problem(status=500, code="internal_error", detail="the request failed and changed nothing")
    headers = [(b"content-type", problems.CONTENT_TYPE.encode())]
    if problem.status in (409, 503):
        headers.append((b"retry-after", b"1"))
    return problem.status, headers, problem.encode()


def _tagged(
    edge: Edge, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Give a read its ETag (its version, else the hash of its body) and answer 304 when the caller has it."""
    if edge.is_write or status != 200 or edge.principal is None:
        return status, headers, body
    tag = dict(headers).get(b"etag")
    if tag is None:
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'.encode()
        headers = [*headers, (b"etag", tag)]
    if edge.headers.get(b"if-none-match") == tag:
        return 304, [pair for pair in headers if pair[0] != b"content-type"], b""
    return status, headers, body


def _kept(headers: list[tuple[bytes, bytes]]) -> bytes:
    names = (b"content-type", b"location", b"etag")
    return msgspec.json.encode([(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers if k in names])
