"""The relay: everything that waits goes out, in order, at least once; one relay leads and another takes over."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from prometheus_client import CollectorRegistry

from shared import metrics
from shared.bus import Outgoing
from shared.db import Database
from shared.events.envelope import read
from shared.relay import Relay, measure_outbox
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import TENANT, new_stream, sent


class Wire:
    """A bus whose wire can be told what not to confirm."""

    def __init__(self) -> None:
        self.carried: list[tuple[UUID, int]] = []
        self.loses: set[tuple[UUID, int]] = set()
        self.breaks = 0

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Carry what is not lost."""
        if self.breaks:
            self.breaks -= 1
            raise ConnectionError("the wire broke")
        confirmed = set()
        for fact in facts:
            envelope = read(fact.body)
            if (fact.stream, envelope.sequence) not in self.loses:
                self.carried.append((fact.stream, envelope.sequence))
                confirmed.add(fact.position)
        return confirmed


async def tell(database: Database, *streams: UUID) -> None:
    """One transaction that tells a fact of each."""
    async with database.transaction(tenant=TENANT) as tx:
        for stream in streams:
            await tx.publish(sent(stream, 1))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the test's own time limit ends what never does."""
    while not holds():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.005)


async def test_everything_that_waits_goes_out_once_in_order(open_database: OpenDatabase) -> None:
    database, wire = await open_database("notify"), Wire()
    one, two = new_stream(), new_stream()
    for _ in range(3):
        await tell(database, one, two)
    relay = Relay(database, wire)

    assert await relay.drain() == 6
    assert await relay.drain() == 0

    assert wire.carried == [(one, 1), (two, 1), (one, 2), (two, 2), (one, 3), (two, 3)]


async def test_what_comes_behind_an_unconfirmed_fact_of_its_stream_counts_as_not_sent(
    open_database: OpenDatabase,
) -> None:
    database, wire = await open_database("notify"), Wire()
    one, two = new_stream(), new_stream()
    for _ in range(3):
        await tell(database, one, two)
    wire.loses = {(one, 2)}
    relay = Relay(database, wire)

    assert await relay.drain() == 4
    wire.loses = set()
    wire.carried.clear()
    assert await relay.drain() == 2

    assert wire.carried == [(one, 2), (one, 3)]


async def test_a_commit_wakes_the_relay_and_a_broken_wire_is_tried_again(open_database: OpenDatabase) -> None:
    database, wire = await open_database("notify"), Wire()
    relay = Relay(database, wire)
    running = asyncio.create_task(relay.run())
    stream = new_stream()
    wire.breaks = 2

    await tell(database, stream)
    await until(lambda: bool(wire.carried))
    await tell(database, stream)
    await until(lambda: len(wire.carried) == 2)
    relay.stop()
    await running

    assert wire.carried == [(stream, 1), (stream, 2)]
    assert await relay.drain() == 0


async def test_of_two_relays_one_leads_and_the_other_takes_over_when_it_goes(open_postgresql: OpenDatabase) -> None:
    stream = new_stream()
    wires = [Wire(), Wire()]
    relays = [Relay(await open_postgresql("notify"), wire) for wire in wires]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    database = await open_postgresql("notify")

    for _ in range(5):
        await tell(database, stream)
    await until(lambda: sum(len(wire.carried) for wire in wires) == 5)
    leader = 0 if wires[0].carried else 1
    assert wires[1 - leader].carried == []
    relays[leader].stop()
    await tasks[leader]
    await tell(database, stream)
    await until(lambda: bool(wires[1 - leader].carried))
    relays[1 - leader].stop()
    await tasks[1 - leader]

    assert wires[leader].carried == [(stream, number) for number in range(1, 6)]
    assert wires[1 - leader].carried == [(stream, 6)]


async def test_a_relay_whose_session_is_cut_leads_again(open_postgresql: OpenDatabase) -> None:
    database, wire = await open_postgresql("notify"), Wire()
    relay = Relay(database, wire)
    running = asyncio.create_task(relay.run())
    stream = new_stream()
    await tell(database, stream)
    await until(lambda: len(wire.carried) == 1)

    other = await open_postgresql("notify")
    async with other.transaction() as tx:
        await tx.unit.connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    async with other.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(stream, 2))
    await until(lambda: (stream, 2) in wire.carried)
    relay.stop()
    await running

    # Cut between its confirmation and the end of its pointer, the first is carried once more: at least once, in order.
    assert list(dict.fromkeys(wire.carried)) == [(stream, 1), (stream, 2)]
    assert wire.carried.count((stream, 2)) == 1


async def test_what_waits_is_measured(open_database: OpenDatabase) -> None:
    database = await open_database("notify")
    registry: CollectorRegistry = metrics.registry
    await measure_outbox(database)
    assert registry.get_sample_value("outbox_unsent", {"service": "notify"}) == 0
    assert registry.get_sample_value("outbox_oldest_seconds", {"service": "notify"}) == 0

    await tell(database, new_stream(), new_stream())
    await measure_outbox(database)

    assert registry.get_sample_value("outbox_unsent", {"service": "notify"}) == 2
    oldest = registry.get_sample_value("outbox_oldest_seconds", {"service": "notify"})
    assert oldest is not None
    assert 0 <= oldest < 60
