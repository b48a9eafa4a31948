"""One partition as it is consumed: what arrives is collected, handled in batches, and acknowledged when settled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.crash import crashpoint
from shared.inbox import Outcome
from shared.rabbit.errors import PASSING

if TYPE_CHECKING:
    from aiormq import Channel

    from shared.inbox import Inbox

BATCH_FACTS: Final = 64  # in one transaction: 4,200-7,700 events/s, where one by one it is 250-950
LINGER_SECONDS: Final = 0.03  # the longest wait for company while more is coming
LINGER_STEP_SECONDS: Final = 0.005  # when nothing came for so long, no more is coming
GAP_SECONDS: Final = 5.0  # a missing fact can only be under way; one that takes longer is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """A message that is not acknowledged yet; `came_at` is of the loop's clock."""

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

    def __init__(self, inbox: Inbox) -> None:
        """Hand facts to `inbox`."""
        self._inbox = inbox
        self._channel: Channel | None = None
        self._acknowledged = Acknowledged()
        self._arrived: list[_Delivery] = []
        self._held: list[_Delivery] = []
        self._something = asyncio.Event()
        self._is_over = False
        self._is_busy = False
        self._last_came_at = 0.0

    def acknowledge_on(self, channel: Channel) -> None:
        """The channel that delivers, and takes the acknowledgements."""
        self._channel = channel

    def arrive(self, tag: int, body: bytes) -> None:
        """Take a delivery."""
        now = _now()
        self._is_busy = now - self._last_came_at < LINGER_SECONDS
        self._last_came_at = now
        self._arrived.append(_Delivery(tag=tag, body=body, came_at=now))
        self._something.set()

    def end(self) -> None:
        """End after the batch under way."""
        self._is_over = True
        self._something.set()

    async def work(self) -> None:
        """Batch after batch, until ended. Raises when the inbox settles nothing because the service stops."""
        while not self._is_over:
            await self._wait()
            await self._linger()
            overdue = [one for one in self._held if _now() - one.came_at >= GAP_SECONDS]
            if overdue:
                await self._take(overdue, give_up_on_gaps=True)
            # What arrived out of order is put back into it by the delivery tag.
            self._arrived.sort(key=lambda one: one.tag)
            batch, self._arrived = self._arrived[:BATCH_FACTS], self._arrived[BATCH_FACTS:]
            if batch and not self._is_over:
                await self._take([*self._held, *batch], give_up_on_gaps=False)

    async def _wait(self) -> None:
        """Wait for a delivery, for the end, or until the patience with a gap is over."""
        self._something.clear()
        if self._arrived or self._is_over:
            return
        oldest = min((one.came_at for one in self._held), default=None)
        patience = None if oldest is None else max(0.0, oldest + GAP_SECONDS - _now())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._something.wait(), patience)

    async def _linger(self) -> None:
        """While more is coming, wait a little: full batches are cheaper, and a lone fact is not kept waiting."""
        until = _now() + LINGER_SECONDS
        while self._is_busy and 0 < len(self._arrived) < BATCH_FACTS and _now() < until and not self._is_over:
            before = len(self._arrived)
            await asyncio.sleep(LINGER_STEP_SECONDS)
            if len(self._arrived) == before:
                return

    async def _take(self, deliveries: Sequence[_Delivery], *, give_up_on_gaps: bool) -> None:
        """Hand over in one transaction; hold what comes after a gap, acknowledge the rest."""
        outcomes = await self._inbox.take([one.body for one in deliveries], give_up_on_gaps=give_up_on_gaps)
        settled = {one.tag for one, outcome in zip(deliveries, outcomes, strict=True) if outcome is not Outcome.GAP}
        known = {one.tag: one for one in (*self._held, *deliveries)}
        self._held = [one for tag, one in known.items() if tag not in settled]
        await self._acknowledge(settled)

    async def _acknowledge(self, tags: Iterable[int]) -> None:
        """Tell RabbitMQ. On a dead channel that means nothing: the work is committed, and a repeat is dropped."""
        assert self._channel is not None, "what was delivered came over a channel"
        together, singly = self._acknowledged.settle(tags)
        crashpoint("ack.before")
        with suppress(*PASSING):
            if together is not None:
                await self._channel.basic_ack(together, multiple=True, wait=False)
            for tag in singly:
                await self._channel.basic_ack(tag, wait=False)
        crashpoint("ack.after")


def _now() -> float:
    return asyncio.get_running_loop().time()
