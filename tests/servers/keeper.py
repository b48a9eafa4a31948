"""A process that ends the test run's servers and removes their folders when the test run is gone, however it went.

It reads lines from its standard input, which only the test run holds open: `watch PID`, `forget PID`, `folder PATH`,
`container ID`. The end of that input is the end of the test run, be it an exit, a Ctrl-C or a SIGKILL. A parent-death
signal would do the same for less, but it fires when the *thread* that started the server ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# PostgreSQL answers SIGQUIT by leaving at once and taking its shared memory along; the others do not listen to it.
LEAVE_SECONDS = 1.0


class Keeper:
    """The test run's side of the keeper: tells it what to end. It may be used from any thread."""

    def __init__(self) -> None:
        # A session of its own, so that a Ctrl-C at the terminal does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        self._lock = threading.Lock()
        self._closed = False
        self._spawned: dict[int, subprocess.Popen[bytes]] = {}

    def spawn(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a process as a group of its own, which is ended when the test run is gone. Afterwards none starts."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the test run is over")
            process = subprocess.Popen(command, start_new_session=True, **options)
            self._spawned[process.pid] = process
            self._tell(f"watch {process.pid}")
            return process

    def forget(self, pid: int) -> None:
        """The process group has ended; its number may belong to somebody else from now on."""
        with self._lock:
            del self._spawned[pid]
            self._tell(f"forget {pid}")

    def folder(self, path: Path) -> None:
        """Remove this folder when the test run is gone."""
        with self._lock:
            self._tell(f"folder {path}")

    def container(self, container_id: str) -> None:
        """Remove this container, with its volumes, when the test run is gone."""
        with self._lock:
            self._tell(f"container {container_id}")

    def close(self) -> None:
        """Let it do its work now, and wait for it."""
        with self._lock:
            self._closed = True
            self._process.communicate()
            for process in self._spawned.values():
                process.wait()

    def _tell(self, line: str) -> None:
        if not self._closed:
            assert self._process.stdin is not None
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def keep() -> None:
    """Remember what the lines say until there are no more, then end and remove it all."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups: list[int] = []
    folders: list[str] = []
    containers: list[str] = []
    for line in sys.stdin:
        verb, _, what = line.strip().partition(" ")
        if verb == "watch":
            groups.append(int(what))
        elif verb == "forget":
            groups.remove(int(what))
        elif verb == "container":
            containers.append(what)
        else:
            folders.append(what)
    remove(containers)
    for sign in (signal.SIGQUIT, signal.SIGKILL):
        for group in groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, sign)
        wait_until_gone(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def remove(containers: list[str]) -> None:
    """Remove containers, running or not."""
    if containers:
        import docker  # noqa: PLC0415  it costs a third of a second, and most runs have no containers

        client = docker.from_env()
        for container in containers:
            with suppress(docker.errors.NotFound):
                client.containers.get(container).remove(force=True, v=True)


def wait_until_gone(groups: list[int]) -> None:
    """Wait for the groups' first processes, but not for ever."""
    give_up = time.monotonic() + LEAVE_SECONDS
    while time.monotonic() < give_up and any(map(is_alive, groups)):
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a dead one that its parent has not looked at yet (state Z) does not.

    Where there is no /proc it counts as gone, and the SIGKILL that follows finds it.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    keep()
