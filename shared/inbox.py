"""The inbox: facts come in ordered, in batches, exactly once in effect.

A batch is handled in ONE transaction. Per stream the row `inbox_cursors` holds the last sequence: at or below it is a
repeat, the next one is handled, one beyond it is a gap. A batch in which something raises is rolled back and redone
one fact at a time; a fact that a rule refuses, or that cannot be read, parks its stream (`shared/parked.py`) and all
other streams go on. Something passing (database away, deadlock, unknown commit) is retried in place.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from shared import metrics, parked
from shared.bus import Subscriptions
from shared.crash import crashpoint
from shared.db import Database, Transaction, is_passing
from shared.events.envelope import Envelope, Unreadable, read
from shared.log import log
from shared.outbox import machinery

RETRY_FIRST_SECONDS = 0.05
RETRY_MOST_SECONDS = 5.0  # long enough to spare a database that starts, short enough for people who wait

inbox_cursors = sa.Table(
    "inbox_cursors",
    machinery,
    sa.Column("teller", sa.Text, primary_key=True),
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("last_sequence", sa.Integer, nullable=False),
)

Stream = tuple[str, UUID]


class Outcome(enum.Enum):
    """What became of one delivery; all but GAP are settled and may be acknowledged."""

    APPLIED = "applied"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    GAP = "gap"


@dataclass(slots=True)
class _Ledger:
    """The cursors of one batch: as locked, and as they become."""

    known: dict[Stream, int]
    waiting: dict[Stream, set[int]]
    moved: dict[Stream, int] = field(default_factory=dict)

    def last(self, stream: Stream) -> int:
        return self.moved.get(stream, self.known.get(stream, 0))


class Inbox:
    """The inbox of one listening service."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        """Listen for `database.service` to what `subscriptions` names."""
        self.database = database
        self.listener = database.service
        self.subscriptions = subscriptions
        self.stopping = asyncio.Event()

    async def take(self, bodies: Sequence[bytes], *, give_up_on_gaps: bool = False) -> list[Outcome]:
        """Handle facts in the given order; answer what became of each.

        `give_up_on_gaps` parks a stream whose next fact is missing instead of answering GAP. Raises only when the
        service stops while the database is away: nothing was done, nothing may be acknowledged.
        """
        try:
            outcomes = await self._patiently(bodies, give_up_on_gaps)
        except Exception as error:
            if is_passing(error):
                raise
            outcomes = [await self._alone(body, give_up_on_gaps) for body in bodies]
        for outcome in outcomes:
            metrics.deliveries_total.labels(self.listener, outcome.value).inc()
        return outcomes

    async def _alone(self, body: bytes, give_up_on_gaps: bool) -> Outcome:
        try:
            return (await self._patiently([body], give_up_on_gaps))[0]
        except Exception as error:
            if is_passing(error):
                raise
            log.warning("fact parked", listener=self.listener, error=describe(error))
            async with self.database.transaction() as tx:
                await parked.park(tx, body, error=describe(error))
            return Outcome.PARKED

    async def _patiently(self, bodies: Sequence[bytes], give_up_on_gaps: bool) -> list[Outcome]:
        """One transaction; what is passing is tried again until it passes or the service stops."""
        delay = RETRY_FIRST_SECONDS
        while True:
            try:
                async with self.database.transaction() as tx:
                    outcomes = await self._handle(tx, bodies, give_up_on_gaps)
                    crashpoint("inbox.handled")
                return outcomes
            except Exception as error:
                if not is_passing(error) or self.stopping.is_set():
                    raise
                log.warning("delivery waits", listener=self.listener, error=describe(error), seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_MOST_SECONDS)

    async def _handle(self, tx: Transaction, bodies: Sequence[bytes], give_up_on_gaps: bool) -> list[Outcome]:
        envelopes = [_open(body) for body in bodies]
        ledger = await _lock(tx, {_stream(envelope) for envelope in envelopes if envelope})
        outcomes = []
        for body, envelope in zip(bodies, envelopes, strict=True):
            if envelope is None:
                await parked.park(tx, body, error="no envelope")
                outcomes.append(Outcome.PARKED)
            else:
                outcomes.append(await self._one(tx, ledger, body, envelope, give_up_on_gaps))
        await _save(tx, ledger)
        return outcomes

    async def _one(
        self, tx: Transaction, ledger: _Ledger, body: bytes, envelope: Envelope, give_up_on_gaps: bool
    ) -> Outcome:
        stream = _stream(envelope)
        waiting = ledger.waiting.get(stream, set())
        last = ledger.last(stream)
        if envelope.sequence <= last or envelope.sequence in waiting:
            return Outcome.DUPLICATE
        is_next = envelope.sequence == last + 1
        if not is_next and not waiting and not give_up_on_gaps:
            return Outcome.GAP
        if not is_next:
            reason = "waits behind a parked fact" if waiting else f"gap: {last + 1} is missing"
            await parked.park(tx, body, error=reason)
            ledger.waiting.setdefault(stream, set()).add(envelope.sequence)
            return Outcome.PARKED
        outcome = await apply(tx, self.subscriptions, envelope)
        ledger.moved[stream] = envelope.sequence
        if waiting:
            ledger.moved[stream] = await parked.apply_waiting(tx, self.subscriptions, stream, after=envelope.sequence)
        return outcome


async def apply(tx: Transaction, subscriptions: Subscriptions, envelope: Envelope) -> Outcome:
    """Let the service hear one fact. Raises what the handler raises, or `Unreadable`."""
    heard = subscriptions.by_type.get(envelope.type)
    if heard is None:
        return Outcome.IGNORED
    _, function = heard
    own = tx.as_tenant(envelope.tenant).caused_by(str(envelope.id), envelope.traceparent)
    await function(own, envelope.event())
    metrics.delivery_seconds.labels(tx.actor).observe(max(0.0, (tx.now - envelope.time).total_seconds()))
    return Outcome.APPLIED


def describe(error: BaseException) -> str:
    """An error in one line, for the log and the parked table."""
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:500]


def fingerprint(body: bytes) -> str:
    """What makes a body itself, for those that are no envelope."""
    return hashlib.sha256(body).hexdigest()


def _open(body: bytes) -> Envelope | None:
    try:
        return read(body)
    except Unreadable:
        return None


def _stream(envelope: Envelope) -> Stream:
    return (envelope.teller, envelope.partitionkey)


async def _lock(tx: Transaction, wanted: set[Stream]) -> _Ledger:
    """Lock the cursors of the streams in the batch, in one order, and look which streams wait behind a parked fact."""
    keys = {"streams": sorted({stream for _, stream in wanted})}
    rows = await tx.execute(_LOCK, keys)
    known = {(row.teller, row.stream): row.last_sequence for row in rows}
    waiting: dict[Stream, set[int]] = {}
    for row in await tx.execute(parked.WAITING, keys):
        waiting.setdefault((row.teller, row.stream), set()).add(row.sequence)
    return _Ledger(known=known, waiting=waiting)


async def _save(tx: Transaction, ledger: _Ledger) -> None:
    """Move the cursors. A new one is inserted plainly: two consumers that both met it first must not both win."""
    for is_new, statement in ((False, _MOVE), (True, _BEGIN)):
        rows = [
            {"key_teller": teller, "key_stream": stream, "last": last}
            for (teller, stream), last in sorted(ledger.moved.items())
            if ((teller, stream) not in ledger.known) is is_new
        ]
        if rows:
            await tx.execute(statement, rows)


_streams = sa.bindparam("streams", expanding=True)
_LOCK = (
    sa.select(inbox_cursors)
    .where(inbox_cursors.c.stream.in_(_streams))
    .order_by(inbox_cursors.c.stream, inbox_cursors.c.teller)
    .with_for_update()
)
_MOVE = (
    sa.update(inbox_cursors)
    .where(inbox_cursors.c.teller == sa.bindparam("key_teller"), inbox_cursors.c.stream == sa.bindparam("key_stream"))
    .values(last_sequence=sa.bindparam("last"))
)
_BEGIN = sa.insert(inbox_cursors).values(
    teller=sa.bindparam("key_teller"), stream=sa.bindparam("key_stream"), last_sequence=sa.bindparam("last")
)
