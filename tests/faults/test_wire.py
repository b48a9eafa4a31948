"""The wire misbehaves: messages come twice, swapped, poisoned, or are none; only their own stream may suffer."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import aiormq
import httpx
from aiormq.abc import AbstractChannel

from shared import parked
from shared.bus import Outgoing
from shared.rabbit import RabbitBus
from shared.rabbit.topology import queue_of
from shared.relay import Relay
from tests.faults.checker import at_rest, check
from tests.faults.client import Client, under_load
from tests.faults.pair.services import POISON, build
from tests.faults.world import PARTITIONS, World

SEED = 7
GATHER_SECONDS = 0.2
GARBAGE = (b"", b"no envelope", b'{"specversion": "1.0"}', b"\xff" * 100)


class Mischief:
    """A bus between the teller's relay and RabbitMQ that doubles and swaps what it carries, and throws in garbage."""

    def __init__(self, bus: RabbitBus, channel: AbstractChannel, *, garbage: Sequence[bytes] = ()) -> None:
        self.doubled = 0
        self.swapped = 0
        self._bus = bus
        self._channel = channel
        self._garbage = list(garbage)
        self._random = random.Random(SEED)  # noqa: S311  repeatable on purpose

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Carry the facts, not quite as they were given."""
        await asyncio.sleep(GATHER_SECONDS)  # so that the next batch holds several facts of a stream
        if self._garbage:
            queue = queue_of("hourbank", self._random.randrange(PARTITIONS))
            await self._channel.basic_publish(self._garbage.pop(), exchange="", routing_key=queue)
        return await self._bus.publish(self._tampered(facts))

    def _tampered(self, facts: Sequence[Outgoing]) -> list[Outgoing]:
        changed = list(facts)
        for place in range(len(changed) - 1):
            ahead = next(
                (at for at in range(place + 1, len(changed)) if changed[at].stream == changed[place].stream), 0
            )
            if ahead and self._random.random() < 0.5:
                changed[place], changed[ahead] = changed[ahead], changed[place]
                self.swapped += 1
        for fact in facts:
            if self._random.random() < 0.3:
                changed.insert(self._random.randrange(len(changed) + 1), fact)
                self.doubled += 1
        return changed


class Delay(Mischief):
    """Says that it has carried the third fact of its stream, and carries it a second later."""

    stream = uuid4()

    def __init__(self, bus: RabbitBus, channel: AbstractChannel, *, garbage: Sequence[bytes] = ()) -> None:
        super().__init__(bus, channel, garbage=garbage)
        self.overtook: list[Outgoing] = []
        self._seen = 0
        self._late: asyncio.Task[None] | None = None

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Carry the facts, all but one at once."""
        at_once = []
        for fact in facts:
            self._seen += fact.stream == self.stream
            if fact.stream == self.stream and self._seen == 3 and self._late is None:
                self._late = asyncio.create_task(self._carry_late(fact))
            else:
                at_once.append(fact)
        if self._late is not None and not self._late.done():
            self.overtook += [fact for fact in at_once if fact.stream == self.stream]
        return {fact.position for fact in facts} - {fact.position for fact in at_once} | await self._bus.publish(
            at_once
        )

    async def _carry_late(self, fact: Outgoing) -> None:
        await asyncio.sleep(1)
        assert await self._bus.publish([fact])


@asynccontextmanager
async def mischief(
    world: World, *, kind: type[Mischief] = Mischief, garbage: Sequence[bytes] = ()
) -> AsyncIterator[Mischief]:
    """Be the active relay of the teller, over a wire that misbehaves. The teller's own stands by until the end."""
    connection = await aiormq.connect(world.rabbitmq_url)
    bus = RabbitBus(world.rabbitmq_url, teller="notify", partitions=PARTITIONS)
    wire = kind(bus, await connection.channel(), garbage=garbage)
    relay = Relay(world.databases["notify"], wire)
    carrying = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)  # it leads now: nobody else runs yet
    yield wire
    relay.stop()
    await carrying
    await bus.close()
    await connection.close()


