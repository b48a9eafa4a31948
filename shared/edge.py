"""The edge of a request: opens its one transaction, commits it, and only then lets the answer leave.

With an Idempotency-Key the answer is stored in the same transaction (`shared/idempotency.py`), unless the route's
answer is `secret`. Under a virtual clock the answer waits until every fact that the write caused has been delivered;
with `Prefer: wait=N` it waits up to N seconds for the fact that decides.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from litestar import Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from shared import audit, ids, metrics, problems
from shared.auth import Principal
from shared.db import Committed, Database, Transaction
from shared.errors import Invalid, Refused
from shared.frame import Frame, Origin
from shared.idempotency import KEY_MOST_CHARACTERS, Replay, Stored, fingerprint_of, recall, remember
from shared.log import log
from shared.rates import TooManyRequests
from shared.waiting import happens

Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]

WAIT_MOST_SECONDS = 30.0  # Prefer: wait=N is capped here: a connection is held all that time
VERSION_MOST_DIGITS = 18  # any such number is a bigint
AGENT_MOST_CHARACTERS = 300
OK, NOT_MODIFIED, BAD_REQUEST = 200, 304, 400
NOT_ALLOWED = (401, 403)
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C; what is none begins a trace of its own


class _NotKept(Exception):
    """The request was refused, or only looked: its transaction is rolled back."""


@dataclass(slots=True)
class Edge:
    """One request."""

    frame: Frame
    scope: HTTPScope
    headers: dict[bytes, bytes]
    principal: Principal | None = None
    refusal: Refused | None = None
    replayed: bool = False
    if_match: int | None = None
    keeps: bool = False
    told: Headers = field(default_factory=list)
    at_end: list[Callable[[], None]] = field(default_factory=list)
    _who: Principal | None = None
    _trace: str = ""
    _is_noted: bool = False
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

    async def count(self, what: str = "", *, most: int | None = None) -> None:
        """Count this request of its client: the token's bearer, else the address; or of `what` it tries.

        Raises TooManyRequests.
        """
        rates, who, peer = self.frame.rates, self.principal, self.scope["client"]
        if rates is None:
            return
        client = f"{who.tenant}/{who.subject}" if who else f"at {peer[0] if peer else ''}"
        taken = await rates.take(what or client, most=most)
        self.told = taken.headers
        if taken.is_over:
            raise TooManyRequests(f"{taken.most} requests a minute are allowed: wait {taken.seconds} s")

    @property
    def origin(self) -> Origin:
        """From where it came."""
        peer = self.scope["client"]
        digest = self.frame.keys.mac("address", peer[0].encode()).hex()[:32] if peer else None
        agent = self.headers.get(b"user-agent", b"").decode("latin-1")
        return Origin(address_digest=digest, user_agent=agent[:AGENT_MOST_CHARACTERS] or None)

    def check(self) -> None:
        """Read what the request says besides its body, before anything is opened for it. Raises Invalid."""
        self._key = self._key_header()
        self.if_match = self._if_match_header()

    async def begin(self, service: str, *, who: Principal, body: bytes) -> Transaction:
        """Open the transaction of this request on behalf of `who`. Raises Replay when its answer is known already."""
        database = self.frame.databases[service]
        manager = database.transaction if self.is_write else database.reading
        self._who, self._database = who, database
        self._manager = manager(tenant=who.tenant, actor=who.subject)
        opened = await self._manager.__aenter__()
        self._tx = self.own(opened, who)
        if self._key is not None:
            path = self.scope["path"]
            fingerprint = fingerprint_of(self.scope["method"], path, self.scope["query_string"], body)
            # Keyed: a plain hash would tell whoever reads the table whether a guess of what was written is right.
            self._fingerprint = self.frame.keys.mac("request", fingerprint)
            stored = await recall(self._tx, key=self._key, fingerprint=self._fingerprint)
            if stored is not None:
                self.replayed = True
                raise Replay(stored)
        return self._tx

    def own(self, opened: Transaction, who: Principal) -> Transaction:
        """A transaction on behalf of `who`: a customer sees his organization's, and everybody this request's cause."""
        return replace(opened, organization_id=who.narrowed_to, cause=self._key, traceparent=self._traceparent())

    @property
    def is_open(self) -> bool:
        """Whether a transaction is open, so that the answer depends on its commit."""
        return self._manager is not None

    def wait_for(self, view: Callable[[Transaction], Awaitable[Any]], decided: Callable[[Any], bool]) -> None:
        """Remember what another service will decide."""
        self._view, self._decided = view, decided

    async def finish(self, status: int, headers: Headers, body: bytes) -> None:
        """Store the answer under its key and commit; roll back what was refused, replayed or only a look."""
        manager, tx = self._manager, self._tx
        if manager is None or tx is None:
            return
        done = status < BAD_REQUEST and not self.replayed
        keep = done or self.keeps
        if done and self._key is not None:
            answer = Stored(status=status, headers=_kept(headers), body=body)
            await remember(tx, key=self._key, fingerprint=self._fingerprint, answer=answer)
        if keep and self.is_write and self._who is not None:
            await audit.note(tx, self._act(self._who, status, headers))
            self._is_noted = True
        self._manager = None
        if keep:
            await manager.__aexit__(None, None, None)
        else:
            await self._roll_back(manager)

    async def note_refusal(self, status: int) -> None:
        """Note by itself that somebody was not allowed; that it cannot be noted now is no error of who asked."""
        database = self.frame.databases.get(self.scope["route_handler"].opt.get("service", ""))
        who = self._who or self.principal
        if status not in NOT_ALLOWED or self._is_noted or who is None or database is None:
            return
        await audit.note_apart(database, who.tenant, self._act(who, status, []))

    def _act(self, who: Principal, status: int, headers: Headers) -> audit.Act:
        location = dict(headers).get(b"location", b"").decode("latin-1")
        trace = self._traceparent().split("-")[1]
        return audit.act_of(self.scope, who, status=status, location=location, request_id=trace)

    async def abandon(self) -> None:
        """Roll back whatever is still open, and end what a stream has begun."""
        for end in self.at_end:
            end()
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
            await happens(woken, within=seconds)
        finally:
            self._database.on_commit.remove(wake)

    @staticmethod
    async def _roll_back(manager: AbstractAsyncContextManager[Transaction]) -> None:
        why = _NotKept()
        with suppress(Exception):  # a connection that is lost has rolled back
            await manager.__aexit__(_NotKept, why, None)

    def _key_header(self) -> str | None:
        given = self.headers.get(b"idempotency-key")
        if given is None or not self.is_write or "secret" in self.scope["route_handler"].opt:
            return None
        key = given.decode("latin-1").strip()
        if not 0 < len(key) <= KEY_MOST_CHARACTERS or not key.isprintable():
            raise Invalid(
                f"an Idempotency-Key has 1 to {KEY_MOST_CHARACTERS} visible characters", field="Idempotency-Key"
            )
        return key

    def _if_match_header(self) -> int | None:
        """The version that the caller believes current: `If-Match: "7"`; none or `*` means any."""
        given = self.headers.get(b"if-match", b"*").decode("latin-1").strip()
        if given == "*":
            return None
        number = given.removeprefix("W/").strip('"')
        if not (number.isascii() and number.isdecimal() and len(number) <= VERSION_MOST_DIGITS):
            raise Invalid("If-Match takes the ETag of a read, a number in quotes", field="If-Match")
        return int(number)

    def _traceparent(self) -> str:
        """The trace that the caller is in, else one of this request's own."""
        if not self._trace:
            given = self.headers.get(b"traceparent", b"").decode("latin-1")
            begun = f"00-{ids.random_bits(128):032x}-{ids.random_bits(64):016x}-01"
            self._trace = given if TRACEPARENT.fullmatch(given) else begun
        return self._trace

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
        if scope["type"] != ScopeType.HTTP:
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
        await edge.note_refusal(status)
        handler = scope["route_handler"]
        metrics.http_request_seconds.labels(
            handler.opt.get("service", ""), scope["method"], scope.get("path_template", ""), str(status)
        ).observe((answer.began or time.perf_counter()) - started)


