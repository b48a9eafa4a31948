"""Private PostgreSQL, RabbitMQ and Redis servers for a test run: had from this machine, from Docker or from Debian.

One of each serves a whole run; a test gets a database or a vhost of its own in it. A test that stops, kills or freezes
a server takes one for itself. All of them end with the test run, however that ends.

    shared = servers.postgres()                 # this run's own; NoServerError where none can be had
    with servers.fresh_rabbitmq() as rabbit:    # the caller's own, which it may kill
        rabbit.kill9()
        rabbit.start()

With PONTEIRO_TEST_POSTGRES_URL, PONTEIRO_TEST_RABBITMQ_URL (and _API_URL) or PONTEIRO_TEST_REDIS_URL set, the shared
ones are those, so that the tests can be run against other versions; by one process then (`-n 0`), since they are one.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from tests.servers import broker, cache, postgresql, processes
from tests.servers.broker import RabbitMQ
from tests.servers.cache import Redis
from tests.servers.postgresql import Postgres
from tests.servers.processes import NoServerError, free_port
from tests.servers.programs import CADDY, FAKETIME, PROMTOOL, find_or_install
from tests.servers.running import Server

__all__ = [
    "CADDY",
    "FAKETIME",
    "PROMTOOL",
    "NoServerError",
    "Postgres",
    "RabbitMQ",
    "Redis",
    "Server",
    "close",
    "find_or_install",
    "free_port",
    "fresh_postgres",
    "fresh_rabbitmq",
    "fresh_redis",
    "postgres",
    "rabbitmq",
    "redis",
    "start_early",
]


def postgres() -> Postgres:
    """This run's PostgreSQL, started when it is first asked for; NoServerError where none can be had."""
    server = _shared("postgres").result()
    assert isinstance(server, Postgres)
    return server


def rabbitmq() -> RabbitMQ:
    """This run's RabbitMQ, started when it is first asked for; NoServerError where none can be had."""
    server = _shared("rabbitmq").result()
    assert isinstance(server, RabbitMQ)
    return server


def redis() -> Redis:
    """This run's Redis, started when it is first asked for; NoServerError where none can be had."""
    server = _shared("redis").result()
    assert isinstance(server, Redis)
    return server


def fresh_postgres(
    settings: Mapping[str, str] | None = None, *, environment: Mapping[str, str] | None = None
) -> Postgres:
    """A PostgreSQL of the caller's own, to stop and kill; `settings` as in postgresql.conf."""
    return postgresql.start(settings, environment=environment)


def fresh_rabbitmq() -> RabbitMQ:
    """A RabbitMQ of the caller's own, to stop and kill; it takes about six seconds."""
    return broker.start()


def fresh_redis() -> Redis:
    """A Redis of the caller's own, to stop and kill."""
    return cache.start()


def start_early(names: Iterable[str]) -> None:
    """Start these of `postgres`, `rabbitmq`, `redis`, all at once; who asks for one hears why it could not be had."""
    # They are waited for, so that an installation that takes minutes is no part of a test's time.
    wait([_shared(name) for name in names])


def close() -> None:
    """End every server of this run and remove what they wrote. Nothing may be asked for afterwards."""
    processes.close()
    _threads.shutdown(cancel_futures=True)


def _given_or_started(name: str) -> Server:
    address = os.environ.get(f"PONTEIRO_TEST_{name.upper()}_URL")
    if not address:
        return _STARTED[name]()
    if name == "rabbitmq":
        return RabbitMQ(address, os.environ["PONTEIRO_TEST_RABBITMQ_API_URL"])
    return Postgres(address) if name == "postgres" else Redis(address)


def _shared(name: str) -> Future[Server]:
    if name not in _futures:
        _futures[name] = _threads.submit(_given_or_started, name)
    return _futures[name]


_STARTED: Mapping[str, Callable[[], Server]] = {
    "postgres": postgresql.start,
    "rabbitmq": broker.start,
    "redis": cache.start,
}
_futures: dict[str, Future[Server]] = {}
_threads = ThreadPoolExecutor(max_workers=len(_STARTED), thread_name_prefix="servers")
