"""Facts that came before what they refer to are tried again by themselves; one bad item holds up no other."""

from datetime import timedelta

import sqlalchemy as sa

from shared.bus import Subscriptions
from shared.clock import VirtualClock
from shared.db import Transaction
from shared.errors import Refused
from shared.jobs import Jobs, earliest, one_by_one, run_due
from shared.patience import patient
from shared.service import Service
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT, Listener, Unlucky, bodies, heard, new_stream


def service_of(subscriptions: Subscriptions) -> Service:
    """A service that tries again by itself, and has no other job."""
    return patient(Service(name="echo", routes=(), subscriptions=subscriptions, jobs=Jobs()))


async def test_what_came_too_soon_is_heard_in_order_once_its_time_has_come(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    listener = Listener(await open_database("echo", clock=clock))
    jobs = service_of(listener.subscriptions).jobs
    stream = new_stream()
    listener.too_soon = {1}
    await listener.inbox.take(bodies(stream, 1, 2, 3))
    assert await earliest(listener.database, jobs) == AT + timedelta(seconds=1)

    clock.move_to(AT + timedelta(seconds=1))
    assert await run_due(listener.database, jobs) == 1
    assert await listener.heard() == []
    assert await earliest(listener.database, jobs) == AT + timedelta(seconds=2)
    listener.too_soon = set()
    clock.move_to(AT + timedelta(seconds=2))
    assert await run_due(listener.database, jobs) == 1

    assert await listener.heard() == [(stream, 1), (stream, 2), (stream, 3)]
    assert await listener.cursors() == {stream: 3}
    assert await listener.parked() == []
    assert await earliest(listener.database, jobs) is None


async def test_the_waits_grow_with_the_time_it_has_waited_up_to_five_minutes(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    listener = Listener(await open_database("echo", clock=clock))
    jobs = service_of(listener.subscriptions).jobs
    listener.too_soon = {1}
    await listener.inbox.take(bodies(new_stream(), 1))

    tried_after = []
    while clock.now() < AT + timedelta(minutes=20):
        due = await earliest(listener.database, jobs)
        assert due is not None
        clock.move_to(due)
        await run_due(listener.database, jobs)
        tried_after.append(int((due - AT).total_seconds()))

    assert tried_after == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 812, 1112, 1412]


async def test_what_never_comes_is_hardly_tried_any_more(open_database: OpenDatabase) -> None:
    """A rehearsal jumps from one due instant to the next: one such fact must not make a year of it last an hour."""
    clock = VirtualClock(AT)
    listener = Listener(await open_database("echo", clock=clock))
    jobs = service_of(listener.subscriptions).jobs
    listener.too_soon = {1}
    await listener.inbox.take(bodies(new_stream(), 1))
    clock.move_to(AT + timedelta(days=364))
    await run_due(listener.database, jobs)

    due = await earliest(listener.database, jobs)

    assert due is not None
    assert due - clock.now() == timedelta(days=364) / 288


async def test_a_plain_refusal_on_the_way_stops_the_stream_until_someone_decides(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    listener = Listener(await open_database("echo", clock=clock))
    jobs = service_of(listener.subscriptions).jobs
    stream = new_stream()
    listener.too_soon = {1}
    listener.refused = {2}
    await listener.inbox.take(bodies(stream, 1, 2, 3))
    listener.too_soon = set()
    clock.move_to(AT + timedelta(seconds=1))

    await run_due(listener.database, jobs)

    assert await listener.heard() == [(stream, 1)]
    assert await listener.cursors() == {stream: 1}
    assert [(one.sequence, one.error) for one in await listener.parked()] == [
        (2, "Unlucky: 2 is unlucky"),
        (3, "waits behind a parked fact"),
    ]
    assert await earliest(listener.database, jobs) is None


async def test_one_bad_item_of_a_batch_is_undone_alone(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    stream = new_stream()

    async def write(tx: Transaction, number: int) -> None:
        await tx.execute(sa.insert(heard), {"stream": stream, "number": number, "tenant": "blocktime"})
        if number == 2:
            raise Unlucky("2 is unlucky")

    async with database.transaction() as tx:
        done = await one_by_one(tx, [1, 2, 3], lambda number: write(tx, number), name=str)

    assert done == 2
    async with database.reading() as tx:
        rows = await tx.execute(sa.select(heard.c.number).order_by(heard.c.number))
        assert list(rows.scalars()) == [1, 3]


async def test_what_fails_apart_tells_nothing_and_brings_no_instant(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    listener = Listener(database)

    async with database.transaction(tenant="blocktime") as tx:
        try:
            async with tx.apart():
                tx.falls_due(AT)
                tx.seen["key"] = "looked up"
                raise Unlucky("after all")
        except Refused:
            assert (tx.unit.told, tx.unit.due, tx.seen) == ([], [], {})

    assert await listener.heard() == []
