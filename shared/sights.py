"""Sights, streamed: a page that stays open is sent the whole of what it shows whenever that has changed.

What a stream shows is looked at whole, and sent when its mark differs from the last one sent: an event's id is that
mark, so a client that comes back with `Last-Event-ID` is told at once if anything has changed meanwhile, else nothing.
A look follows each commit of this process, a moment later because commits come in swarms, and each heartbeat, because
other processes commit too. Streams are few, each ends after a while (the client comes back, and its token is read
anew), and all end when the process does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from litestar import Request
from litestar.response import Stream

from shared.auth import Principal
from shared.db import Committed, Database, Transaction, is_passing
from shared.eventstream import MEDIA
from shared.live import TooManyStreams
from shared.log import describe, log
from shared.waiting import happens

if TYPE_CHECKING:
    from shared.edge import Edge

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
HEARTBEAT_SECONDS: Final = 15.0
SWARM_SECONDS: Final = 0.5  # a busy house commits hundreds of times a second, and nobody reads that fast
STREAM_MOST_SECONDS: Final = 900.0
STREAMS_MOST: Final = 100  # of a process
STREAMS_OF_ONE: Final = 8  # of one bearer: some windows, not a loop that forgets to close
RETRY_MILLISECONDS: Final = 2_000
SCOPE_KEY: Final = "ponteiro_sights"
HEAD_KEY: Final = "ponteiro_head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What there is to see: `mark` names it, the same mark is the same sight; `data` is sent, any text."""

    mark: str
    data: Callable[[], str]


Look = Callable[[Transaction], Awaitable[Sight]]


@dataclass(slots=True)
class Streams:
    """The open streams of a process, each by the event that wakes it."""

    open: dict[asyncio.Event, str] = field(default_factory=dict)
    is_closing: bool = False

    def enter(self, who: Principal) -> asyncio.Event:
        """One stream more. Raises TooManyStreams."""
        bearer = f"{who.tenant}/{who.subject}"
        if len(self.open) >= STREAMS_MOST or sum(one == bearer for one in self.open.values()) >= STREAMS_OF_ONE:
            raise TooManyStreams("too many streams are open: close one, or come back later")
        woken = asyncio.Event()
        self.open[woken] = bearer
        return woken

    def leave(self, woken: asyncio.Event) -> None:
        """A stream has ended."""
        self.open.pop(woken, None)

    def close(self) -> None:
        """End them all, and begin no other: the process ends."""
        self.is_closing = True
        for woken in self.open:
            woken.set()


class Sights:
    """For a route that streams what it sees (dependency `sights`)."""

    def __init__(self, edge: Edge, *, service: str) -> None:
        """Open nothing yet."""
        self._edge = edge
        self._database: Database = edge.frame.databases[service]
        self._streams = edge.frame.streams

    @property
    def time_stands(self) -> bool:
        """Whether time stands still until somebody moves it: a rehearsal."""
        return self._edge.frame.rehearsal is not None

    def stream(self, look: Look, *, event: str) -> Stream:
        """The answer: an event of this name for each new sight, from the first on. Raises TooManyStreams."""
        who = self._edge.principal
        assert who is not None, "a route that streams states roles"
        woken = self._streams.enter(who)

        def wake(_committed: Committed) -> None:
            woken.set()

        def leave() -> None:
            self._database.on_commit.remove(wake)
            self._streams.leave(woken)

        self._database.on_commit.append(wake)
        self._edge.at_end.append(leave)
        self._edge.scope[SCOPE_KEY] = True  # type: ignore[typeddict-unknown-key]
        return Stream(self._events(look, who, woken, event=event), media_type=MEDIA, headers=HEADERS)

    async def _events(self, look: Look, who: Principal, woken: asyncio.Event, *, event: str) -> AsyncIterator[str]:
        seen = self._edge.headers.get(b"last-event-id", b"").decode("latin-1")
        ends = time.monotonic() + (0 if HEAD_KEY in self._edge.scope else STREAM_MOST_SECONDS)
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        while time.monotonic() < ends and not self._streams.is_closing:
            woken.clear()
            sight = await self._look(look, who)
            if sight is not None and sight.mark != seen:
                seen = sight.mark
                yield message(event, mark=seen, data=sight.data())
            else:
                yield ": \n\n"
            await self._pause(woken)

    async def _pause(self, woken: asyncio.Event) -> None:
        """Sleep until something is committed, and a moment longer; a heartbeat at most."""
        await happens(woken, within=HEARTBEAT_SECONDS)
        if not self._streams.is_closing:
            await asyncio.sleep(SWARM_SECONDS)

    async def _look(self, look: Look, who: Principal) -> Sight | None:
        """What there is to see; None while the database is away."""
        try:
            async with self._database.reading(tenant=who.tenant, actor=who.subject) as fresh:
                return await look(
                    Transaction(
                        unit=fresh.unit,
                        tenant=who.tenant,
                        actor=who.subject,
                        organization_id=who.narrowed_to,
                    )
                )
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("a stream cannot see", service=self._database.service, reason=describe(error))
            return None


def message(event: str, *, mark: str, data: str) -> str:
    r"""One event on the wire; whatever lines the text has, they are its data.

    >>> message("board", mark="7", data="a\nb")
    'id: 7\nevent: board\ndata: a\ndata: b\n\n'
    """
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"id: {mark}\nevent: {event}\n{lines}\n"


def provide_sights(request: Request[Any, Any, Any]) -> Sights:
    """For a route that asks for `sights`."""
    edge: Edge = request.scope["ponteiro_edge"]  # type: ignore[typeddict-item]
    return Sights(edge, service=request.route_handler.opt["service"])


def as_look(scope: Any) -> Any:
    """A request that wants no body: a stream says that it is there, and ends."""
    return scope | {HEAD_KEY: True}
