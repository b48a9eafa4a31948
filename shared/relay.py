"""The relay: carries what a service has told from its outbox to the bus, in order, at least once.

It reads whatever pointers exist, never a cursor; publishes; deletes the pointers that were confirmed; if one fact of a
stream was not confirmed, all later ones of that stream in the batch count as not sent. One relay is active per
database: it holds a session advisory lock, a standby takes over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import metrics
from shared.bus import Bus, Outgoing
from shared.crash import crashpoint
from shared.db import Committed, Database, Instant, is_passing
from shared.log import describe, log
from shared.outbox import events, outbox
from shared.waiting import happens

BATCH_FACTS = 500
POLL_SECONDS = 0.05  # another process's commit is noticed within this; our own wakes the relay at once
LINGER_SECONDS = 0.01  # after a small batch the next waits this long for company: fewer, fuller batches under load
LINGER_MOST_SECONDS = 0.05  # it grows up to this while a batch takes longer: a full machine wants full batches
STANDBY_SECONDS = 0.25  # how often a standby tries to take over
RETRY_SECONDS = 0.25
LEADER_LOCK = 0x706F6E7465  # "ponte": the advisory lock of the one active relay of a database


class Relay:
    """The relay of one service."""

    def __init__(self, database: Database, bus: Bus) -> None:
        """Carry what `database` holds to `bus`."""
        self.database = database
        self.bus = bus
        self.stopping = asyncio.Event()
        self.is_behind = False
        self._woken = asyncio.Event()
        database.on_commit.append(self._on_commit)

    def _on_commit(self, committed: Committed) -> None:
        if committed.told:
            self._woken.set()

    def stop(self) -> None:
        """Finish the batch under way, then end."""
        self.stopping.set()
        self._woken.set()

    async def drain(self) -> int:
        """Carry everything that waits, until nothing is left or something is not confirmed; answer how many went."""
        total = 0
        async with self.database.engine.connect() as connection:
            while True:
                found, sent = await self._batch(connection)
                total += sent
                self.is_behind = sent < found
                if self.is_behind or found == 0:
                    return total

    async def run(self) -> None:
        """Be the active relay, or stand by, until stopped."""
        while not self.stopping.is_set():
            try:
                async with self.database.engine.connect() as connection:
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                    if await self._is_leader(connection):
                        await self._lead_and_resign(connection)
                    else:
                        await self._pause(STANDBY_SECONDS)
            except Exception as error:  # noqa: BLE001  whatever it is, what waits must be carried one day
                if is_passing(error):
                    log.warning("relay waits", service=self.database.service, error=describe(error))
                else:
                    log.exception("relay failed", service=self.database.service)
                await self._pause(RETRY_SECONDS)

    async def _is_leader(self, connection: AsyncConnection) -> bool:
        if self.database.is_sqlite:
            return True  # one process owns the file (embedded.py holds its lock)
        return bool((await connection.execute(_TRY_LOCK, {"key": LEADER_LOCK})).scalar_one())

    async def _lead_and_resign(self, connection: AsyncConnection) -> None:
        try:
            await self._lead(connection)
        finally:
            # The lock belongs to the session: given back to the pool, it would keep every standby out.
            await connection.invalidate()

    async def _lead(self, connection: AsyncConnection) -> None:
        while not self.stopping.is_set():
            self._woken.clear()
            started = time.perf_counter()
            found, sent = await self._batch(connection)
            took = time.perf_counter() - started
            if sent < found:
                await self._pause(RETRY_SECONDS)
            elif found == 0:
                await happens(self._woken, within=POLL_SECONDS)
            elif found < BATCH_FACTS // 4:
                await asyncio.sleep(min(max(took, LINGER_SECONDS), LINGER_MOST_SECONDS))

    async def _pause(self, seconds: float) -> None:
        await happens(self.stopping, within=seconds)

    async def _batch(self, connection: AsyncConnection) -> tuple[int, int]:
        """Carry one batch; answer how many were found and how many were confirmed and taken off."""
        rows = (await connection.execute(_WAITING, {"most": BATCH_FACTS})).all()
        await connection.rollback()  # nothing is held while the facts travel
        if not rows:
            return 0, 0
        facts = [
            Outgoing(position=row.position, event_id=row.event_id, stream=row.stream, type=row.type, body=row.body)
            for row in rows
        ]
        crashpoint("relay.read")
        confirmed = await self.bus.publish(facts)
        crashpoint("relay.confirmed")
        done = _in_order(facts, confirmed)
        if done:
            await self._take_off(connection, done)
        crashpoint("relay.deleted")
        return len(facts), len(done)

    async def _take_off(self, connection: AsyncConnection, done: Sequence[int]) -> None:
        if self.database.is_sqlite:
            async with self.database.transaction() as tx:
                await tx.execute(_TAKE_OFF_ONE, [{"gone": position} for position in done])
        else:
            await connection.execute(_TAKE_OFF, {"gone": list(done)})
            await connection.commit()


def _in_order(facts: Sequence[Outgoing], confirmed: set[int]) -> list[int]:
    """The positions that count as sent: none of a stream after its first unconfirmed one."""
    broken = set()
    done = []
    for fact in facts:
        if fact.position not in confirmed:
            broken.add(fact.stream)
        if fact.stream not in broken:
            done.append(fact.position)
    return done


async def measure_outbox(database: Database) -> None:
    """Set the gauges of what waits for the bus."""
    async with database.reading() as tx:
        row = (await tx.execute(_DEPTH)).one()
    age = (tx.now - row.oldest).total_seconds() if row.oldest else 0.0
    metrics.outbox_unsent.labels(database.service).set(row.unsent)
    metrics.outbox_oldest_seconds.labels(database.service).set(max(0.0, age))


_TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(:key)")
_WAITING = (
    sa.select(events.c.position, events.c.event_id, events.c.stream, events.c.type, events.c.body)
    .join(outbox, outbox.c.position == events.c.position)
    .order_by(outbox.c.position)
    .limit(sa.bindparam("most"))
)
_TAKE_OFF = sa.text("DELETE FROM outbox WHERE position = ANY(CAST(:gone AS bigint[]))")
_TAKE_OFF_ONE = sa.delete(outbox).where(outbox.c.position == sa.bindparam("gone"))
_DEPTH = sa.select(
    sa.func.count(outbox.c.position).label("unsent"), sa.func.min(events.c.told_at, type_=Instant).label("oldest")
).join(events, outbox.c.position == events.c.position)
