"""The private servers of a test run, tried: what every other test leans on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import asyncpg
import pytest

from tests import prepared, servers


async def test_each_test_has_an_empty_database_of_its_own(postgres: servers.Postgres, database_url: str) -> None:
    other = postgres.create_database()

    postgres.execute("create table here (x int)", dsn=database_url)

    assert database_url != other
    with pytest.raises(asyncpg.UndefinedTableError):
        postgres.execute("select * from here", dsn=other)


def test_the_database_of_a_service_is_emptied_for_the_next_test(postgres: servers.Postgres) -> None:
    for _ in range(2):
        with contextmanager(prepared.on_postgresql)("hourbank", postgres) as url:
            assert postgres.execute("select stream from inbox_cursors", dsn=url) == []
            postgres.execute("insert into inbox_cursors values (gen_random_uuid(), 'billing', 1)", dsn=url)


async def test_each_test_has_an_empty_vhost_of_its_own(rabbitmq: servers.RabbitMQ, vhost_url: str) -> None:
    async with await aio_pika.connect(vhost_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("here", durable=True, arguments={"x-queue-type": "quorum"})

        assert list(rabbitmq.queues(vhost_url)) == ["here"]
        assert rabbitmq.queues(rabbitmq.create_vhost()) == {}


def test_redis_is_empty_at_the_start_of_a_test(redis_server: servers.Redis, redis_url: str) -> None:
    assert redis_server.url == redis_url


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_postgres_of_ones_own_comes_back_with_its_rows(own_postgres: servers.Postgres, mode: str) -> None:
    dsn = own_postgres.create_database()
    own_postgres.execute("create table kept (x int)", dsn=dsn)

    own_postgres.restart(mode)

    assert own_postgres.execute("select count(*) from kept", dsn=dsn)[0][0] == 0


async def test_a_killed_postgres_takes_its_connections_along_and_keeps_its_rows(own_postgres: servers.Postgres) -> None:
    dsn = own_postgres.create_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table kept (x int)")

    own_postgres.kill9()

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("select 1")
    own_postgres.start()
    assert own_postgres.execute("select count(*) from kept", dsn=dsn)[0][0] == 0


async def test_terminated_backends_are_counted(own_postgres: servers.Postgres) -> None:
    connection = await asyncpg.connect(own_postgres.create_database())

    assert own_postgres.terminate_backends() == 1
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.execute("select 1")


async def test_a_killed_rabbitmq_keeps_what_it_confirmed(own_rabbitmq: servers.RabbitMQ) -> None:
    url = own_rabbitmq.create_vhost()
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
    await channel.default_exchange.publish(aio_pika.Message(b"fact", delivery_mode=2), "kept")

    await asyncio.to_thread(own_rabbitmq.kill9)
    await asyncio.to_thread(own_rabbitmq.start)

    async with await aio_pika.connect(url) as again:
        queue = await (await again.channel()).get_queue("kept")
        message = await queue.get(timeout=10)
        assert message.body == b"fact"
        await message.ack()


async def test_all_connections_to_rabbitmq_can_be_closed(own_rabbitmq: servers.RabbitMQ) -> None:
    connection = await aio_pika.connect(own_rabbitmq.create_vhost())

    await asyncio.to_thread(own_rabbitmq.close_all_connections)

    with pytest.raises((RuntimeError, aio_pika.exceptions.AMQPError)):
        await connection.channel()


def test_a_killed_test_run_leaves_nothing_behind() -> None:
    """The run is killed where no code of its own can follow; the keeper ends the server and removes its folder."""
    script = "from tests import servers; r = servers.fresh_redis(); print(r.url, flush=True); input()"
    run = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdin is not None
    port = run.stdout.readline().strip().removesuffix("/0").rpartition(":")[2]

    os.kill(run.pid, signal.SIGKILL)
    run.communicate()

    give_up = time.monotonic() + 5
    while redis_with(port) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert redis_with(port) == []


def redis_with(port: str) -> list[str]:
    """The processes that serve Redis at this port."""
    lines = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(command.read_text())
        except OSError:
            continue
    return [line for line in lines if "redis-server" in line and f":{port}" in line]
