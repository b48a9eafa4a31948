"""The house in earnest, for a measurement: five processes, private PostgreSQL, RabbitMQ and Redis on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from shared.auth import Keys, Principal, Role
from tests import servers

NAMES = ("ticketing", "hourbank", "sla", "billing", "notify")
READY_SECONDS = 120.0  # five processes import on two cores that may be busy
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class House:
    """Five running services, their ports and a key to make tokens with."""

    ports: dict[str, int]
    databases: dict[str, str]
    broker_url: str
    processes: dict[str, subprocess.Popen[bytes]]
    keys: Keys

    def token(self, *roles: Role, tenant: str = "next4", organization_id: UUID | None = None) -> str:
        """A token for an hour."""
        who = Principal(tenant=tenant, subject="bench", organization_id=organization_id, roles=frozenset(roles))
        return self.keys.issue(who, now=datetime.now(UTC), lifetime=timedelta(hours=1))

    def urls(self) -> list[str]:
        """Where each service answers, as `services.client.Api.open` takes it."""
        return [f"{name}=http://127.0.0.1:{port}" for name, port in self.ports.items()]

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time used so far: the five services, PostgreSQL and RabbitMQ of this run."""
        used = {name: _cpu_of(process.pid) for name, process in self.processes.items()}
        used["postgresql"] = sum(_cpu_of(pid) for pid in _pids("postgres"))
        used["rabbitmq"] = sum(_cpu_of(pid) for pid in _pids("beam.smp"))
        return used


@contextmanager
def house() -> Iterator[House]:
    """Start everything, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="ponteiro-bench-") as folder:
        key = Keys.generate()
        postgres = servers.postgres()
        databases = {name: postgres.create_database() for name in NAMES}
        broker_url = servers.rabbitmq().create_vhost()
        common = os.environ | {
            "PONTEIRO_TOKEN_KEY": key,
            "PONTEIRO_RABBITMQ_URL": broker_url,
            "PONTEIRO_REDIS_URL": servers.redis().url,
            "PONTEIRO_MAIL_DIR": str(Path(folder) / "mail"),
            "PONTEIRO_LOG_LEVEL": "WARNING",
        }
        common |= {f"PONTEIRO_{name.upper()}_DATABASE_URL": url for name, url in databases.items()}
        subprocess.run([sys.executable, "-m", "services", "migrate"], env=common, check=True, capture_output=True)
        ports = {name: servers.free_port() for name in NAMES}
        processes = {
            name: subprocess.Popen(
                [sys.executable, "-m", "services", "run", name], env=common | {"PONTEIRO_PORT": str(ports[name])}
            )
            for name in NAMES
        }
        try:
            started = House(
                ports=ports, databases=databases, broker_url=broker_url, processes=processes, keys=Keys(key)
            )
            _wait_until_ready(started)
            yield started
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                process.wait(timeout=30)


def _wait_until_ready(started: House) -> None:
    deadline = time.monotonic() + READY_SECONDS
    for name, port in started.ports.items():
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                assert started.processes[name].poll() is None, f"{name} ended before it was ready"
            assert time.monotonic() < deadline, f"{name} is not ready after {READY_SECONDS} s"
            time.sleep(0.1)


def _pids(command: str) -> list[int]:
    """Processes of this run's servers by their command's name."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and (folder / "comm").read_text().strip() == command:
                found.append(int(folder.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def _cpu_of(pid: int) -> float:
    """User and system seconds of a process with its threads."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
