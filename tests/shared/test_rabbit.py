"""RabbitMQ: what is declared, how a fact leaves, how it arrives; on a real broker, in a vhost of the test's own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import aiormq
import pytest
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldTable

from shared import ids
from shared.bus import Outgoing, Subscriptions, partition_of
from shared.db import Transaction
from shared.events import all_events, type_of
from shared.events.envelope import read
from shared.events.notify import MessageSent
from shared.jobs import Jobs
from shared.rabbit import (
    CannotReach,
    NobodyConsumes,
    RabbitBus,
    RabbitConsumer,
    TopologyDiffers,
    asyncapi,
    declare_topology,
    greet,
    missing_topology,
)
from shared.rabbit.topology import FACTS, queue_of, routing_key_of
from shared.relay import Relay
from shared.service import Service
from shared.settings import Settings
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT, TENANT, Listener, bodies, body, failed, new_stream, sent

PARTITIONS = 2
QUEUES = ["ponteiro.unheard", "echo.dead", "echo.0", "echo.1"]


@pytest.fixture
def settings(vhost_url: str) -> Settings:
    """Settings of a service on the test's own vhost."""
    return Settings(rabbitmq_url=vhost_url, partitions=PARTITIONS)


@pytest.fixture
async def echo(open_postgresql: OpenDatabase) -> Listener:
    """A listening service."""
    return Listener(await open_postgresql("echo"))


@pytest.fixture
async def services(echo: Listener, settings: Settings) -> list[Service]:
    """One that listens, and one that does not; declared."""
    made = [service("echo", echo.subscriptions), service("mute", Subscriptions())]
    await declare_topology(settings, made)
    return made


@pytest.fixture
async def channel(vhost_url: str) -> AsyncIterator[aiormq.abc.AbstractChannel]:
    """A look into the broker from outside."""
    connection = await aiormq.connect(vhost_url)
    yield await connection.channel()
    await connection.close()


def service(name: str, subscriptions: Subscriptions) -> Service:
    """A service that only listens."""
    return Service(name=name, routes=[], subscriptions=subscriptions, jobs=Jobs())


def outgoing(*fact_bodies: bytes) -> list[Outgoing]:
    """Facts as a relay hands them over."""
    facts = [(place, one, read(one)) for place, one in enumerate(fact_bodies, start=1)]
    return [
        Outgoing(position=place, event_id=fact.id, stream=fact.partitionkey, type=fact.type, body=one)
        for place, one, fact in facts
    ]


async def put(channel: aiormq.abc.AbstractChannel, *fact_bodies: bytes) -> None:
    """Put messages into the partition of the first one's stream, as they are and in this order."""
    first = read(fact_bodies[0])
    key = routing_key_of(first.type, first.partitionkey, PARTITIONS)
    for one in fact_bodies:
        properties = Basic.Properties(delivery_mode=2)
        await channel.basic_publish(one, exchange=FACTS.name, routing_key=key, properties=properties)


async def ignore(_tx: Transaction, _event: MessageSent) -> None:
    """Hear a fact and do nothing."""


async def messages_in(channel: aiormq.abc.AbstractChannel, queue: str) -> int:
    """How many messages are ready in a queue."""
    return (await channel.queue_declare(queue, passive=True)).message_count or 0


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; the test's own time limit ends what never does."""
    while not await holds():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.02)


async def test_the_topology_is_declared_once_and_declaring_it_again_changes_nothing(
    settings: Settings, services: Sequence[Service]
) -> None:
    assert await missing_topology(settings, services) == []
    assert await declare_topology(settings, services) == QUEUES


async def test_a_queue_of_another_shape_is_told_and_left_alone(
    settings: Settings, services: Sequence[Service], channel: aiormq.abc.AbstractChannel
) -> None:
    await channel.queue_delete("echo.1")
    assert await missing_topology(settings, services) == ["echo.1"]
    await channel.queue_declare("echo.1", durable=True)

    with pytest.raises(TopologyDiffers, match=r"echo\.1"):
        await declare_topology(settings, services)


async def test_a_broker_is_greeted_and_one_that_is_not_there_is_told_in_a_sentence(settings: Settings) -> None:
    assert (await greet(settings.rabbitmq_url)).startswith("RabbitMQ ")
    nowhere = Settings(rabbitmq_url="amqp://127.0.0.1:1/")

    with pytest.raises(CannotReach):
        await greet(nowhere.rabbitmq_url)
    with pytest.raises(CannotReach):
        await declare_topology(nowhere, [])
    with pytest.raises(CannotReach):
        await missing_topology(nowhere, [])


