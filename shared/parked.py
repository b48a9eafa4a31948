"""Streams that stopped: the fact that could not be handled and all that came behind it, until someone decides.

`retry` handles what waits, in order, as far as it goes; `drop` gives up the fact at the head, or the gap before it.
What was refused because it refers to something not heard of yet (`errors.NotYet`: tellers overtake each other) is
retried by itself, less and less often. A body that is no envelope is kept too, by itself, to be looked at and dropped.
A parked stream always has a cursor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared import cursors
from shared.bus import Subscriptions
from shared.cursors import Stream
from shared.db import Database, Instant, Transaction, is_passing
from shared.errors import NotFound, NotYet
from shared.events.envelope import Envelope, Unreadable, read
from shared.log import describe
from shared.outbox import machinery

RETRY_FIRST: Final = timedelta(seconds=1)  # a contract and the first ticket on it are seconds apart
RETRY_MOST: Final = timedelta(minutes=5)  # an offer that is applied at last is noticed within this
RETRIES_AT_ONCE: Final = 20
RETRIES_OF_A_LIFE: Final = 288  # what has waited for more than a day is tried rarer still: a rehearsal plays years

parked = sa.Table(
    "parked",
    machinery,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("teller", sa.Text),
    sa.Column("stream", sa.Uuid, index=True),
    sa.Column("sequence", sa.Integer),
    sa.Column("type", sa.Text),
    sa.Column("tenant", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("parked_at", Instant, nullable=False),
    sa.Column("retry_at", Instant, index=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One fact that waits, with the reason; a body that is no envelope has no address."""

    fingerprint: str
    teller: str | None
    stream: UUID | None
    sequence: int | None
    type: str | None
    tenant: str | None
    error: str
    parked_at: datetime


async def park(tx: Transaction, body: bytes, *, error: str, not_yet: bool = False) -> None:
    """Keep a fact that could not be handled. The caller holds its stream's cursor and knows that it is not here yet.

    `not_yet`: it is to be retried by itself.

    A body that is no envelope is kept once, however often it is delivered.
    """
    digest = hashlib.sha256(body).hexdigest()
    row = _address(body) | {"fingerprint": digest, "body": body, "error": error, "parked_at": tx.now}
    row["retry_at"] = tx.now + RETRY_FIRST if not_yet else None
    if not_yet:
        tx.falls_due(tx.now + RETRY_FIRST)
    await tx.execute(_KEEP[tx.dialect], row)


async def waiting_in(tx: Transaction, streams: Collection[Stream]) -> dict[Stream, set[int]]:
    """The numbers that are parked in each of the streams; those in which nothing is parked are left out."""
    keys = sorted({stream for _, stream in streams})
    found: dict[Stream, set[int]] = {}
    for row in await tx.execute(_NUMBERS_POSTGRESQL if tx.dialect == "postgresql" else _NUMBERS, {"streams": keys}):
        found.setdefault((row.teller, row.stream), set()).add(row.sequence)
    return found


async def waiting(tx: Transaction) -> list[Parked]:
    """Everything that is parked here, stream by stream, each in order."""
    return [Parked(**row._mapping) for row in await tx.execute(_ALL)]  # noqa: SLF001  SQLAlchemy's public name


async def count(tx: Transaction) -> int:
    """How many facts are parked here."""
    number: int = (await tx.execute(_COUNT)).scalar_one()
    return number


async def release(tx: Transaction, subscriptions: Subscriptions, stream: Stream, *, after: int) -> int:
    """Handle what waits in a stream from the number after `after` on, up to a gap; answer the last number handled.

    The caller holds the stream's cursor and moves it. Raises what the handler raises.
    """
    teller, key = stream
    while (head := await _head(tx, teller, key)) is not None and head.sequence == after + 1:
        await subscriptions.hear(tx, read(head.body))
        await tx.execute(_REMOVE, {"key": head.fingerprint})
        after = head.sequence
    return after


async def retry(database: Database, subscriptions: Subscriptions, *, teller: str, stream: UUID) -> int:
    """Handle what waits in a stream, one transaction a fact, until nothing does or a gap is met; answer how many.

    Raises what the handler raises: that fact and those behind it stay, with the error.
    """
    done = 0
    while True:
        head: _Head | None = None
        try:
            async with database.transaction() as tx:
                last = await _lock(tx, teller, stream)
                head = await _head(tx, teller, stream)
                if head is None or head.sequence != last + 1:
                    return done
                await subscriptions.hear(tx, read(head.body))
                await _settle(tx, teller, stream, head)
        except Exception as error:
            if head is not None:
                async with database.transaction() as tx:
                    await tx.execute(_SAY_WHY, {"key": head.fingerprint, "why": describe(error)})
            raise
        done += 1


async def next_retry(tx: Transaction) -> datetime | None:
    """When the next stream is to be retried by itself."""
    at: datetime | None = (await tx.execute(_NEXT_RETRY)).scalar()
    return at


async def retry_due(tx: Transaction, subscriptions: Subscriptions) -> int:
    """Retry a few streams whose time has come; answer how many were tried."""
    due = (await tx.execute(_DUE_RETRIES, {"now": tx.now, "most": RETRIES_AT_ONCE})).all()
    for row in due:
        await _try_again(tx, subscriptions, (row.teller, row.stream), row)
    return len(due)


