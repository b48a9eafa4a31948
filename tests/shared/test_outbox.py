"""The outbox: what a transaction tells is durable with it or not at all, numbered without gaps, in the order told."""

import asyncio

import pytest
import sqlalchemy as sa

from shared.clock import VirtualClock
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
