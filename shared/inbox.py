"""The inbox: facts come in ordered, in batches, exactly once in effect.

A batch is handled in ONE transaction. Per stream the cursor (`shared/cursors.py`) holds the last sequence: at or below
it is a repeat, the next one is handled, one beyond it is a gap. A batch in which something raises is rolled back and
redone one fact at a time; a fact that a rule refuses, or that cannot be read, parks its stream (`shared/parked.py`)
and all other streams go on. Something passing (database away, deadlock, unknown commit) is retried in place.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from shared import cursors, metrics, parked
from shared.bus import Subscriptions
from shared.crash import crashpoint
from shared.cursors import Overtaken, Stream
from shared.db import Database, Transaction, is_passing
from shared.errors import NotYet
from shared.events.envelope import Envelope, Unreadable, read
from shared.log import describe, log
from shared.waiting import happens

RETRY_FIRST_SECONDS = 0.05
RETRY_MOST_SECONDS = 2.0  # long enough to spare a database that starts, short enough for people who wait

DoneT = TypeVar("DoneT")


class Outcome(enum.Enum):
    """What became of one delivery; all but GAP are settled and may be acknowledged."""

    APPLIED = "applied"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    GAP = "gap"


HANDLED = (Outcome.APPLIED, Outcome.IGNORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """One delivery, opened: without an envelope it is a body that nobody can read."""

    body: bytes
    envelope: Envelope | None

    @property
    def stream(self) -> Stream | None:
        return (self.envelope.teller, self.envelope.partitionkey) if self.envelope else None

    @property
    def sequence(self) -> int:
        return self.envelope.sequence if self.envelope else 0


@dataclass(slots=True)
class _Ledger:
    """The cursors of one batch, as locked and as they become, and the numbers that are parked in its streams."""

    known: dict[Stream, int]
    waiting: dict[Stream, set[int]]
    moved: dict[Stream, int] = field(default_factory=dict)

    def last(self, stream: Stream) -> int:
        return self.moved.get(stream, self.known.get(stream, 0))

    def has(self, stream: Stream, sequence: int) -> bool:
        return sequence <= self.last(stream) or sequence in self.waiting.get(stream, ())

    def healed(self) -> list[Stream]:
        """The streams that came so far that what waits is next. One that was refused is not: nothing came before it."""
        moved = [stream for stream, last in self.moved.items() if last != self.known.get(stream, 0)]
        return [stream for stream in moved if self.last(stream) + 1 in self.waiting.get(stream, ())]

    def line_up(self, stream: Stream, sequence: int) -> None:
        """Note a number that is parked, and see to it that a parked stream has a cursor."""
        self.waiting.setdefault(stream, set()).add(sequence)
        self.moved[stream] = self.last(stream)


class Inbox:
    """The inbox of one listening service."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        """Listen for `database.service` to what `subscriptions` names."""
        self.database = database
        self.listener = database.service
        self.subscriptions = subscriptions
        self.stopping = asyncio.Event()

    async def take(self, bodies: Sequence[bytes], *, give_up_on_gaps: bool = False) -> list[Outcome]:
        """Handle facts, those of a stream by their numbers; answer what became of each, in the order given.

        `give_up_on_gaps` parks a stream whose next fact is missing instead of answering GAP. Raises only when the
        service stops while the database is away: nothing may be acknowledged then.
        """
        facts = [_open(body) for body in bodies]
        places = _by_number(facts)
        in_order = [facts[place] for place in places]
        try:
            settled = await self._patiently(
                lambda tx: self._handle(tx, in_order, give_up=give_up_on_gaps, release=True)
            )
        except Exception as error:
            if is_passing(error):
                raise
            settled = [await self._alone(fact, give_up=give_up_on_gaps) for fact in in_order]
        self._count(in_order, settled)
        outcomes = dict(zip(places, settled, strict=True))
        return [outcomes[place] for place in range(len(facts))]

    async def _alone(self, fact: _Fact, *, give_up: bool) -> Outcome:
        """One fact in a transaction of its own; one that raises parks its stream."""
        try:
            (outcome,) = await self._patiently(lambda tx: self._handle(tx, [fact], give_up=give_up, release=False))
        except Exception as error:
            if is_passing(error):
                raise
            reason = describe(error)
            log.warning("fact parked", listener=self.listener, stream=str(fact.stream), error=reason)
            not_yet = isinstance(error, NotYet)
            return await self._patiently(lambda tx: self._park(tx, fact, reason, not_yet=not_yet))
        if fact.stream is not None and outcome in HANDLED:
            # What was parked behind a gap goes on now. What raises stays parked with its own error, not with ours.
            with suppress(Exception):
                teller, stream = fact.stream
                await parked.retry(self.database, self.subscriptions, teller=teller, stream=stream)
        return outcome

    async def _patiently(self, work: Callable[[Transaction], Awaitable[DoneT]]) -> DoneT:
        """One transaction; what is passing is tried again until it passes or the service stops."""
        delay = RETRY_FIRST_SECONDS
        while True:
            try:
                async with self.database.transaction() as tx:
                    done = await work(tx)
                    crashpoint("inbox.handled")
            except Exception as error:
                if not (is_passing(error) or isinstance(error, Overtaken)) or self.stopping.is_set():
                    raise
                log.warning("delivery waits", listener=self.listener, error=describe(error), seconds=delay)
            else:
                crashpoint("inbox.committed")
                return done
            await happens(self.stopping, within=delay)
            delay = min(delay * 2, RETRY_MOST_SECONDS)

    async def _handle(self, tx: Transaction, facts: Sequence[_Fact], *, give_up: bool, release: bool) -> list[Outcome]:
        ledger = await _lock(tx, facts)
        outcomes = [await self._one(tx, ledger, fact, give_up=give_up) for fact in facts]
        for stream in ledger.healed() if release else ():
            after = ledger.last(stream)
            ledger.moved[stream] = await parked.release(tx, self.subscriptions, stream, after=after)
        await cursors.move(tx, ledger.known, ledger.moved)
        return outcomes

    async def _one(self, tx: Transaction, ledger: _Ledger, fact: _Fact, *, give_up: bool) -> Outcome:
        envelope, stream = fact.envelope, fact.stream
        if envelope is None or stream is None:
            await parked.park(tx, fact.body, error="no envelope")
            return Outcome.PARKED
        if ledger.has(stream, envelope.sequence):
            return Outcome.DUPLICATE
        if envelope.sequence == ledger.last(stream) + 1:
            cares = await self.subscriptions.hear(tx, envelope)
            ledger.moved[stream] = envelope.sequence
            return Outcome.APPLIED if cares else Outcome.IGNORED
        waits = stream in ledger.waiting
        if not waits and not give_up:
            return Outcome.GAP
        reason = "waits behind a parked fact" if waits else f"gap: {ledger.last(stream) + 1} is missing"
        await parked.park(tx, fact.body, error=reason)
        ledger.line_up(stream, envelope.sequence)
        return Outcome.PARKED

    async def _park(self, tx: Transaction, fact: _Fact, reason: str, *, not_yet: bool) -> Outcome:
        """Park a fact that was refused, unless another consumer has settled it meanwhile."""
        assert fact.envelope is not None and fact.stream is not None, "what has no envelope is parked, not refused"
        ledger = await _lock(tx, [fact])
        if ledger.has(fact.stream, fact.envelope.sequence):
            return Outcome.DUPLICATE
        await parked.park(tx, fact.body, error=reason, not_yet=not_yet)
        ledger.line_up(fact.stream, fact.envelope.sequence)
        await cursors.move(tx, ledger.known, ledger.moved)
        return Outcome.PARKED

    def _count(self, facts: Sequence[_Fact], outcomes: Sequence[Outcome]) -> None:
        now = self.database.clock.now()
        for fact, outcome in zip(facts, outcomes, strict=True):
            metrics.deliveries_total.labels(self.listener, outcome.value).inc()
            if outcome is Outcome.APPLIED and fact.envelope is not None:
                seconds = (now - fact.envelope.time).total_seconds()
                metrics.delivery_seconds.labels(self.listener).observe(max(0.0, seconds))


async def _lock(tx: Transaction, facts: Sequence[_Fact]) -> _Ledger:
    """Lock the cursors of the streams in the batch and look which of them have parked facts."""
    streams = {fact.stream for fact in facts if fact.stream is not None}
    known = await cursors.lock(tx, streams)
    return _Ledger(known=known, waiting=await parked.waiting_in(tx, streams))


def _open(body: bytes) -> _Fact:
    try:
        return _Fact(body=body, envelope=read(body))
    except Unreadable:
        return _Fact(body=body, envelope=None)


def _by_number(facts: Sequence[_Fact]) -> list[int]:
    """The places of the facts, those of each stream by their numbers; the order of streams to each other is kept.

    A fact that was overtaken on the way is thus no gap as long as both are in the batch.
    """
    places: dict[Stream | None, list[int]] = {}
    for place, fact in enumerate(facts):
        places.setdefault(fact.stream, []).append(place)
    in_order = list(range(len(facts)))
    for mine in places.values():
        for place, source in zip(mine, sorted(mine, key=lambda at: facts[at].sequence), strict=True):
            in_order[place] = source
    return in_order
