"""The partitions as they are consumed: what arrives is collected, handled in batches, acknowledged when settled."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.crash import crashpoint
from shared.inbox import Outcome
from shared.rabbit.errors import PASSING
from shared.waiting import happens

if TYPE_CHECKING:
    from aiormq import Channel

    from shared.inbox import Inbox

BATCH_FACTS: Final = 64  # in one transaction: 4,200-7,700 events/s, where one by one it is 250-950
LINGER_SECONDS: Final = 0.015  # the wait for company while more is coming
LINGER_MOST_SECONDS: Final = 0.1  # it grows up to this with what a transaction takes: a full machine wants full batches
LINGER_STEP_SECONDS: Final = 0.01  # how often it looks whether the batch is full
GAP_SECONDS: Final = 5.0  # a missing fact can only be under way; one that takes longer is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """A message that is not acknowledged yet; `came_at` is of the loop's clock."""

    partition: Partition
    tag: int
    body: bytes
    came_at: float


@dataclass(slots=True)
class Acknowledged:
    """The delivery tags of a channel, from 1 without gaps: which may be acknowledged in one go, and which singly.

    >>> acknowledged = Acknowledged()
    >>> acknowledged.settle([1, 2, 4])
    (2, [4])
    >>> acknowledged.settle([5])
    (None, [5])
    >>> acknowledged.settle([3, 6])
    (6, [])
    """

    upto: int = 0
    beyond: set[int] = field(default_factory=set)

    def settle(self, tags: Iterable[int]) -> tuple[int | None, list[int]]:
        """The tag up to which all are settled, if it moved, and those beyond a gap.

        The first is always one of the given tags: RabbitMQ closes a channel that acknowledges a tag twice.
        """
        fresh = sorted(tags)
        self.beyond.update(fresh)
        while self.upto + 1 in self.beyond:
            self.upto += 1
            self.beyond.remove(self.upto)
        together = max((tag for tag in fresh if tag <= self.upto), default=None)
        return together, [tag for tag in fresh if tag > self.upto]


class Partition:
    """One queue of a listener: each stream in it is in order, and all of its facts are in this queue."""

    def __init__(self, channel: Channel, something: asyncio.Event) -> None:
        """Acknowledge on the channel that delivers; say `something` when a delivery comes."""
        self.last_came_at = 0.0
        self.is_busy = False
        self._channel = channel
        self._something = something
        self._acknowledged = Acknowledged()
        self._arrived: list[_Delivery] = []
        self._held: dict[int, _Delivery] = {}

    def arrive(self, tag: int, body: bytes) -> None:
        """Take a delivery."""
        now = _now()
        self.is_busy = now - self.last_came_at < LINGER_SECONDS
        self.last_came_at = now
        self._arrived.append(_Delivery(partition=self, tag=tag, body=body, came_at=now))
        self._something.set()

    @property
    def arrived(self) -> int:
        """How many deliveries wait."""
        return len(self._arrived)

    @property
    def oldest_came_at(self) -> float | None:
        """When the first of those that wait came."""
        return self._arrived[0].came_at if self._arrived else None

    @property
    def oldest_held_at(self) -> float | None:
        """When the first fact came that waits behind a gap."""
        return min((one.came_at for one in self._held.values()), default=None)

    def overdue(self, now: float) -> list[_Delivery]:
        """What has waited behind a gap for too long."""
        return [one for one in self._held.values() if now - one.came_at >= GAP_SECONDS]

    def next_batch(self, most: int) -> list[_Delivery]:
        """What is to be handled next: what is held, then up to `most` that arrived, in the order of their tags."""
        self._arrived.sort(key=lambda one: one.tag)
        batch, self._arrived = self._arrived[:most], self._arrived[most:]
        return [*self._held.values(), *batch] if batch else []

    def hold(self, deliveries: Iterable[_Delivery]) -> None:
        """Keep what comes after a gap."""
        self._held |= {one.tag: one for one in deliveries}

    async def acknowledge(self, tags: Collection[int]) -> None:
        """Tell RabbitMQ. On a dead channel that means nothing: the work is committed, and a repeat is dropped."""
        self._held = {tag: one for tag, one in self._held.items() if tag not in tags}
        together, singly = self._acknowledged.settle(tags)
        crashpoint("ack.before")
        with suppress(*PASSING):
            if together is not None:
                await self._channel.basic_ack(together, multiple=True, wait=False)
            for tag in singly:
                await self._channel.basic_ack(tag, wait=False)
        crashpoint("ack.after")


