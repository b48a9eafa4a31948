"""The outbox and the event log: facts become durable in the same transaction as what they tell of.

`append` gives each fact its number in its stream while the stream's row is locked, writes the envelope's final bytes
to `events` (the log: feed, replay, audit) and a narrow pointer to `outbox`, which the relay deletes once confirmed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import ids
from shared.events import Event
from shared.events.envelope import Envelope, seal

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
    in_order = sorted(counts)  # every transaction locks streams in one order: no deadlock
    if connection.dialect.name == "postgresql":
        rows = await connection.execute(_BUMP, {"streams": in_order, "counts": [counts[key] for key in in_order]})
        last = {row.stream: row.last_sequence for row in rows}
    else:
        last = {}
        for key in in_order:
            bumped = await connection.execute(_BUMP_ONE, {"stream": key, "last_sequence": counts[key]})
            last[key] = bumped.scalar_one()
    upcoming = {key: last[key] - counts[key] for key in in_order}
    envelopes = []
    for fact in told:
        upcoming[fact.event.stream] += 1
        envelopes.append(_seal(fact, sequence=upcoming[fact.event.stream], time=time))
    if connection.dialect.name == "postgresql":
        await connection.execute(_APPEND, _columns(envelopes))
    else:
        for envelope in envelopes:
            row = {name: values[0] for name, values in _columns([envelope]).items()}
            position = (await connection.execute(_APPEND_ONE, row)).scalar_one()
            await connection.execute(_POINT, {"position": position})


def _seal(fact: Told, *, sequence: int, time: datetime) -> Envelope:
    return seal(
        fact.event,
        id=ids.new_id(time),
        tenant=fact.tenant,
        sequence=sequence,
        time=time,
        traceparent=fact.traceparent,
        causationid=fact.cause,
    )


def _columns(envelopes: Sequence[Envelope]) -> dict[str, list[Any]]:
    return {
        "event_id": [envelope.id for envelope in envelopes],
        "stream": [envelope.partitionkey for envelope in envelopes],
        "sequence": [envelope.sequence for envelope in envelopes],
        "type": [envelope.type for envelope in envelopes],
        "tenant": [envelope.tenant for envelope in envelopes],
        "told_at": [envelope.time for envelope in envelopes],
        "body": [envelope.encode() for envelope in envelopes],
    }


# PostgreSQL: two statements for any number of facts, whose plans never change.
_BUMP = sa.text(
    """
    INSERT INTO streams AS known (stream, last_sequence)
    SELECT * FROM unnest(CAST(:streams AS uuid[]), CAST(:counts AS int[]))
    ON CONFLICT (stream) DO UPDATE SET last_sequence = known.last_sequence + excluded.last_sequence
    RETURNING stream, last_sequence
    """
)
_APPEND = sa.text(
    """
    WITH told AS (
        INSERT INTO events (event_id, stream, sequence, type, tenant, told_at, body)
        SELECT event_id, stream, sequence, type, tenant, told_at, body
        FROM unnest(CAST(:event_id AS uuid[]), CAST(:stream AS uuid[]), CAST(:sequence AS int[]),
                    CAST(:type AS text[]), CAST(:tenant AS text[]), CAST(:told_at AS timestamptz[]),
                    CAST(:body AS bytea[]))
             WITH ORDINALITY AS fact (event_id, stream, sequence, type, tenant, told_at, body, place)
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
