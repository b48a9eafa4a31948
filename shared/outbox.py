"""The outbox and the event log: facts become durable in the same transaction as what they tell of.

`append` gives each fact its number in its stream while the stream's row is locked, writes the envelope's final bytes
to `events` (the log: feed, replay, audit) and a narrow pointer to `outbox`, which the relay deletes once confirmed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import ids
from shared.events import Event
from shared.events.envelope import Envelope, seal

POSITION_MOST: Final = 2**63 - 1  # of a bigint

machinery = sa.MetaData()

streams = sa.Table(
    "streams",
    machinery,
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("last_sequence", sa.Integer, nullable=False),
)

events = sa.Table(
    "events",
    machinery,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("stream", sa.Uuid, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

outbox = sa.Table(
    "outbox",
    machinery,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact that a transaction tells, with its address."""

    event: Event
    tenant: str
    cause: str | None
    traceparent: str | None


async def append(connection: AsyncConnection, told: Sequence[Told], *, time: datetime) -> None:
    """Write what the transaction tells, in the order it was told, as its last act before the commit."""
    counts = Counter(fact.event.stream for fact in told)
    in_order = sorted(counts, key=_number)  # every transaction locks streams in one order: no deadlock
    if connection.dialect.name == "postgresql":
        rows = await connection.execute(_BUMP, {"streams": in_order, "counts": [counts[key] for key in in_order]})
        upcoming = {row.stream: row.last_sequence - counts[row.stream] for row in rows}
    else:
        upcoming = {}
        for key in in_order:
            bumped = await connection.execute(_BUMP_ONE, {"stream": key, "last_sequence": counts[key]})
            upcoming[key] = bumped.scalar_one() - counts[key]
    envelopes = []
    for fact, event_id in zip(told, ids.new_ids(time, len(told)), strict=True):
        stream = fact.event.stream
        upcoming[stream] = sequence = upcoming[stream] + 1
        envelopes.append(
            seal(
                fact.event,
                id=event_id,
                tenant=fact.tenant,
                sequence=sequence,
                time=time,
                traceparent=fact.traceparent,
                causationid=fact.cause,
            )
        )
    if connection.dialect.name == "postgresql":
        await connection.execute(_APPEND, _columns(envelopes) | {"told_at": time})
    else:
        for envelope in envelopes:
            row = {name: values[0] for name, values in _columns([envelope]).items()} | {"told_at": time}
            position = (await connection.execute(_APPEND_ONE, row)).scalar_one()
            await connection.execute(_POINT, {"position": position})


async def settled(connection: AsyncConnection) -> int:
    """The position up to which the log is final: no transaction still open will tell a fact at or before it.

    Positions are drawn in one order and committed in another. Whoever reads the log "after" a position shows nothing
    beyond this one, asked for in a statement of its own before the facts, or a fact committed late is never shown.
    """
    if connection.dialect.name == "sqlite":
        return POSITION_MOST  # one writer: they are committed in the order in which they are drawn
    return int((await connection.execute(_SETTLED)).scalar_one())


def _number(stream: UUID) -> int:
    """What orders streams: of a UUID, a comparison of its numbers is the one that costs nothing."""
    return stream.int


def _columns(envelopes: Sequence[Envelope]) -> dict[str, list[Any]]:
    return {
        "event_id": [envelope.id for envelope in envelopes],
        "stream": [envelope.partitionkey for envelope in envelopes],
        "sequence": [envelope.sequence for envelope in envelopes],
        "type": [envelope.type for envelope in envelopes],
        "tenant": [envelope.tenant for envelope in envelopes],
        "body": [envelope.encode() for envelope in envelopes],
    }


# Whoever is about to draw positions first takes a shared lock that is named for the last one drawn before, less one
# because of a sequence that nobody has drawn from; the lock goes with the transaction, however that ends.
_DRAWING = 1 << 62

# PostgreSQL: two statements for any number of facts, whose plans never change.
_BUMP = sa.text(
    f"""
    INSERT INTO streams AS known (stream, last_sequence)
    SELECT * FROM unnest(CAST(:streams AS uuid[]), CAST(:counts AS int[]))
    ON CONFLICT (stream) DO UPDATE SET last_sequence = known.last_sequence + excluded.last_sequence
    RETURNING stream, last_sequence,
        pg_advisory_xact_lock_shared({_DRAWING} + (SELECT last_value - 1 FROM events_position_seq))
    """  # noqa: S608  the number is a constant of ours
)
# The last position is read before the locks are looked at: a lateral join cannot turn that round.
_SETTLED = sa.text(
    f"""
    SELECT held.settled
    FROM (SELECT last_value FROM events_position_seq) AS drawn,
    LATERAL (
        SELECT least(drawn.last_value, min((classid::bigint << 32 | objid::bigint) - {_DRAWING})) AS settled
        FROM pg_locks
        WHERE locktype = 'advisory' AND mode = 'ShareLock' AND objsubid = 1 AND classid::bigint >= {_DRAWING >> 32}
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS held
    """  # noqa: S608  as above
)
_APPEND = sa.text(
    """
    WITH told AS (
        INSERT INTO events (event_id, stream, sequence, type, tenant, told_at, body)
        SELECT event_id, stream, sequence, type, tenant, CAST(:told_at AS timestamptz), body
        FROM unnest(CAST(:event_id AS uuid[]), CAST(:stream AS uuid[]), CAST(:sequence AS int[]),
                    CAST(:type AS text[]), CAST(:tenant AS text[]), CAST(:body AS bytea[]))
             WITH ORDINALITY AS fact (event_id, stream, sequence, type, tenant, body, place)
        ORDER BY place
        RETURNING position
    )
    INSERT INTO outbox (position) SELECT position FROM told
    """
)

# SQLite: one writer, so a statement each is as good.
_new_stream = sqlite.insert(streams)
_BUMP_ONE = _new_stream.on_conflict_do_update(
    index_elements=[streams.c.stream],
    set_={"last_sequence": streams.c.last_sequence + _new_stream.excluded.last_sequence},
).returning(streams.c.last_sequence)
_APPEND_ONE = sa.insert(events).returning(events.c.position)
_POINT = sa.insert(outbox)
