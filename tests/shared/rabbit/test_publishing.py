"""What is declared, how a fact leaves, and what is written about both."""

import json
from collections.abc import Sequence

import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.common import FieldTable

from shared import ids
from shared.bus import Outgoing, Subscriptions, partition_of
from shared.events import type_of
from shared.events.envelope import read
from shared.events.notify import MessageSent
from shared.events.register import all_events
from shared.rabbit import (
    CannotReach,
    RabbitBus,
    TopologyDiffers,
    asyncapi,
    declare_topology,
    greet,
    missing_topology,
)
from shared.rabbit.topology import FACTS
from shared.service import Service
from shared.settings import Settings
from tests.shared.listening import AT, bodies, new_stream
from tests.shared.rabbit.broker import (
    PARTITIONS,
    QUEUES,
    holds_so_many,
    ignore,
    messages_in,
    outgoing,
    service,
    until,
)


async def test_the_topology_is_declared_once_and_declaring_it_again_changes_nothing(
    settings: Settings, services: Sequence[Service]
) -> None:
    assert await missing_topology(settings, services) == []
    assert await declare_topology(settings, services) == QUEUES


async def test_a_queue_of_another_shape_is_told_and_left_alone(
    settings: Settings, services: Sequence[Service], channel: AbstractChannel
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
    settings: Settings, services: Sequence[Service], channel: AbstractChannel
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
    settings: Settings, services: Sequence[Service], channel: AbstractChannel
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


async def test_what_a_queue_refuses_is_not_confirmed(settings: Settings, channel: AbstractChannel) -> None:
    await declare_topology(settings, [])
    arguments: FieldTable = {"x-queue-type": "classic", "x-max-length": 5, "x-overflow": "reject-publish"}
    await channel.queue_declare("small", durable=True, arguments=arguments)
    await channel.queue_bind("small", FACTS.name, routing_key="notify.#")
    bus = RabbitBus(settings.rabbitmq_url, teller="notify", partitions=PARTITIONS)

    confirmed = await bus.publish(outgoing(*bodies(new_stream(), *range(1, 41))))
    await bus.close()

    assert 5 <= len(confirmed) < 40
    await until(lambda: holds_so_many(channel, "small", len(confirmed)))


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