class _Answer:
    """The answer on its way: held back until the transaction is committed.

    A stream (SSE) is let through, and so is what needs no transaction: Litestar sends a large file in pieces, and waits
    for the caller between them.
    """

    def __init__(self, edge: Edge, send: Send) -> None:
        self.edge = edge
        self.send = send
        self.start: Message | None = None
        self.body = bytearray()
        self.streaming = False
        self.began: float | None = None  # of a stream: that it stays open is no delay

    async def take(self, message: Message) -> None:
        if self.streaming:
            await self.send(message)
        elif message["type"] == "http.response.start":
            self.start = message
            is_stream = b"text/event-stream" in dict(message["headers"]).get(b"content-type", b"")
            if is_stream or not self.edge.is_open:
                self.streaming = True
                self.began = time.perf_counter() if is_stream else None
                await self.send({**message, "headers": [*message["headers"], *self.edge.told]})
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def leave(self) -> int:
        if self.start is None:
            return OK
        status: int = self.start["status"]  # type: ignore[typeddict-item]
        if self.streaming:
            return status
        headers = [(bytes(k), bytes(v)) for k, v in self.start["headers"]]  # type: ignore[typeddict-item]
        body = bytes(self.body)
        try:
            await self.edge.finish(status, headers, body)
        except Exception as error:  # noqa: BLE001  whatever it is, the caller gets an answer
            status, headers, body = _problem(problems.of_commit(error))
        else:
            status, headers, body = await self._decided(status, headers, body)
        status, headers, body = _tagged(self.edge, status, headers, body)
        headers = [*(pair for pair in headers if pair[0] != b"content-length"), *self.edge.told]
        if status != NOT_MODIFIED:  # there it would be the length of what is not sent
            headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
        return status

    async def _decided(self, status: int, headers: Headers, body: bytes) -> Answer:
        """The answer, or what was decided meanwhile. It is committed: nothing here may say that it was not."""
        if status >= BAD_REQUEST or self.edge.replayed:
            return status, headers, body
        try:
            decided = await self.edge.settled()
        except Exception as error:  # noqa: BLE001  as above
            log.error("what a request caused failed", exc_info=error)
            unsettled = self.edge.frame.rehearsal is not None
            return _problem(problems.answer(problems.NOT_SETTLED)) if unsettled else (status, headers, body)
        return (decided[0], headers, decided[1]) if decided is not None else (status, headers, body)


def of(scope: Scope) -> Edge:
    """The edge of the request."""
    edge: Edge = scope["ponteiro_edge"]  # type: ignore[typeddict-item]
    return edge


def _problem(response: Response[bytes]) -> Answer:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    headers.append((b"content-type", problems.CONTENT_TYPE.encode()))
    return response.status_code or 0, headers, bytes(response.content)


def _tagged(edge: Edge, status: int, headers: Headers, body: bytes) -> Answer:
    """Give a read its ETag (its version, else the hash of its body) and answer 304 when the caller has it."""
    if edge.is_write or status != OK or edge.principal is None:
        return status, headers, body
    tag = dict(headers).get(b"etag")
    if tag is None:
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'.encode()
        headers = [*headers, (b"etag", tag)]
    given = [one.strip().removeprefix(b"W/") for one in edge.headers.get(b"if-none-match", b"").split(b",")]
    if tag.removeprefix(b"W/") in given or b"*" in given:
        return NOT_MODIFIED, [pair for pair in headers if pair[0] != b"content-type"], b""
    return status, headers, body


def _kept(headers: Headers) -> bytes:
    names = (b"content-type", b"location", b"etag")
    return msgspec.json.encode([(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers if k in names])
