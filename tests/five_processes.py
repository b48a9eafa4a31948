"""The house in earnest for tests and measurements: five processes on private PostgreSQL, RabbitMQ and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.auth import Keys, Principal, Role
from shared.clock import SystemClock
from shared.db import Database
from shared.events import TELLERS
from tests import servers
from tests.servers import processes

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
MIGRATE_SECONDS = 120.0
READY_SECONDS = 120.0  # five processes import on two cores that may be busy
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Five running services, where they answer and keep what they know, and the key of their tokens."""

    keys: Keys
    databases: Mapping[str, str]
    broker_url: str
    ports: Mapping[str, int]
    processes: Mapping[str, processes.Process]

    def url(self, name: str) -> str:
        """Where a service answers."""
        return f"http://{HOST}:{self.ports[name]}"

    def urls(self) -> list[str]:
        """Where each service answers, as `services.client.Api.open` takes it."""
        return [f"{name}={self.url(name)}" for name in TELLERS]

    def database(self, name: str) -> Database:
        """What a service keeps, to be looked at from outside; the caller closes it."""
        return Database(self.databases[name], service=name, clock=SystemClock())

    def token(
        self, *roles: Role, tenant: str = "next4", subject: str = "somebody", organization_id: UUID | None = None
    ) -> str:
        """A token for an hour of real time."""
        who = Principal(tenant=tenant, subject=subject, organization_id=organization_id, roles=frozenset(roles))
        return self.keys.issue(who, now=datetime.now(UTC), lifetime=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The servers that a house stands on; `environment` is given to its processes besides the settings."""

    postgres: servers.Postgres
    rabbitmq: servers.RabbitMQ
    redis: servers.Redis
    environment: Mapping[str, str]


def shared_ground() -> Ground:
    """The servers of this run; NoServerError where one cannot be had."""
    servers.start_early(["postgres", "rabbitmq", "redis"])
    return Ground(postgres=servers.postgres(), rabbitmq=servers.rabbitmq(), redis=servers.redis(), environment={})


@contextmanager
def open_house(ground: Ground) -> Iterator[House]:
    """Migrate five new databases and a new vhost, start the five services, and take it all away in the end.

    A service that ended before its time, or did not stop in good order, fails here.
    """
    key = Keys.generate()
    databases = {name: ground.postgres.create_database() for name in TELLERS}
    broker_url = ground.rabbitmq.create_vhost()
    folder = processes.new_folder("house")
    environment = {
        **ground.environment,
        **{f"PONTEIRO_{name.upper()}_DATABASE_URL": url for name, url in databases.items()},
        "PYTHONPATH": str(ROOT),
        "PONTEIRO_TOKEN_KEY": key,
        "PONTEIRO_RABBITMQ_URL": broker_url,
        "PONTEIRO_REDIS_URL": ground.redis.url,
        "PONTEIRO_REQUESTS_A_MINUTE": "1000000",  # counted, and never too many
        "PONTEIRO_MAIL_DIR": str(folder / "mail"),
        "PONTEIRO_LOG_LEVEL": "WARNING",
    }
    migrate(environment)
    ports = {name: servers.free_port() for name in TELLERS}
    running = {name: service(name, ports[name], folder, environment) for name in TELLERS}
    try:
        start_all(running)
        yield House(keys=Keys(key), databases=databases, broker_url=broker_url, ports=ports, processes=running)
    finally:
        stop_all(running)
        ground.rabbitmq.delete_vhost(broker_url)
        for url in databases.values():
            ground.postgres.drop_database(url)
    for process in running.values():
        assert process.exit_code == 0, f"{process.name} ended with {process.exit_code}: {process.last_words()}"


def migrate(environment: Mapping[str, str]) -> None:
    """Run `ponteiro migrate`, as an installation does before it starts."""
    done = subprocess.run(
        [sys.executable, "-m", "services", "migrate"],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=MIGRATE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"ponteiro migrate: {done.stdout}"


def service(name: str, port: int, folder: Path, environment: Mapping[str, str]) -> processes.Process:
    """`ponteiro run NAME`, not started yet."""
    own = folder / name
    own.mkdir()
    return processes.Process(
        name,
        [sys.executable, "-m", "services", "run", name],
        folder=own,
        environment={**environment, "PONTEIRO_PORT": str(port)},
        is_ready=lambda: is_ready(f"http://{HOST}:{port}"),
        ready_seconds=READY_SECONDS,
    )


def start_all(running: Mapping[str, processes.Process]) -> None:
    """Start all at once and wait until each is ready; one that is not is a fault of ours, no lack of a server."""
    with ThreadPoolExecutor(max_workers=len(running)) as threads:
        starting = [threads.submit(process.start) for process in running.values()]
    for started in starting:
        try:
            started.result()
        except servers.NoServerError as why:
            raise AssertionError(str(why)) from None


def stop_all(running: Mapping[str, processes.Process]) -> None:
    """Stop all at once, as a supervisor does; what does not leave is killed."""
    started = [process for process in running.values() if process.exit_code is None]
    with ThreadPoolExecutor(max_workers=len(running)) as threads:
        for stopping in [threads.submit(process.stop) for process in started]:
            stopping.result()


def is_ready(url: str) -> bool:
    """Whether a service says that it can work."""
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=LOOK_SECONDS) as answer:  # noqa: S310  our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
