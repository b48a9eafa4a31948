"""RabbitMQ: the only room that imports FastStream and what lies under it.

`topology` declares the exchange and the queues, `publishing` is the relay's way out, `consuming` an inbox's way in,
`document` the AsyncAPI description.
"""

from shared.rabbit.consuming import NobodyConsumes, RabbitConsumer
from shared.rabbit.document import asyncapi
from shared.rabbit.errors import CannotReach, TopologyDiffers
from shared.rabbit.publishing import RabbitBus
from shared.rabbit.topology import declare_topology, greet, missing_topology

__all__ = [
    "CannotReach",
    "NobodyConsumes",
    "RabbitBus",
    "RabbitConsumer",
    "TopologyDiffers",
    "asyncapi",
    "declare_topology",
    "greet",
    "missing_topology",
]
