"""The AsyncAPI document: what every service tells and who hears it, written by FastStream from the event classes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import msgspec
from faststream import AckPolicy
from faststream.rabbit import QueueType, RabbitBroker, RabbitQueue
from faststream.specification import AsyncAPI
from pydantic import BaseModel, ConfigDict, Field, create_model

from shared.events import Event, type_of
from shared.events.examples import envelope_of
from shared.events.register import all_events
from shared.rabbit.topology import FACTS

if TYPE_CHECKING:
    from shared.service import Service

TITLE: Final = "Ponteiro"
DESCRIPTION: Final = (
    "The facts that the services tell each other: CloudEvents 1.0, structured JSON, one stream per ticket, contract,"
    " invoice or message, numbered from 1 without gaps. The wire only grows: ignore fields that you do not know."
)
PARTITION: Final = "The partition, from 0: CRC-32 of the stream's 16 bytes modulo the number of partitions."


def asyncapi(services: Sequence[Service], *, version: str = "1.0.0") -> str:
    """The document as JSON: an operation for each fact that is told, and one for each service that hears."""
    broker = RabbitBroker("amqp://localhost:5672/", logger=None)
    envelopes = {type_of(kind): _envelope(kind) for kind in all_events()}
    for name, envelope in envelopes.items():
        broker.publisher(
            exchange=FACTS,
            routing_key=f"{name}.{{partition}}",
            title=name,
            description=envelope.__doc__,
            schema=envelope,
            persist=True,
            mandatory=True,
        )
    for service in services:
        if service.subscriptions.by_type:
            _add_listener(broker, service, envelopes)
    specification = AsyncAPI(broker, title=TITLE, version=version, description=DESCRIPTION).to_specification()
    document = msgspec.json.decode(specification.to_json())
    _put_right(document)
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2).decode() + "\n"


def _envelope(kind: type[Event]) -> type[BaseModel]:
    """The envelope of one kind of fact, with its example."""
    example = msgspec.json.decode(envelope_of(kind).encode())
    members: dict[str, Any] = {
        "specversion": (Literal["1.0"], "1.0"),
        "id": (UUID, Field(description="The fact; the same when it is sent again.")),
        "source": (str, Field(description="Who tells.")),
        "type": (Literal[type_of(kind)], type_of(kind)),
        "subject": (str, Field(description="The stream.")),
        "time": (datetime, Field(description="When it was told.")),
        "datacontenttype": (Literal["application/json"], "application/json"),
        "tenant": (str, Field(description="The provider whose fact it is.")),
        "partitionkey": (UUID, Field(description="The stream: facts of one stream come in order.")),
        "sequence": (int, Field(ge=1, description="The number in the stream of this teller, from 1, without gaps.")),
        "traceparent": (str | None, Field(default=None, description="W3C trace context.")),
        "causationid": (str | None, Field(default=None, description="The fact or request that led to this one.")),
        "data": (kind, ...),
    }
    name = "".join(word.capitalize() for word in type_of(kind).replace(".", "_").split("_"))
    config = ConfigDict(json_schema_extra={"examples": [example]}, use_attribute_docstrings=False)
    envelope: type[BaseModel] = create_model(name, __config__=config, __doc__=kind.__doc__, **members)
    return envelope


def _add_listener(broker: RabbitBroker, service: Service, envelopes: dict[str, type[BaseModel]]) -> None:
    """One operation: the facts that a service cares for, out of its partitions."""
    tellers = ", ".join(sorted(service.subscriptions.tellers))
    subscriber = broker.subscriber(
        RabbitQueue(f"{service.name}.{{partition}}", queue_type=QueueType.QUORUM, durable=True),
        FACTS,
        title=service.name,
        description=f"What {service.name} cares for. Its queues hold every fact of {tellers}, so that it can count.",
        ack_policy=AckPolicy.MANUAL,
    )
    for name in service.subscriptions.by_type:

        async def hear(fact: BaseModel) -> None:
            """Stands for the function that hears it: FastStream reads the annotation."""

        hear.__annotations__["fact"] = envelopes[name]
        hear.__name__ = f"on_{name.partition('.')[2]}"
        subscriber(hear, filter=lambda _message: True)


def _put_right(document: dict[str, Any]) -> None:
    """Say what the addresses' parameter is, and leave out the header that we do not send."""
    for channel in document["channels"].values():
        channel["parameters"] = {"partition": {"description": PARTITION}}
    for message in document["components"]["messages"].values():
        message.pop("correlationId", None)
        message["contentType"] = "application/cloudevents+json"
