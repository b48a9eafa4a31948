"""The outbox: what a transaction tells is durable with it or not at all, numbered without gaps, in the order told."""

import asyncio
import random
from typing import Any

import pytest
import sqlalchemy as sa

from shared import outbox as outbox_module
from shared.clock import VirtualClock
from shared.db import Database
from shared.outbox import events, outbox
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT, TENANT, failed, new_stream, sent, told


async def test_facts_are_numbered_per_stream_in_the_order_told(open_database: OpenDatabase) -> None:
    database = await open_database("notify")
    one, two = new_stream(), new_stream()

    async with database.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(two, 1))
        await tx.publish(sent(one, 1))
        await tx.publish(failed(two, 2))
    async with database.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(two, 3))

    log = await told(database)
    assert [(fact.partitionkey, fact.sequence) for fact in log] == [(two, 1), (one, 1), (two, 2), (two, 3)]
    assert [fact.event() for fact in log] == [sent(two, 1), sent(one, 1), failed(two, 2), sent(two, 3)]


async def test_the_envelope_says_who_told_what_of_whom_and_when(open_database: OpenDatabase) -> None:
    database = await open_database("notify", clock=VirtualClock(AT))
    stream = new_stream()

    async with database.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(stream, 1))

    (fact,) = await told(database)
    assert (fact.specversion, fact.source, fact.type) == ("1.0", "/ponteiro/notify", "notify.message_sent")
    assert (fact.subject, fact.time, fact.tenant, fact.causationid) == (str(stream), AT, TENANT, None)


async def test_a_transaction_that_is_rolled_back_tells_nothing_and_leaves_no_gap(open_database: OpenDatabase) -> None:
    database = await open_database("notify")
    stream = new_stream()

    async def tell_and_fail() -> None:
        async with database.transaction(tenant=TENANT) as tx:
            await tx.publish(sent(stream, 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tell_and_fail()
    async with database.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(stream, 2))

    assert [fact.sequence for fact in await told(database)] == [1]
    async with database.reading() as tx:
        assert len((await tx.execute(sa.select(outbox))).all()) == 1


async def test_writers_at_once_leave_each_stream_without_gap_and_its_positions_in_its_order(
    open_database: OpenDatabase,
) -> None:
    database = await open_database("notify")
    streams = [new_stream() for _ in range(3)]

    async def write(number: int) -> None:
        async with database.transaction(tenant=TENANT) as tx:
            for stream in streams if number % 2 else reversed(streams):
                await tx.publish(sent(stream, number))

    await asyncio.gather(*(write(number) for number in range(20)))

    async with database.reading() as tx:
        rows = (await tx.execute(sa.select(events.c.stream, events.c.sequence).order_by(events.c.position))).all()
    for stream in streams:
        assert [row.sequence for row in rows if row.stream == stream] == list(range(1, 21))


async def test_what_commits_late_is_not_overtaken_in_what_is_final(open_postgresql: OpenDatabase) -> None:
    database = await open_postgresql("notify")
    async with database.engine.connect() as elder, database.engine.connect() as younger:
        await elder.execute(_BE_SOMEBODY)
        await outbox_module.append(younger, [a_tale()], time=AT)
        await outbox_module.append(elder, [a_tale()], time=AT)
        await elder.commit()
        before = await final(database)
        await younger.commit()

    assert before == []
    assert await final(database) == [1, 2]


async def test_who_reads_after_a_position_misses_nothing_that_a_crowd_tells(open_postgresql: OpenDatabase) -> None:
    database = await open_postgresql("notify")
    draw = random.Random(20)  # noqa: S311  a crowd that comes the same way again
    committed: list[int] = []

    async def tell() -> None:
        for _ in range(40):
            async with database.engine.connect() as connection:
                await connection.execute(_BE_SOMEBODY)
                await asyncio.sleep(draw.random() / 500)
                await outbox_module.append(connection, [a_tale()], time=AT)
                await asyncio.sleep(draw.random() / 500)
                if draw.random() < 0.8:
                    await connection.commit()
                    committed.append(1)

    async def read(crowd: asyncio.Future[Any]) -> list[int]:
        found = [0]
        while not crowd.done():
            found += await final(database, after=found[-1])
        return found[1:] + await final(database, after=found[-1])

    crowd = asyncio.gather(*(tell() for _ in range(6)))
    found = await read(crowd)

    assert found == sorted(found)
    assert len(found) == len(committed) > 100


_BE_SOMEBODY = sa.select(sa.func.pg_current_xact_id())  # a transaction has no number until it asks or writes


def a_tale() -> outbox_module.Told:
    """A fact of a stream of its own."""
    return outbox_module.Told(event=sent(new_stream(), 1), tenant=TENANT, cause=None, traceparent=None)


async def final(database: Database, *, after: int = 0) -> list[int]:
    """The positions of the facts that a reader is shown behind a position."""
    async with database.reading() as tx:
        upto = await tx.settled()
        shown = sa.select(events.c.position).where(events.c.position > after, events.c.position <= upto)
        return list((await tx.execute(shown.order_by(events.c.position))).scalars())
