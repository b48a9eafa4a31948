"""What the relay hands to a bus, and the table of what a service listens to: the same for RabbitMQ and memory."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from shared.events import Event, teller_of, type_of

if TYPE_CHECKING:
    from shared.db import Transaction
    from shared.events.envelope import Envelope

EventT = TypeVar("EventT", bound=Event)
OnEvent = Callable[["Transaction", EventT], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One fact on its way out: `position` in the teller's event log, and the final bytes."""

    position: int
    event_id: UUID
    stream: UUID
    type: str
    body: bytes


class Bus(Protocol):
    """Carries facts to whoever listens."""

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Carry the facts in order; answer the positions that were confirmed. Never raises for a single fact."""
        ...


def partition_of(stream: UUID, partitions: int) -> int:
    """The partition of a stream, the same in every process and release."""
    return zlib.crc32(stream.bytes) % partitions


@dataclass(slots=True)
class Subscriptions:
    """Which facts a service cares for, and the function that hears each: its behaviour on one screen."""

    by_type: dict[str, tuple[type[Event], OnEvent[Any]]] = field(default_factory=dict)

    def to(self, kind: type[EventT]) -> Callable[[OnEvent[EventT]], OnEvent[EventT]]:
        """Let the decorated function hear this kind of fact; one function per kind."""

        def hear(function: OnEvent[EventT]) -> OnEvent[EventT]:
            assert type_of(kind) not in self.by_type, f"{type_of(kind)} is heard twice"
            self.by_type[type_of(kind)] = (kind, function)
            return function

        return hear

    @property
    def tellers(self) -> frozenset[str]:
        """The services that this one listens to: it receives every fact of theirs, to keep count."""
        return frozenset(teller_of(kind) for kind, _ in self.by_type.values())

    async def hear(self, tx: Transaction, envelope: Envelope) -> bool:
        """Let the service hear one fact, for its tenant; answer whether it cares for this kind.

        Raises what the function raises, or Unreadable when the data is not what its type promises.
        """
        known = self.by_type.get(envelope.type)
        if known is None:
            return False
        _, function = known
        own = tx.as_tenant(envelope.tenant).caused_by(str(envelope.id), envelope.traceparent)
        await function(own, envelope.event())
        return True
