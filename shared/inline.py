"""SQLite without a thread: for a rehearsal, whose every statement is a few microseconds on a file that nobody awaits.

aiosqlite hands each call to a thread of its own and waits for it, five times a statement: most of a rehearsal's
processor time goes there. A rehearsal lives under a virtual clock, in one process, and writes one thing at a time
(`Database`), so nothing can be waited for that another task would have to finish first.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, ParamSpec, TypeVar

import aiosqlite

BUSY_SECONDS = 30.0  # another process (the command line) holds the file no longer than this
ROWS_AT_ONCE = 64

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class _AtOnce:
    """In the place of the queue to the thread: what is put in is done; SQLAlchemy uses it for the isolation level."""

    def put_nowait(self, asked: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = asked
        done = function()
        if future is not None:
            future.set_result(done)


class InlineConnection(aiosqlite.Connection):
    """A connection that does what it is asked where it is asked."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        """Nothing is opened yet."""
        super().__init__(connector, ROWS_AT_ONCE)
        self._tx = _AtOnce()  # type: ignore[assignment]  # of a queue it needs the one word

    async def _execute(self, fn: Callable[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)

    async def _connect(self) -> InlineConnection:
        if self._connection is None:
            self._connection = self._connector()
        return self

    def __await__(self) -> Generator[Any, None, InlineConnection]:
        """Connect; no thread is started."""
        return self._connect().__await__()

    def stop(self) -> None:
        """Close at once."""
        self._running = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        """Close."""
        self.stop()


def opener(path: str) -> Callable[[], Coroutine[Any, Any, InlineConnection]]:
    """What opens connections to a file, as SQLAlchemy wants it."""
    connector = partial(sqlite3.connect, path, timeout=BUSY_SECONDS, check_same_thread=False)

    async def open_one() -> InlineConnection:
        return await InlineConnection(connector)

    return open_one
