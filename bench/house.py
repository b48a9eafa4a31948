"""The house in earnest, for a measurement: five processes on the servers of this run, and what they cost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.five_processes import House, open_house, shared_ground

__all__ = ["House", "cpu_seconds", "house"]

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def house() -> Iterator[House]:
    """Start everything, and stop it at the end."""
    with open_house(shared_ground()) as running:
        yield running


def cpu_seconds(running: House) -> dict[str, float]:
    """Processor time used so far: the five services, PostgreSQL and RabbitMQ of this run."""
    used = {name: _cpu_of(process.pid) for name, process in running.processes.items()}
    used["postgresql"] = sum(_cpu_of(pid) for pid in _pids("postgres"))
    used["rabbitmq"] = sum(_cpu_of(pid) for pid in _pids("beam.smp"))
    return used


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
