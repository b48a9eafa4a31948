"""How facts arrive: in order, once, whatever the wire and the other consumers do."""

import asyncio
from collections.abc import Sequence

import pytest
from aiormq.abc import AbstractChannel

from shared.bus import partition_of
from shared.rabbit import (
    NobodyConsumes,
    RabbitBus,
    RabbitConsumer,
    declare_topology,
)
from shared.rabbit.topology import queue_of
from shared.relay import Relay
from shared.service import Service
from shared.settings import Settings
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import TENANT, Listener, bodies, body, failed, new_stream, sent
from tests.shared.rabbit.broker import (
    PARTITIONS,
    all_at,
    has_heard,
    has_heard_something,
    has_parked,
    is_true,
    messages_in,
    put,
    until,
)


async def test_the_whole_way_keeps_every_stream_in_order_and_does_everything_once(
    settings: Settings, services: Sequence[Service], echo: Listener, open_postgresql: OpenDatabase
) -> None:
    teller = await open_postgresql("notify")
    streams = [new_stream() for _ in range(20)]
    for number in range(1, 41):
        async with teller.transaction(tenant=TENANT) as tx:
            for stream in streams:
                await tx.publish(sent(stream, number) if number % 4 else failed(stream, number))
    bus = RabbitBus(settings.rabbitmq_url, teller="notify", partitions=PARTITIONS)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())

    assert await Relay(teller, bus).drain() == 800
    await until(lambda: all_at(echo, 40))
    consumer.stop()
    await consuming
    await bus.close()

    heard = await echo.heard()
    expected = [number for number in range(1, 41) if number % 4]
    assert all([number for of, number in heard if of == stream] == expected for stream in streams)
    assert len(heard) == 20 * 30


async def test_swapped_doubled_poisoned_and_unreadable_messages_harm_only_their_own_stream(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: AbstractChannel
) -> None:
    good, bad = new_stream(), new_stream()
    first, second, third, fourth = bodies(good, 1, 2, 3, 4)
    echo.refused = {13}
    poison = body(sent(bad, 13), sequence=1)
    await put(channel, first, third, second, second, first)
    await put(channel, poison, b"no envelope")
    await put(channel, fourth)

    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: has_heard(echo, 4))
    await until(lambda: has_parked(echo, 2))
    consumer.stop()
    await consuming

    assert await echo.heard() == [(good, 1), (good, 2), (good, 3), (good, 4)]
    assert [one.error for one in await echo.parked()] == ["Unlucky: 13 is unlucky", "no envelope"]
    for queue in ("echo.0", "echo.1", "echo.dead"):
        assert await messages_in(channel, queue) == 0


async def test_a_gap_is_held_while_others_go_on_then_parked_and_heals(
    settings: Settings,
    services: Sequence[Service],
    echo: Listener,
    channel: AbstractChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.rabbit.partition.GAP_SECONDS", 0.3)
    held, other = new_stream(), new_stream()
    first, second = bodies(held, 1, 2)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())

    await put(channel, second)
    await put(channel, *bodies(other, 1, 2))
    await until(lambda: has_heard(echo, 2))
    assert await echo.parked() == []
    await until(lambda: has_parked(echo, 1))
    await put(channel, first)
    await until(lambda: has_heard(echo, 4))
    consumer.stop()
    await consuming

    assert [number for of, number in await echo.heard() if of == held] == [1, 2]
    assert await echo.parked() == []
    assert await messages_in(channel, queue_of("echo", partition_of(held, PARTITIONS))) == 0


async def test_a_fact_that_comes_late_closes_a_gap_without_parking(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: AbstractChannel
) -> None:
    stream = new_stream()
    first, second, third = bodies(stream, 1, 2, 3)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())

    await put(channel, second, third)
    await asyncio.sleep(0.1)
    await put(channel, first)
    await until(lambda: has_heard(echo, 3))
    consumer.stop()
    await consuming

    assert await echo.heard() == [(stream, 1), (stream, 2), (stream, 3)]
    assert await messages_in(channel, queue_of("echo", partition_of(stream, PARTITIONS))) == 0


async def test_what_is_not_settled_at_the_stop_is_delivered_again_in_order(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: AbstractChannel
) -> None:
    stream = new_stream()
    await put(channel, *bodies(stream, *range(1, 301)))
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: has_heard_something(echo))
    consumer.stop()
    await consuming
    done = len(await echo.heard())

    successor = Listener(echo.database)
    second = RabbitConsumer(successor.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(second.run())
    await until(lambda: has_heard(echo, 300))
    second.stop()
    await consuming

    assert 0 < done < 300
    assert await echo.heard() == [(stream, number) for number in range(1, 301)]
    assert await echo.parked() == []


async def test_a_standby_takes_over_when_the_active_consumer_goes(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: AbstractChannel
) -> None:
    stream = new_stream()
    active = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    standby = RabbitConsumer(Listener(echo.database).inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    tasks = [asyncio.create_task(active.run())]
    await until(lambda: is_true(active.is_consuming))
    tasks.append(asyncio.create_task(standby.run()))
    await until(lambda: is_true(standby.is_consuming))

    await put(channel, *bodies(stream, 1, 2))
    await until(lambda: has_heard(echo, 2))
    active.stop()
    await tasks[0]
    await put(channel, *bodies(stream, 3))
    await until(lambda: has_heard(echo, 3))
    standby.stop()
    await tasks[1]

    assert await echo.heard() == [(stream, 1), (stream, 2), (stream, 3)]


async def test_a_queue_that_was_removed_is_consumed_again_once_it_is_declared(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: AbstractChannel
) -> None:
    stream = new_stream()
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: is_true(consumer.is_consuming))

    await channel.queue_delete(queue_of("echo", partition_of(stream, PARTITIONS)))
    await until(lambda: is_true(not consumer.is_consuming))
    await declare_topology(settings, services)
    await put(channel, *bodies(stream, 1))
    await until(lambda: has_heard(echo, 1))
    consumer.stop()
    await consuming


async def test_the_watchdog_ends_a_consumer_that_the_broker_has_forgotten(
    settings: Settings, services: Sequence[Service], echo: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.rabbit.consuming.WATCH_SECONDS", 0.05)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: is_true(consumer.is_consuming))

    assert consumer._session is not None
    forgotten = consumer._session._intake._partitions[0]._channel
    assert forgotten is not None
    await forgotten.basic_cancel(next(iter(forgotten.consumers)))

    with pytest.raises(NobodyConsumes):
        await consuming
