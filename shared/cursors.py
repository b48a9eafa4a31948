"""How far a listener has come in each stream of each teller: one row, locked before a fact of the stream is handled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.db import Transaction
from shared.outbox import machinery

Stream = tuple[str, UUID]

inbox_cursors = sa.Table(
    "inbox_cursors",
    machinery,
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("teller", sa.Text, primary_key=True),
    sa.Column("last_sequence", sa.Integer, nullable=False),
)


class Overtaken(Exception):
    """Two consumers met a new stream at once (a takeover), and the other one committed first."""


async def lock(tx: Transaction, streams: Collection[Stream]) -> dict[Stream, int]:
    """Lock the cursors of the streams, in one order for all, and answer their last sequences; a new stream has none."""
    keys = sorted({stream for _, stream in streams})
    rows = await tx.execute(_LOCK_POSTGRESQL if tx.dialect == "postgresql" else _LOCK, {"streams": keys})
    known = {(row.teller, row.stream): row.last_sequence for row in rows}
    return {stream: known[stream] for stream in streams if stream in known}


async def move(tx: Transaction, known: Collection[Stream], moved: Mapping[Stream, int]) -> None:
    """Set the last sequences; `known` are the streams that were found by `lock`. Raises Overtaken."""
    old = {stream: last for stream, last in moved.items() if stream in known}
    new = {stream: last for stream, last in moved.items() if stream not in known}
    if old:
        await _set(tx, (_MOVE_POSTGRESQL, _MOVE), old)
    if new and await _set(tx, (_BEGIN_POSTGRESQL, _BEGIN), new) != len(new):
        raise Overtaken


async def _set(tx: Transaction, statements: tuple[sa.Executable, sa.Executable], lasts: Mapping[Stream, int]) -> int:
    in_order = sorted(lasts.items(), key=lambda item: (item[0][1], item[0][0]))
    on_postgresql, elsewhere = statements
    if tx.dialect == "postgresql":
        columns: dict[str, Any] = {
            "tellers": [teller for (teller, _), _ in in_order],
            "streams": [stream for (_, stream), _ in in_order],
            "lasts": [last for _, last in in_order],
        }
        return (await tx.execute(on_postgresql, columns)).rowcount
    rows = [{"of_teller": teller, "of_stream": stream, "last": last} for (teller, stream), last in in_order]
    await tx.execute(elsewhere, rows)
    return len(rows)


# PostgreSQL: one text each, whatever the size of the batch, so that it is prepared once.
_LOCK_POSTGRESQL = sa.text(
    """
    SELECT stream, teller, last_sequence FROM inbox_cursors
    WHERE stream = ANY(CAST(:streams AS uuid[])) ORDER BY stream, teller FOR UPDATE
    """
)
_MOVE_POSTGRESQL = sa.text(
    """
    UPDATE inbox_cursors AS known SET last_sequence = moved.last_sequence
    FROM unnest(CAST(:tellers AS text[]), CAST(:streams AS uuid[]), CAST(:lasts AS int[]))
         AS moved (teller, stream, last_sequence)
    WHERE known.stream = moved.stream AND known.teller = moved.teller
    """
)
_BEGIN_POSTGRESQL = sa.text(
    """
    INSERT INTO inbox_cursors (teller, stream, last_sequence)
    SELECT * FROM unnest(CAST(:tellers AS text[]), CAST(:streams AS uuid[]), CAST(:lasts AS int[]))
    ON CONFLICT DO NOTHING
    """
)

# SQLite: one writer, so nothing needs a lock and nobody overtakes.
_LOCK = sa.select(inbox_cursors).where(inbox_cursors.c.stream.in_(sa.bindparam("streams", expanding=True)))
_MOVE = (
    sa.update(inbox_cursors)
    .where(inbox_cursors.c.teller == sa.bindparam("of_teller"), inbox_cursors.c.stream == sa.bindparam("of_stream"))
    .values(last_sequence=sa.bindparam("last"))
)
_BEGIN = sa.insert(inbox_cursors).values(
    teller=sa.bindparam("of_teller"), stream=sa.bindparam("of_stream"), last_sequence=sa.bindparam("last")
)
