"""A private PostgreSQL: a cluster of its own in a temporary folder, a fresh database for whoever asks."""

import asyncio
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from tests.servers import containers, processes, programs
from tests.servers.processes import NoServerError
from tests.servers.running import Running, Server

HOST = "127.0.0.1"
PORT_IN_CONTAINER = 5432
CONNECT_SECONDS = 5

# Nothing here must outlive the machine: a killed server loses nothing without fsync, only a power cut would.
SETTINGS = {
    "listen_addresses": HOST,
    "max_connections": "300",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "log_min_messages": "error",
    "timezone": "UTC",
}

# Anyone on this machine may connect as anyone.
INITDB = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Postgres(Server):
    """A PostgreSQL for tests; `dsn` is its database `postgres`, as a superuser."""

    def __init__(self, dsn: str, running: Running | None = None) -> None:
        super().__init__(running)
        self.dsn = dsn
        self._numbers = count(1)

    def dsn_of(self, database: str) -> str:
        """The address of one of its databases."""
        return self.dsn.rpartition("/")[0] + "/" + database

    def create_database(self, name: str | None = None) -> str:
        """A new database and its address; without a name it is given one of its own."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f'create database "{name}"')
        return self.dsn_of(name)

    def drop_database(self, dsn: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        self.execute(f'drop database if exists "{dsn.rpartition("/")[2]}" with (force)')

    def terminate_backends(self, database: str | None = None) -> int:
        """Close all client connections, or those of one database, from the server's side; how many there were."""
        return len(
            self.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend'"
                " and pid <> pg_backend_pid() and ($1::text is null or datname = $1)",
                database,
            )
        )

    def restart(self, mode: str = "fast") -> None:
        """Stop it the smart, fast or immediate way (`immediate` is a crash with a warning) and start it again."""
        self._mine.stop(STOP_SIGNALS[mode])
        self.start()

    def execute(self, statement: str, *arguments: object, dsn: str | None = None) -> list[Any]:
        """Run one statement, by default in the database `postgres`, and return its rows. It blocks."""
        return run_apart(statement, arguments, dsn or self.dsn)


def start(settings: Mapping[str, str] | None = None, *, environment: Mapping[str, str] | None = None) -> Postgres:
    """Start one, `settings` over those above; NoServerError where none can be had.

    With an `environment` of its own it is a process of this machine, whatever else there is.
    """
    port = processes.free_port()
    dsn = f"postgresql://postgres:postgres@{HOST}:{port}/postgres"
    merged = {**SETTINGS, **(settings or {})}
    if environment is None and containers.serve(programs.POSTGRES):
        running = in_container(port, dsn, merged)
    else:
        running = on_this_machine(port, dsn, merged, environment or {})
    running.start()
    return Postgres(dsn, running)


def on_this_machine(port: int, dsn: str, settings: Mapping[str, str], environment: Mapping[str, str]) -> Running:
    """A process of this machine, as another user where this one is root: PostgreSQL refuses root."""
    program = programs.find_or_install(programs.POSTGRES)
    user = postgres_user() if os.geteuid() == 0 else None
    folder = processes.new_folder("postgres", user=user)
    data = folder / "data"
    make_cluster(program, data, user)
    with_port = {**settings, "port": str(port), "unix_socket_directories": str(folder)}
    return processes.Process(
        "PostgreSQL",
        [str(program), "-D", str(data), *options(with_port)],
        folder=folder,
        environment=environment,
        is_ready=lambda: answers(dsn),
        user=user,
        stop_signal=STOP_SIGNALS["fast"],
    )


def make_cluster(program: Path, data: Path, user: str | None) -> None:
    """Run initdb; NoServerError with its words where it fails."""
    made = subprocess.run(
        [str(program.resolve().parent / "initdb"), "-D", str(data), *INITDB],
        cwd=data.parent,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NoServerError(f"no PostgreSQL: initdb failed; {made.stderr.strip()}")


def postgres_user() -> str:
    """The user as whom root runs it: the one that Debian's package makes, else nobody."""
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def in_container(port: int, dsn: str, settings: Mapping[str, str]) -> Running:
    """A container of the image that `docker-compose.yml` names too."""
    return containers.Container(
        programs.POSTGRES,
        ports={PORT_IN_CONTAINER: port},
        environment={"POSTGRES_PASSWORD": "postgres"},
        command=["postgres", *options({**settings, "listen_addresses": "*"})],
        is_ready=lambda: answers(dsn),
        stop_signal=STOP_SIGNALS["fast"],
    )


def options(settings: Mapping[str, str]) -> list[str]:
    """The settings as the server takes them on its command line."""
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def answers(dsn: str) -> bool:
    """Whether a PostgreSQL serves there."""
    try:
        run_apart("select 1", (), dsn)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    return True


def run_apart(statement: str, arguments: tuple[object, ...], dsn: str) -> list[Any]:
    """Run one statement on a connection and an event loop of its own, because the caller may be inside one."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, run()).result()
