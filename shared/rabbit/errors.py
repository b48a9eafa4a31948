"""What can be wrong with RabbitMQ, in one sentence each, for whoever starts a service or runs a command."""

from __future__ import annotations

from typing import Final

from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from shared.errors import Refused
from shared.log import describe

# Of a connection: what a new one may put right.
PASSING: Final = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)


class CannotReach(Refused):
    """RabbitMQ does not answer, or does not let us in."""

    def __init__(self, error: BaseException) -> None:
        """Say so in one sentence."""
        super().__init__(f"RabbitMQ cannot be reached: {describe(error)}")


class TopologyDiffers(Refused):
    """A queue or exchange exists with other arguments: a person must empty and remove it first."""

    def __init__(self, error: BaseException) -> None:
        """Say which in one sentence."""
        super().__init__(f"RabbitMQ holds a queue or exchange of another shape: {describe(error)}")