async def _try_again(tx: Transaction, subscriptions: Subscriptions, stream: Stream, row: sa.Row[Any]) -> None:
    """Handle what waits in a stream, each fact apart, until one is refused again or a gap is met."""
    teller, key = stream
    last = await _lock(tx, teller, key)
    while (head := await _head(tx, teller, key)) is not None and head.sequence == last + 1:
        try:
            async with tx.apart():
                await subscriptions.hear(tx, read(head.body))
                await _settle(tx, teller, key, head)
        except Exception as error:
            if is_passing(error):
                raise
            await _postpone(tx, head, error, since=row.parked_at)
            return
        last = head.sequence
    await tx.execute(_LATER, {"key": row.fingerprint, "at": None, "why": "waits behind a gap"})


async def _postpone(tx: Transaction, head: _Head, error: Exception, *, since: datetime) -> None:
    """Say why, and when to try again: never, unless what it refers to may still come."""
    at = None
    if isinstance(error, NotYet):
        waited = tx.now - since
        at = tx.now + min(max(waited, RETRY_FIRST), max(RETRY_MOST, waited / RETRIES_OF_A_LIFE))
        tx.falls_due(at)
    await tx.execute(_LATER, {"key": head.fingerprint, "at": at, "why": describe(error)})


async def drop(database: Database, *, teller: str, stream: UUID) -> int:
    """Give up the fact at the head of a stream, or the gap before it; answer the number that was given up.

    What waits behind it is handled by the next `retry`. Raises NotFound when nothing is parked there.
    """
    async with database.transaction() as tx:
        last = await _lock(tx, teller, stream)
        head = await _head(tx, teller, stream)
        if head is None:
            raise NotFound(f"nothing of {teller} {stream} is parked here")
        if head.sequence > last + 1:
            await cursors.move(tx, {(teller, stream)}, {(teller, stream): head.sequence - 1})
            return head.sequence - 1
        await _settle(tx, teller, stream, head)
        return head.sequence


async def drop_unreadable(database: Database, *, fingerprint: str) -> None:
    """Give up a body that was no envelope. Raises NotFound when it is not here."""
    async with database.transaction() as tx:
        if (await tx.execute(_DROP_UNREADABLE, {"key": fingerprint})).rowcount == 0:
            raise NotFound(f"no unreadable body {fingerprint} is parked here")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The first fact that waits in a stream."""

    fingerprint: str
    sequence: int
    body: bytes


async def _lock(tx: Transaction, teller: str, stream: UUID) -> int:
    """Lock the stream against the inbox and answer its last number."""
    return (await cursors.lock(tx, {(teller, stream)})).get((teller, stream), 0)


async def _head(tx: Transaction, teller: str, stream: UUID) -> _Head | None:
    row = (await tx.execute(_FIRST, {"teller": teller, "stream": stream})).first()
    return row and _Head(fingerprint=row.fingerprint, sequence=row.sequence, body=bytes(row.body))


async def _settle(tx: Transaction, teller: str, stream: UUID, head: _Head) -> None:
    await tx.execute(_REMOVE, {"key": head.fingerprint})
    await cursors.move(tx, {(teller, stream)}, {(teller, stream): head.sequence})


def _address(body: bytes) -> dict[str, Any]:
    try:
        envelope: Envelope = read(body)
    except Unreadable:
        return dict(_NO_ADDRESS)
    return {
        "teller": envelope.teller,
        "stream": envelope.partitionkey,
        "sequence": envelope.sequence,
        "type": envelope.type,
        "tenant": envelope.tenant,
    }


_NO_ADDRESS: Final = dict.fromkeys(("teller", "stream", "sequence", "type", "tenant"))
_KEY = parked.c.fingerprint == sa.bindparam("key")
# Two consumers may park the same fact at once (a takeover): the second one waits, adds nothing, and finds out by the
# cursor which of them came first.
_KEEP: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(parked).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(parked).on_conflict_do_nothing(),
}
_FIRST = (
    sa.select(parked.c.fingerprint, parked.c.sequence, parked.c.body)
    .where(parked.c.teller == sa.bindparam("teller"), parked.c.stream == sa.bindparam("stream"))
    .order_by(parked.c.sequence)
    .limit(1)
)
_REMOVE = sa.delete(parked).where(_KEY)
_DROP_UNREADABLE = _REMOVE.where(parked.c.stream.is_(None))
_SAY_WHY = sa.update(parked).where(_KEY).values(error=sa.bindparam("why"))
_LATER = sa.update(parked).where(_KEY).values(retry_at=sa.bindparam("at", type_=Instant), error=sa.bindparam("why"))
_NEXT_RETRY = sa.select(sa.func.min(parked.c.retry_at, type_=Instant))
_DUE_RETRIES = (
    sa.select(parked.c.fingerprint, parked.c.teller, parked.c.stream, parked.c.parked_at)
    .where(parked.c.retry_at <= sa.bindparam("now", type_=Instant))
    .order_by(parked.c.retry_at)
    .limit(sa.bindparam("most"))
)
_COUNT = sa.select(sa.func.count()).select_from(parked)
_ALL = sa.select(*(column for column in parked.c if column.name not in ("body", "retry_at"))).order_by(
    parked.c.teller, parked.c.stream, parked.c.sequence
)
_NUMBERS = sa.select(parked.c.teller, parked.c.stream, parked.c.sequence).where(
    parked.c.stream.in_(sa.bindparam("streams", expanding=True))
)
_NUMBERS_POSTGRESQL = sa.text(
    "SELECT teller, stream, sequence FROM parked WHERE stream = ANY(CAST(:streams AS uuid[]))"
)
