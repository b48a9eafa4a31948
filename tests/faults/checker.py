"""The checker: reads only the two databases and the client's log, and counts what became of everything.

It knows nothing of how the machinery works: it compares what was promised to the client with what stands in tables.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import sqlalchemy as sa

from shared.db import Database
from tests.faults.client import Client
from tests.faults.pair.services import heard, reminded, returned, sent
from tests.faults.world import World

REST_SECONDS = 40
REST_STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of everything, in facts.

    `applied` made the whole round, `recovered` did so without the client having been told; `unexpected` stands in a
    table and nobody asked for it; what is `parked` is not `lost`.
    """

    attempted: int
    acknowledged: int
    applied: int
    recovered: int
    lost: int
    duplicated: int
    out_of_order: int
    unexpected: int
    parked: int

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing twice, nothing out of order, nothing parked, and something done."""
        bad = (self.lost, self.duplicated, self.out_of_order, self.unexpected, self.parked)
        return not any(bad) and self.applied >= self.acknowledged > 0


async def check(world: World, client: Client, *, what: str) -> Verdict:
    """Wait until everything is at rest, then count and print."""
    for database in world.databases.values():
        await database.engine.dispose()  # our own connections may have been cut, too
    await at_rest(world)
    verdict = await _count(world, client)
    print(f"{what}: " + ", ".join(f"{name} {number}" for name, number in asdict(verdict).items()))
    assert client.refused == []
    return verdict


async def at_rest(world: World) -> None:
    """Wait until nobody has anything left to send or to hear."""
    give_up = asyncio.get_running_loop().time() + REST_SECONDS
    while await _under_way(world):
        assert asyncio.get_running_loop().time() < give_up, f"not at rest: {await _under_way(world)}"
        await asyncio.sleep(REST_STEP_SECONDS)


async def _under_way(world: World) -> str:
    """What is not at rest: facts in an outbox, or told and neither counted nor parked by the other."""
    teller, listener = world.databases["notify"], world.databases["hourbank"]
    for database in (teller, listener):
        ((unsent,),) = await _rows(database, sa.text("SELECT count(*) FROM outbox"))
        if unsent:
            return f"{unsent} in the outbox of {database.service}"
    ((due,),) = await _rows(teller, sa.text("SELECT count(*) FROM reminders"))
    if due:
        return f"{due} reminders are due"
    for told_by, heard_by in ((teller, listener), (listener, teller)):
        told = {row.stream: row.last_sequence for row in await _rows(told_by, sa.text("SELECT * FROM streams"))}
        known = {row.stream: row.last_sequence for row in await _rows(heard_by, _CURSORS, teller=told_by.service)}
        parked = {row.stream: row.last for row in await _rows(heard_by, _PARKED, teller=told_by.service)}
        behind = [one for one, last in told.items() if max(known.get(one, 0), parked.get(one, 0)) < last]
        if behind:
            return f"{len(behind)} streams of {told_by.service} on their way"
    return ""


async def _count(world: World, client: Client) -> Verdict:
    teller, listener = world.databases["notify"], world.databases["hourbank"]
    was_reminded = [(row.stream, row.number) for row in await _rows(teller, _in_order(reminded))]
    was_sent = [(row.stream, row.note) for row in await _rows(teller, _in_order(sent))]
    numbers = {(row.stream, row.number): row.note for row in await _rows(teller, _in_order(sent))}
    was_heard = [(row.stream, row.number) for row in await _rows(listener, _in_order(heard))]
    came_back = [(row.stream, row.number) for row in await _rows(teller, _in_order(returned))]
    whole_round = set(was_heard) & set(came_back) & set(was_reminded)
    applied = {(stream, numbers[stream, number]) for stream, number in whole_round if (stream, number) in numbers}
    told = {
        (stream, note)
        for (stream, note), number in client.acknowledged.items()
        if numbers.get((stream, number)) == note
    }
    parked = [row for one in (teller, listener) for row in await _rows(one, sa.text("SELECT * FROM parked"))]
    waiting = {
        (row.stream, numbers[row.stream, row.sequence]) for row in parked if (row.stream, row.sequence) in numbers
    }
    return Verdict(
        attempted=len(client.attempted),
        acknowledged=len(client.acknowledged),
        applied=len(applied),
        recovered=len(applied - set(client.acknowledged)),
        lost=len(set(client.acknowledged) - (applied & told) - waiting),
        duplicated=sum(_surplus(rows) for rows in (was_sent, was_heard, came_back, was_reminded)),
        out_of_order=_out_of_order(was_heard) + _out_of_order(came_back),
        unexpected=len(set(was_sent) - client.attempted) + len(set(was_heard) - set(numbers)),
        parked=len(parked),
    )


def _surplus(rows: Sequence[tuple[UUID, object]]) -> int:
    return sum(times - 1 for times in Counter(rows).values())


def _out_of_order(rows: Sequence[tuple[UUID, int]]) -> int:
    """How many came after a later one of their stream."""
    last: dict[UUID, int] = defaultdict(int)
    wrong = 0
    for stream, number in rows:
        wrong += number < last[stream]
        last[stream] = max(number, last[stream])
    return wrong


async def _rows(
    database: Database, statement: sa.Executable, **parameters: object
) -> Sequence[sa.Row[tuple[object, ...]]]:
    async with database.reading() as tx:
        return (await tx.execute(statement, parameters)).all()


def _in_order(table: sa.Table) -> sa.Select[tuple[object, ...]]:
    return sa.select(table).order_by(table.c.place)


_CURSORS = sa.text("SELECT stream, last_sequence FROM inbox_cursors WHERE teller = :teller")
_PARKED = sa.text("SELECT stream, max(sequence) AS last FROM parked WHERE teller = :teller GROUP BY stream")