async def test_a_fact_leaves_persistent_under_its_name_and_partition(
    settings: Settings, services: Sequence[Service], channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    (fact,) = bodies(stream, 1)
    await channel.queue_declare("spy")
    await channel.queue_bind("spy", FACTS.name, routing_key="#")
    bus = RabbitBus(settings.rabbitmq_url, teller="notify", partitions=PARTITIONS)

    assert await bus.publish(outgoing(fact)) == {1}
    await bus.close()

    partition = partition_of(stream, PARTITIONS)
    got: DeliveredMessage = await channel.basic_get("spy", no_ack=True)
    properties = got.header.properties
    assert got.body == fact
    assert got.routing_key == f"notify.message_sent.{partition}"
    assert (properties.delivery_mode, properties.content_type) == (2, "application/cloudevents+json")
    assert (properties.message_id, properties.message_type) == (str(read(fact).id), "notify.message_sent")


async def test_a_fact_that_nobody_hears_is_confirmed_and_kept_to_be_looked_at(
    settings: Settings, services: Sequence[Service], channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    fact = Outgoing(position=7, event_id=ids.new_id(AT), stream=stream, type="billing.invoice_finalized", body=b"{}")
    bus = RabbitBus(settings.rabbitmq_url, teller="billing", partitions=PARTITIONS)

    assert await bus.publish([fact]) == {7}
    await bus.close()

    assert await messages_in(channel, "ponteiro.unheard") == 1


async def test_without_an_exchange_or_a_broker_nothing_is_confirmed_and_nothing_raised(settings: Settings) -> None:
    facts = outgoing(*bodies(new_stream(), 1, 2))
    undeclared = RabbitBus(settings.rabbitmq_url, teller="notify", partitions=PARTITIONS)
    nowhere = RabbitBus("amqp://127.0.0.1:1/", teller="notify", partitions=PARTITIONS)

    assert await undeclared.publish(facts) == set()
    assert await nowhere.publish(facts) == set()

    await declare_topology(settings, [])
    assert await undeclared.publish(facts) == {1, 2}
    await undeclared.close()


async def test_what_a_queue_refuses_is_not_confirmed(settings: Settings, channel: aiormq.abc.AbstractChannel) -> None:
    await declare_topology(settings, [])
    arguments: FieldTable = {"x-queue-type": "classic", "x-max-length": 5, "x-overflow": "reject-publish"}
    await channel.queue_declare("small", durable=True, arguments=arguments)
    await channel.queue_bind("small", FACTS.name, routing_key="notify.#")
    bus = RabbitBus(settings.rabbitmq_url, teller="notify", partitions=PARTITIONS)

    confirmed = await bus.publish(outgoing(*bodies(new_stream(), *range(1, 41))))
    await bus.close()

    assert 5 <= len(confirmed) < 40
    await until(lambda: _is(messages_in(channel, "small"), len(confirmed)))


async def _is(number: Awaitable[int], expected: int) -> bool:
    return await number == expected


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
    await until(lambda: _all_at(echo, 40))
    consumer.stop()
    await consuming
    await bus.close()

    heard = await echo.heard()
    expected = [number for number in range(1, 41) if number % 4]
    assert all([number for of, number in heard if of == stream] == expected for stream in streams)
    assert len(heard) == 20 * 30


async def _all_at(listener: Listener, number: int) -> bool:
    cursors = await listener.cursors()
    return bool(cursors) and set(cursors.values()) == {number}


async def _heard(listener: Listener, count: int) -> bool:
    return len(await listener.heard()) == count


async def _parked(listener: Listener, count: int) -> bool:
    return len(await listener.parked()) == count


async def test_swapped_doubled_poisoned_and_unreadable_messages_harm_only_their_own_stream(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: aiormq.abc.AbstractChannel
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
    await until(lambda: _heard(echo, 4))
    await until(lambda: _parked(echo, 2))
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
    channel: aiormq.abc.AbstractChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.rabbit.partition.GAP_SECONDS", 0.3)
    held, other = new_stream(), new_stream()
    first, second = bodies(held, 1, 2)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())

    await put(channel, second)
    await put(channel, *bodies(other, 1, 2))
    await until(lambda: _heard(echo, 2))
    assert await echo.parked() == []
    await until(lambda: _parked(echo, 1))
    await put(channel, first)
    await until(lambda: _heard(echo, 4))
    consumer.stop()
    await consuming

    assert [number for of, number in await echo.heard() if of == held] == [1, 2]
    assert await echo.parked() == []
    assert await messages_in(channel, queue_of("echo", partition_of(held, PARTITIONS))) == 0


async def test_a_fact_that_comes_late_closes_a_gap_without_parking(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    first, second, third = bodies(stream, 1, 2, 3)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())

    await put(channel, second, third)
    await asyncio.sleep(0.1)
    await put(channel, first)
    await until(lambda: _heard(echo, 3))
    consumer.stop()
    await consuming

    assert await echo.heard() == [(stream, 1), (stream, 2), (stream, 3)]
    assert await messages_in(channel, queue_of("echo", partition_of(stream, PARTITIONS))) == 0


async def test_what_is_not_settled_at_the_stop_is_delivered_again_in_order(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    await put(channel, *bodies(stream, *range(1, 301)))
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: _some(echo))
    consumer.stop()
    await consuming
    done = len(await echo.heard())

    successor = Listener(echo.database)
    second = RabbitConsumer(successor.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(second.run())
    await until(lambda: _heard(echo, 300))
    second.stop()
    await consuming

    assert 0 < done < 300
    assert await echo.heard() == [(stream, number) for number in range(1, 301)]
    assert await echo.parked() == []


async def _some(listener: Listener) -> bool:
    return len(await listener.heard()) > 0


async def test_a_standby_takes_over_when_the_active_consumer_goes(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    active = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    standby = RabbitConsumer(Listener(echo.database).inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    tasks = [asyncio.create_task(active.run())]
    await until(lambda: _value(active.is_consuming))
    tasks.append(asyncio.create_task(standby.run()))
    await until(lambda: _value(standby.is_consuming))

    await put(channel, *bodies(stream, 1, 2))
    await until(lambda: _heard(echo, 2))
    active.stop()
    await tasks[0]
    await put(channel, *bodies(stream, 3))
    await until(lambda: _heard(echo, 3))
    standby.stop()
    await tasks[1]

    assert await echo.heard() == [(stream, 1), (stream, 2), (stream, 3)]


async def _value(value: object) -> bool:
    return bool(value)


async def test_a_queue_that_was_removed_is_consumed_again_once_it_is_declared(
    settings: Settings, services: Sequence[Service], echo: Listener, channel: aiormq.abc.AbstractChannel
) -> None:
    stream = new_stream()
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: _value(consumer.is_consuming))

    await channel.queue_delete(queue_of("echo", partition_of(stream, PARTITIONS)))
    await until(lambda: _value(not consumer.is_consuming))
    await declare_topology(settings, services)
    await put(channel, *bodies(stream, 1))
    await until(lambda: _heard(echo, 1))
    consumer.stop()
    await consuming


async def test_the_watchdog_ends_a_consumer_that_the_broker_has_forgotten(
    settings: Settings, services: Sequence[Service], echo: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.rabbit.consuming.WATCH_SECONDS", 0.05)
    consumer = RabbitConsumer(echo.inbox, url=settings.rabbitmq_url, partitions=PARTITIONS)
    consuming = asyncio.create_task(consumer.run())
    await until(lambda: _value(consumer.is_consuming))

    assert consumer._session is not None
    forgotten = consumer._session._partitions[0]._channel
    assert forgotten is not None
    await forgotten.basic_cancel(next(iter(forgotten.consumers)))

    with pytest.raises(NobodyConsumes):
        await consuming


def test_the_document_names_every_fact_with_an_example_and_every_listener() -> None:
    subscriptions = Subscriptions()
    subscriptions.to(MessageSent)(ignore)
    services = [service("echo", subscriptions), service("mute", Subscriptions())]

    document = json.loads(asyncapi(services))

    operations = document["operations"]
    told = {type_of(kind) for kind in all_events()}
    assert {name for name, one in operations.items() if one["action"] == "send"} == told
    assert {name for name, one in operations.items() if one["action"] == "receive"} == {"echo"}
    schemas = document["components"]["schemas"]
    for name in told:
        (reference,) = document["components"]["messages"][f"{name}:Message"]["payload"].values()
        (example,) = schemas[reference.rpartition("/")[2]]["examples"]
        assert example["type"] == name
        assert read(json.dumps(example).encode()).event()
    assert asyncapi(services) == asyncapi(services)
