"""Live: what happens, told to those who watch, and resumed behind the last fact that they saw.

The source of truth is the log of facts. One reader per service and process follows it and hands each fact to the
streams that are open; a commit only wakes that reader, over Redis also in the other processes. While Redis is away it
looks by itself, more slowly, and no write fails because of it.
"""

from __future__ import annotations

import asyncio
import enum
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from shared.auth import Principal
from shared.db import Committed, Database, Transaction, is_passing
from shared.errors import Refused
from shared.log import describe, log
from shared.outbox import events
from shared.waiting import happens
from shared.wakes import Wakes

HEARTBEAT_SECONDS: Final = 15.0
POLL_SECONDS: Final = 2.0  # how long a fact may stay unseen when nobody said that it came
AGAIN_SECONDS: Final = 0.1  # after a wake that showed nothing: an older transaction may still hide what came
STREAMS_MOST: Final = 1000  # open in one process
STREAMS_MOST_EACH: Final = 10  # of one client in one process
WAITING_MOST: Final = 256  # facts that a stream may be behind; then it is dropped, and resumes
PAGE_MOST: Final = 500
RESET: Final = b'{"reason": "facts before this one are no longer kept: read the lists again"}'


class TooManyStreams(Refused):
    """This client, or this process, has as many open as it may have."""

    status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One fact as it is shown: whose it is, whether a customer may know of it, and the JSON that is sent."""

    position: int
    tenant: str
    organization_id: UUID | None
    public: bool
    body: bytes

    def is_for(self, who: Principal) -> bool:
        """Whether the bearer may see it: customers their own organization's public facts, staff their provider's."""
        own = not who.is_customer or (self.public and self.organization_id == who.organization_id)
        return own and self.tenant == who.tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look found, and the position up to which it looked."""

    items: Sequence[Item]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is sent next: a fact; with `is_reset` that facts are missing; without a body a sign of life."""

    position: int
    body: bytes | None = None
    is_reset: bool = False


Look = Callable[[Transaction, int, int], Awaitable[Looked]]  # the log behind a position, so many facts at most


@dataclass(slots=True, eq=False)
class _Watcher:
    """One open stream."""

    who: Principal
    waiting: asyncio.Queue[Item] = field(default_factory=lambda: asyncio.Queue(WAITING_MOST))
    cut: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, item: Item) -> None:
        """Hand a fact over; whoever is too far behind is cut off."""
        try:
            self.waiting.put_nowait(item)
        except asyncio.QueueFull:
            self.cut.set()


class _Line:
    """The one reader of a service's log in this process, while somebody watches."""

    def __init__(self, database: Database, look: Look) -> None:
        self.database = database
        self.look = look
        self.watchers: set[_Watcher] = set()
        self.woken = asyncio.Event()
        self.position = 0
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    async def join(self, watcher: _Watcher) -> None:
        """Hand facts to a watcher from now on; nothing between `position` and the next look is missed."""
        async with self._starting:
            if self._reading is None or self._reading.done():
                self.position = (await bounds(self.database)).newest
                self._reading = asyncio.create_task(self._read(), name="live")
            self.watchers.add(watcher)

    def leave(self, watcher: _Watcher) -> None:
        """Hand nothing over any more; with the last one the reader ends."""
        self.watchers.discard(watcher)
        if not self.watchers and self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def _read(self) -> None:
        try:
            while True:
                was_woken = self.woken.is_set()
                self.woken.clear()
                if not await self._step():
                    await happens(self.woken, within=AGAIN_SECONDS if was_woken else POLL_SECONDS)
        finally:
            for watcher in self.watchers:
                watcher.cut.set()

    async def _step(self) -> bool:
        """One look; whether there may be more to see at once."""
        try:
            async with self.database.reading() as tx:
                looked = await self.look(tx, self.position, PAGE_MOST)
        except Exception as error:
            if not is_passing(error):
                log.error("live reader died", exc_info=error)
                raise
            log.warning("live waits for its database", error=describe(error))
            return False
        for item in looked.items:
            for watcher in tuple(self.watchers):
                watcher.offer(item)
        moved, self.position = looked.position > self.position, looked.position
        return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The first and the last position of the log that a reader may rely on; 0 when there is none."""

    oldest: int
    newest: int


async def bounds(database: Database) -> Bounds:
    """How far the log reaches."""
    async with database.reading() as tx:
        oldest = (await tx.execute(_OLDEST)).scalar() or 0
        upto = await tx.settled()
        newest = (await tx.execute(_NEWEST, {"upto": upto})).scalar() or 0
        return Bounds(oldest=oldest, newest=newest)


class Live:
    """The streams of one process."""

    def __init__(self, databases: Mapping[str, Database], *, redis_url: str = "") -> None:
        """Watch the commits of these databases, by the name of their service; connect to nothing yet."""
        self._databases = databases
        self._lines: dict[tuple[str, Look], _Line] = {}
        self._open: Counter[tuple[str, str]] = Counter()
        self._watchers: set[_Watcher] = set()
        self._ended = False
        self._wakes = Wakes(tuple(databases), self._wake, redis_url=redis_url)
        for name, database in databases.items():
            database.on_commit.append(partial(self._committed, name))

    def end(self) -> None:
        """End every stream: the process stops. Those who watch come back elsewhere, behind what they saw."""
        self._ended = True
        for watcher in self._watchers:
            watcher.cut.set()

    async def close(self) -> None:
        """End, and give the connections back."""
        self.end()
        await self._wakes.close()

    def show(
        self, service: str, look: Look, *, who: Principal, after: int | None, is_good: Callable[[], bool]
    ) -> Showing:
        """What one bearer is shown, behind `after` (None: from now on), for as long as `is_good()`.

        Raises TooManyStreams.
        """
        client = (who.tenant, who.subject)
        if self._open.total() >= STREAMS_MOST or self._open[client] >= STREAMS_MOST_EACH:
            raise TooManyStreams(f"{STREAMS_MOST_EACH} streams may be open at once: close one first")
        line = self._lines.setdefault((service, look), _Line(self._databases[service], look))
        return Showing(self, line, _Watcher(who=who), after=after, is_good=is_good)

    @property
    def has_ended(self) -> bool:
        """Whether the process stops."""
        return self._ended

    async def enter(self, line: _Line, watcher: _Watcher) -> None:
        """Count a stream, and let it hear."""
        self._open[watcher.who.tenant, watcher.who.subject] += 1
        self._watchers.add(watcher)
        self._wakes.listen()
        await line.join(watcher)
        if self._ended:
            watcher.cut.set()

    def leave(self, line: _Line, watcher: _Watcher) -> None:
        """Forget a stream."""
        client = (watcher.who.tenant, watcher.who.subject)
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
        self._watchers.discard(watcher)
        line.leave(watcher)

    def _committed(self, service: str, committed: Committed) -> None:
        if committed.told:
            self._wake(service)
            self._wakes.say(service)

    def _wake(self, service: str) -> None:
        for (name, _), line in self._lines.items():
            if name == service:
                line.woken.set()


class End(enum.Enum):
    """Why a stream ended: who watched went away, their token is good no longer, or they are cut off."""

    GONE = enum.auto()
    OVER = enum.auto()
    CUT = enum.auto()


class Showing:
    """What one bearer is shown, over whatever it is sent."""

    def __init__(
        self, live: Live, line: _Line, watcher: _Watcher, *, after: int | None, is_good: Callable[[], bool]
    ) -> None:
        """Show nothing yet."""
        self._live = live
        self._line = line
        self._watcher = watcher
        self._after = after
        self._is_good = is_good

    async def run(self, tell: Callable[[Told], Awaitable[None]], gone: Coroutine[Any, Any, None]) -> End:
        """Tell until the caller is `gone`, the token expires, the process stops or the caller is too slow."""
        hung_up = asyncio.create_task(gone)
        telling = cut = None
        try:
            await self._live.enter(self._line, self._watcher)
            telling = asyncio.create_task(self._tell_all(tell))
            cut = asyncio.create_task(self._watcher.cut.wait())
            await asyncio.wait([telling, hung_up, cut], return_when=asyncio.FIRST_COMPLETED)
            over = telling.done() and telling.exception() is None
            return End.GONE if hung_up.done() else End.OVER if over else End.CUT
        finally:
            self._live.leave(self._line, self._watcher)
            tasks = [task for task in (telling, hung_up, cut) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell_all(self, tell: Callable[[Told], Awaitable[None]]) -> None:
        async for told in self._told():
            await tell(told)

    async def _told(self) -> AsyncIterator[Told]:
        """First what was missed, from the log; then what comes, from the reader. The two overlap and are told apart."""
        after = self._after
        if after is None:
            after = self._line.position
        else:
            known = await bounds(self._line.database)
            if not known.oldest - 1 <= after <= known.newest:
                after = known.newest
                yield Told(position=after, body=RESET, is_reset=True)
        while True:
            async with self._line.database.reading() as tx:
                looked = await self._line.look(tx, after, PAGE_MOST)
            for item in looked.items:
                if item.is_for(self._watcher.who):
                    yield Told(position=item.position, body=item.body)
            if looked.position == after:
                break
            after = looked.position
        async for told in self._upcoming(after):
            yield told

    async def _upcoming(self, after: int) -> AsyncIterator[Told]:
        while self._is_good():
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    item = await self._watcher.waiting.get()
            except TimeoutError:
                yield Told(position=after)
                continue
            if item.position > after:
                after = item.position
                if item.is_for(self._watcher.who):
                    yield Told(position=item.position, body=item.body)


_OLDEST = sa.select(sa.func.min(events.c.position))
_NEWEST = sa.select(sa.func.max(events.c.position)).where(events.c.position <= sa.bindparam("upto"))