class Intake:
    """The partitions that this process consumes, handled together: fewer and fuller transactions, one at a time."""

    def __init__(self, inbox: Inbox) -> None:
        """Hand facts to `inbox`."""
        self._inbox = inbox
        self._partitions: list[Partition] = []
        self._something = asyncio.Event()
        self._is_over = False
        self._last_took_seconds = 0.0

    def add(self, channel: Channel) -> Partition:
        """One more partition, delivered on this channel."""
        self._partitions.append(Partition(channel, self._something))
        return self._partitions[-1]

    def end(self) -> None:
        """End after the batch under way."""
        self._is_over = True
        self._something.set()

    async def work(self) -> None:
        """Batch after batch, until ended. Raises when the inbox settles nothing because the service stops."""
        while not self._is_over:
            await self._wait()
            await self._linger()
            overdue = [one for partition in self._partitions for one in partition.overdue(_now())]
            if overdue:
                await self._take(overdue, give_up_on_gaps=True)
            batch = self._next_batch()
            if batch and not self._is_over:
                started = _now()
                await self._take(batch, give_up_on_gaps=False)
                self._last_took_seconds = _now() - started

    def _next_batch(self) -> list[_Delivery]:
        """A fair share of what arrived in each partition; the first partition of one batch is the last of the next."""
        batch: list[_Delivery] = []
        self._partitions.append(self._partitions.pop(0))
        for partition in self._partitions:
            if len(batch) < BATCH_FACTS:
                batch += partition.next_batch(BATCH_FACTS - len(batch))
        return batch

    async def _wait(self) -> None:
        """Wait for a delivery, for the end, or until the patience with a gap is over."""
        self._something.clear()
        if self._arrived or self._is_over:
            return
        oldest = min(filter(None, (partition.oldest_held_at for partition in self._partitions)), default=None)
        patience = None if oldest is None else max(0.0, oldest + GAP_SECONDS - _now())
        await happens(self._something, within=patience)

    async def _linger(self) -> None:
        """While more is coming, wait a little: full batches are cheaper, and a lone fact is not kept waiting.

        When a transaction takes long, because the machine is busy, the wait grows with it, so that the batches do.
        """
        if not any(partition.is_busy for partition in self._partitions):
            return
        wait = min(max(self._last_took_seconds, LINGER_SECONDS), LINGER_MOST_SECONDS)
        while 0 < self._arrived < BATCH_FACTS and not self._is_over:
            oldest = min(filter(None, (partition.oldest_came_at for partition in self._partitions)))
            left = oldest + wait - _now()
            if left <= 0:
                return
            self._something.clear()
            await asyncio.sleep(min(left, LINGER_STEP_SECONDS))

    @property
    def _arrived(self) -> int:
        return sum(partition.arrived for partition in self._partitions)

    async def _take(self, deliveries: Sequence[_Delivery], *, give_up_on_gaps: bool) -> None:
        """Hand over in one transaction; hold what comes after a gap, acknowledge the rest."""
        outcomes = await self._inbox.take([one.body for one in deliveries], give_up_on_gaps=give_up_on_gaps)
        for partition in self._partitions:
            mine = [(one, said) for one, said in zip(deliveries, outcomes, strict=True) if one.partition is partition]
            if mine:
                partition.hold(one for one, said in mine if said is Outcome.GAP)
                await partition.acknowledge({one.tag for one, said in mine if said is not Outcome.GAP})


def _now() -> float:
    return asyncio.get_running_loop().time()
