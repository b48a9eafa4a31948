"""The memory bus: confirmed is what every listener has committed; the rest is carried again."""

from shared.memory import MemoryBus
from shared.relay import Relay
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import TENANT, Listener, failed, new_stream, sent


async def test_every_listener_hears_what_was_told_once_and_in_order(open_database: OpenDatabase) -> None:
    teller, bus = await open_database("notify"), MemoryBus()
    one, two = Listener(await open_database("echo")), Listener(await open_database("mirror"))
    bus.inboxes = [one.inbox, two.inbox]
    stream = new_stream()
    for number in range(1, 150):
        async with teller.transaction(tenant=TENANT) as tx:
            await tx.publish(sent(stream, number) if number % 3 else failed(stream, number))

    assert await Relay(teller, bus).drain() == 149

    expected = [(stream, number) for number in range(1, 150) if number % 3]
    assert await one.heard() == expected
    assert await two.heard() == expected
    assert await one.cursors() == {stream: 149}


async def test_who_does_not_listen_to_a_teller_is_not_asked(open_database: OpenDatabase) -> None:
    teller, bus, listener = await open_database("notify"), MemoryBus(), Listener(await open_database("echo"))
    listener.subscriptions.by_type.clear()
    bus.inboxes = [listener.inbox]
    async with teller.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(new_stream(), 1))

    assert await Relay(teller, bus).drain() == 1

    assert await listener.cursors() == {}


async def test_what_one_listener_cannot_commit_is_carried_again_to_all(open_database: OpenDatabase) -> None:
    teller, bus = await open_database("notify"), MemoryBus()
    well, ill = Listener(await open_database("echo")), Listener(await open_database("mirror"))
    bus.inboxes = [well.inbox, ill.inbox]
    ill.inbox.stopping.set()
    ill.passing_errors = [ConnectionError("away")]
    stream = new_stream()
    async with teller.transaction(tenant=TENANT) as tx:
        await tx.publish(sent(stream, 1))
    relay = Relay(teller, bus)

    assert await relay.drain() == 0
    assert await relay.drain() == 1

    assert await well.heard() == [(stream, 1)]
    assert await ill.heard() == [(stream, 1)]