async def ask_in_bursts(client: Client, stream: UUID, notes: Sequence[str]) -> None:
    """Several facts of one stream, as fast as they go."""
    async with httpx.AsyncClient(timeout=30) as http:
        for note in notes:
            await client.ask(http, stream, note)


async def test_messages_that_come_twice_or_swapped_change_nothing(world: World) -> None:
    async with mischief(world) as wire:
        await world.start()
        async with under_load(world.processes["notify"], streams=4) as client:
            for _ in range(3):
                await ask_in_bursts(client, uuid4(), [f"note {number}" for number in range(20)])
        verdict = await check(world, client, what="doubled and swapped")
    await world.stop()

    print(f"{wire.doubled} doubled, {wire.swapped} swapped")
    assert wire.doubled > 10
    assert wire.swapped > 3
    assert verdict.is_clean


async def test_a_body_that_is_no_envelope_is_parked_and_stops_nobody(world: World) -> None:
    async with mischief(world, garbage=GARBAGE):
        await world.start()
        async with under_load(world.processes["notify"], streams=4) as client:
            kept = await all_parked(world, len(GARBAGE))
        verdict = await check(world, client, what="garbage on the wire")
    listener = world.databases["hourbank"]
    for one in kept:
        await parked.drop_unreadable(listener, fingerprint=one.fingerprint)
    after = await check(world, client, what="garbage dropped by hand")
    await world.stop()

    assert (verdict.parked, verdict.lost, verdict.duplicated, verdict.out_of_order) == (len(GARBAGE), 0, 0, 0)
    assert {one.stream for one in kept} == {None}
    assert after.is_clean


async def test_poison_in_the_middle_of_a_batch_parks_its_stream_until_someone_decides(world: World) -> None:
    await world.start()
    poisoned = uuid4()
    notes = [*(f"before {number}" for number in range(5)), POISON, *(f"behind {number}" for number in range(5))]

    async with under_load(world.processes["notify"], streams=4) as client:
        await ask_in_bursts(client, poisoned, notes)
    while_parked = await check(world, client, what="poison, parked")
    listener = world.databases["hourbank"]
    async with listener.reading() as tx:
        kept = await parked.waiting(tx)
    given_up = await parked.drop(listener, teller="notify", stream=poisoned)
    handled = await parked.retry(listener, build("hourbank").subscriptions, teller="notify", stream=poisoned)
    await at_rest(world)
    after = await check(world, client, what="poison, dropped by hand")
    await world.stop()

    assert (while_parked.parked, while_parked.lost, while_parked.duplicated) == (6, 0, 0)
    assert while_parked.applied == while_parked.acknowledged - 6
    assert [(one.stream, one.sequence) for one in kept] == [(poisoned, number) for number in range(6, 12)]
    assert kept[0].error == "Poisoned: 6 is poison"
    assert (given_up, handled) == (6, 5)
    # What was given up by hand is the one thing that is lost.
    assert (after.parked, after.lost, after.duplicated, after.out_of_order) == (0, 1, 0, 0)


async def test_a_fact_that_takes_longer_is_waited_for_while_all_others_go_on(world: World) -> None:
    async with mischief(world, kind=Delay) as wire:
        assert isinstance(wire, Delay)
        await world.start()
        async with under_load(world.processes["notify"], streams=2) as client:
            await ask_in_bursts(client, wire.stream, [f"note {number}" for number in range(10)])
        verdict = await check(world, client, what="one fact a second late")
        overtaken = len(wire.overtook)
    await world.stop()

    assert overtaken > 3
    assert verdict.is_clean


async def all_parked(world: World, many: int) -> Sequence[parked.Parked]:
    """What the listener has parked, once it is so many."""
    async with asyncio.timeout(60):
        while True:
            async with world.databases["hourbank"].reading() as tx:
                kept = await parked.waiting(tx)
            if len(kept) >= many:
                return kept
            await asyncio.sleep(0.05)
