"""Parked streams: they go on, in order, when someone retries or drops, and never by themselves."""

import asyncio

import pytest
import sqlalchemy as sa

from shared import parked
from shared.errors import NotFound
from shared.inbox import Outcome
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import Listener, Unlucky, bodies, heard, new_stream


async def test_retry_handles_what_waits_in_order_once_the_cause_is_gone(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {2}
    await listener.inbox.take(bodies(stream, 1, 2, 3, 4))
    listener.refused = set()

    done = await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream)

    assert done == 3
    assert await listener.heard() == [(stream, 1), (stream, 2), (stream, 3), (stream, 4)]
    assert await listener.parked() == []
    (again,) = bodies(stream, 5)
    assert await listener.inbox.take([again]) == [Outcome.APPLIED]


async def test_retry_stops_at_the_next_refusal_and_keeps_its_reason(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1, 3}
    await listener.inbox.take(bodies(stream, 1, 2, 3, 4))
    listener.refused = {3}

    with pytest.raises(Unlucky):
        await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream)

    assert await listener.heard() == [(stream, 1), (stream, 2)]
    assert await listener.cursors() == {stream: 2}
    assert [(one.sequence, one.error) for one in await listener.parked()] == [
        (3, "Unlucky: 3 is unlucky"),
        (4, "waits behind a parked fact"),
    ]


async def test_drop_gives_up_the_head_and_the_next_retry_goes_on_behind_it(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1}
    await listener.inbox.take(bodies(stream, 1, 2))

    assert await parked.drop(listener.database, teller="notify", stream=stream) == 1
    assert await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream) == 1

    assert await listener.heard() == [(stream, 2)]
    assert await listener.cursors() == {stream: 2}


async def test_drop_gives_up_a_gap_before_it_gives_up_a_fact(listener: Listener) -> None:
    stream = new_stream()
    await listener.inbox.take(bodies(stream, 4), give_up_on_gaps=True)

    assert await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream) == 0
    assert await parked.drop(listener.database, teller="notify", stream=stream) == 3
    assert await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream) == 1

    assert await listener.heard() == [(stream, 4)]
    assert await listener.inbox.take(bodies(stream, 3)) == [Outcome.DUPLICATE]


async def test_an_unreadable_body_is_dropped_by_its_fingerprint(listener: Listener) -> None:
    await listener.inbox.take([b"rubbish"])
    (kept,) = await listener.parked()

    await parked.drop_unreadable(listener.database, fingerprint=kept.fingerprint)

    assert await listener.parked() == []


async def test_what_is_not_parked_is_not_found(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1}
    await listener.inbox.take(bodies(stream, 1))
    (kept,) = await listener.parked()

    with pytest.raises(NotFound):
        await parked.drop(listener.database, teller="sla", stream=stream)
    with pytest.raises(NotFound):
        await parked.drop_unreadable(listener.database, fingerprint=kept.fingerprint)

    assert await listener.parked() == [kept]


async def test_two_who_retry_at_once_handle_each_fact_once(open_postgresql: OpenDatabase) -> None:
    stream = new_stream()
    one, two = [Listener(await open_postgresql("echo")) for _ in range(2)]
    one.refused = {1}
    await one.inbox.take(bodies(stream, *range(1, 11)))
    one.refused = set()

    done = await asyncio.gather(
        *(parked.retry(who.database, who.subscriptions, teller="notify", stream=stream) for who in (one, two))
    )

    assert sum(done) == 10
    assert await one.heard() == [(stream, number) for number in range(1, 11)]


async def test_a_retry_that_is_refused_changes_nothing(listener: Listener) -> None:
    stream = new_stream()
    listener.refused = {1}
    await listener.inbox.take(bodies(stream, 1))
    before = await listener.parked()

    with pytest.raises(Unlucky):
        await parked.retry(listener.database, listener.subscriptions, teller="notify", stream=stream)

    assert await listener.parked() == before
    async with listener.database.reading() as tx:
        assert (await tx.execute(sa.select(heard))).all() == []
