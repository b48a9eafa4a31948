"""RabbitMQ or PostgreSQL goes away under load and comes back: everybody waits, nobody forgets, nobody dies."""

import asyncio
from collections.abc import Callable

from tests import servers
from tests.faults.checker import check
from tests.faults.client import under_load
from tests.faults.world import World

Fault = Callable[[], object]


async def all_ready(world: World) -> None:
    """Both say that they can work again, by themselves."""
    await asyncio.gather(*(one.ready() for one in world.processes.values()))


async def suffer(world: World, what: str, *faults: Fault) -> None:
    """Let the faults happen under load, one after the other; afterwards everything is as if they had not."""
    await world.start()
    async with under_load(world.processes["notify"]) as client:
        for fault in faults:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(fault)
            await all_ready(world)
    verdict = await check(world, client, what=what)
    await world.stop()

    assert verdict.is_clean
    assert len(world.every) == 2, "nobody was started anew"


async def test_rabbitmq_comes_later_and_is_stopped_for_a_while_and_requests_are_answered_meanwhile(
    own_world: World, own_rabbitmq: servers.RabbitMQ
) -> None:
    await asyncio.to_thread(own_rabbitmq.stop)
    starting = asyncio.create_task(own_world.start())
    await asyncio.sleep(1)
    assert not starting.done()
    await asyncio.to_thread(own_rabbitmq.start)
    await starting

    async with under_load(own_world.processes["notify"]) as client:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(own_rabbitmq.stop)
        before = len(client.acknowledged)
        await asyncio.sleep(1)
        meanwhile = len(client.acknowledged) - before
        await asyncio.to_thread(own_rabbitmq.start)
        await all_ready(own_world)
    verdict = await check(own_world, client, what="RabbitMQ stopped for a while")
    await own_world.stop()

    assert verdict.is_clean
    assert meanwhile > 10


async def test_rabbitmqs_connections_are_closed_and_it_is_killed(
    own_world: World, own_rabbitmq: servers.RabbitMQ
) -> None:
    def kill_and_start() -> None:
        own_rabbitmq.kill9()
        own_rabbitmq.start()

    await suffer(
        own_world,
        "connections closed twice, RabbitMQ killed",
        *[own_rabbitmq.close_all_connections] * 2,
        kill_and_start,
    )


async def test_postgresql_is_restarted_crashed_and_its_connections_are_cut(
    own_world: World, own_postgres: servers.Postgres
) -> None:
    await suffer(
        own_world,
        "PostgreSQL restarted, crashed, connections cut",
        own_postgres.restart,
        lambda: own_postgres.restart("immediate"),
        *[own_postgres.terminate_backends] * 5,
    )


async def test_services_start_when_postgresql_comes_later(own_world: World, own_postgres: servers.Postgres) -> None:
    await asyncio.to_thread(own_postgres.stop)
    starting = asyncio.create_task(own_world.start())
    await asyncio.sleep(1)
    assert not starting.done()

    await asyncio.to_thread(own_postgres.start)
    await starting
    async with under_load(own_world.processes["notify"]) as client:
        await asyncio.sleep(0.5)
    verdict = await check(own_world, client, what="PostgreSQL came later")
    await own_world.stop()

    assert verdict.is_clean
