"""Streams that stopped: the fact that could not be handled and all that came behind it, until someone decides.

`retry` handles what waits, in order, as far as it goes; `drop` gives up the fact at the head (or the gap before it)
and goes on. Facts that are no envelope are kept too, each by itself, to be looked at and dropped.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from shared.bus import Subscriptions
from shared.db import Database, Instant, Transaction
from shared.errors import NotFound
from shared.events.envelope import Unreadable, read
from shared.outbox import machinery

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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One fact that waits, with the reason."""

    fingerprint: str
    teller: str | None
    stream: UUID | None
    sequence: int | None
    type: str | None
    tenant: str | None
    error: str
    parked_at: datetime


async def park(tx: Transaction, body: bytes, *, error: str) -> None:
    """Keep a fact that could not be handled. Parking it again (a redelivery) changes nothing."""
    digest = hashlib.sha256(body).hexdigest()
    row = {"fingerprint": digest, "body": body, "error": error, "parked_at": tx.now}
    address: dict[str, object] = dict.fromkeys(("teller", "stream", "sequence", "type", "tenant"))
    try:
        envelope = read(body)
    except Unreadable:
        pass  # kept without an address: it has none
    else:
        address = {
            "teller": envelope.teller,
            "stream": envelope.partitionkey,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "tenant": envelope.tenant,
        }
    already = await tx.execute(_BY_FINGERPRINT, {"fingerprint": digest})
    if already.first() is None:
        await tx.execute(sa.insert(parked), row | address)


async def apply_waiting(
    tx: Transaction, subscriptions: Subscriptions, stream: tuple[str, UUID], *, after: int
) -> int:
    """Handle what waits in a stream from the number after `after` on; answer the last number handled.

    Stops at a gap. Raises what a handler raises: the caller's transaction is then rolled back.
    """
    from shared.inbox import apply

    teller, key = stream
    for row in (await tx.execute(_OF_STREAM, {"teller": teller, "stream": key})).all():
        if row.sequence != after + 1:
            break
        await apply(tx, subscriptions, read(row.body))
        await tx.execute(_REMOVE, {"gone": row.fingerprint})
        after = row.sequence
    return after


async def waiting(tx: Transaction) -> list[Parked]:
    """Everything that is parked here, oldest stream first, each stream in order."""
    return [Parked(**row._mapping) for row in await tx.execute(_ALL)]


async def retry(database: Database, subscriptions: Subscriptions, *, teller: str, stream: UUID) -> int:
    """Handle what waits in a stream, one transaction a fact, until done or until one fails again.

    Answers how many were handled; the error of the one that failed is kept with it and raised.
    """
    done = 0
    while True:
        async with database.transaction() as tx:
            head = await _head(tx, teller, stream)
            last = await _cursor(tx, teller, stream)
            if head is None or head.sequence != last + 1:
                return done
        try:
            async with database.transaction() as tx:
                await _lock_cursor(tx, teller, stream)
                await _apply_one(tx, subscriptions, head.body)
                await tx.execute(_REMOVE, {"gone": head.fingerprint})
                await _move_cursor(tx, teller, stream, head.sequence)
            done += 1
        except Exception as error:
            async with database.transaction() as tx:
                await tx.execute(_SAY_WHY, {"key": head.fingerprint, "why": f"{type(error).__name__}: {error}"[:500]})
            raise


async def drop(database: Database, *, teller: str, stream: UUID) -> int:
    """Give up the fact at the head of a stream, or the gap before it; answer the number that was given up.

    Raises NotFound when nothing is parked there.
    """
    async with database.transaction() as tx:
        last = await _lock_cursor(tx, teller, stream)
        head = await _head(tx, teller, stream)
        if head is None:
            raise NotFound(f"nothing of {teller} {stream} is parked here")
        if head.sequence > last + 1:
            await _move_cursor(tx, teller, stream, head.sequence - 1)
            return int(head.sequence - 1)
        await tx.execute(_REMOVE, {"gone": head.fingerprint})
        await _move_cursor(tx, teller, stream, head.sequence)
        return int(head.sequence)


async def drop_unreadable(database: Database, *, fingerprint: str) -> None:
    """Give up a body that was no envelope. Raises NotFound when it is not here."""
    async with database.transaction() as tx:
        gone = await tx.execute(_REMOVE_UNREADABLE, {"gone": fingerprint})
        if gone.rowcount == 0:
            raise NotFound(f"no unreadable body {fingerprint} is parked here")


async def _apply_one(tx: Transaction, subscriptions: Subscriptions, body: bytes) -> None:
    from shared.inbox import apply

    await apply(tx, subscriptions, read(body))


async def _head(tx: Transaction, teller: str, stream: UUID) -> sa.Row[tuple[object, ...]] | None:
    return (await tx.execute(_OF_STREAM, {"teller": teller, "stream": stream})).first()


async def _cursor(tx: Transaction, teller: str, stream: UUID) -> int:
    from shared.inbox import inbox_cursors as cursors

    found = await tx.execute(
        sa.select(cursors.c.last_sequence).where(cursors.c.teller == teller, cursors.c.stream == stream)
    )
    return found.scalar_one_or_none() or 0


async def _lock_cursor(tx: Transaction, teller: str, stream: UUID) -> int:
    from shared.inbox import inbox_cursors as cursors

    found = await tx.execute(
        sa.select(cursors.c.last_sequence)
        .where(cursors.c.teller == teller, cursors.c.stream == stream)
        .with_for_update()
    )
    last = found.scalar_one_or_none()
    if last is None:
        await tx.execute(sa.insert(cursors).values(teller=teller, stream=stream, last_sequence=0))
    return last or 0


async def _move_cursor(tx: Transaction, teller: str, stream: UUID, sequence: int) -> None:
    from shared.inbox import inbox_cursors as cursors

    await tx.execute(
        sa.update(cursors)
        .where(cursors.c.teller == teller, cursors.c.stream == stream)
        .values(last_sequence=sequence)
    )


_BY_FINGERPRINT = sa.select(parked.c.fingerprint).where(parked.c.fingerprint == sa.bindparam("fingerprint"))
_OF_STREAM = (
    sa.select(parked)
    .where(parked.c.teller == sa.bindparam("teller"), parked.c.stream == sa.bindparam("stream"))
    .order_by(parked.c.sequence)
)
_REMOVE = sa.delete(parked).where(parked.c.fingerprint == sa.bindparam("gone"))
_REMOVE_UNREADABLE = _REMOVE.where(parked.c.stream.is_(None))
_SAY_WHY = sa.update(parked).where(parked.c.fingerprint == sa.bindparam("key")).values(error=sa.bindparam("why"))
_ALL = sa.select(*(column for column in parked.c if column.name != "body")).order_by(
    parked.c.teller, parked.c.stream, parked.c.sequence
)
WAITING = sa.select(parked.c.teller, parked.c.stream, parked.c.sequence).where(
    parked.c.stream.in_(sa.bindparam("streams", expanding=True))
)
