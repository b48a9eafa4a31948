"""A process that has imported everything and forks the pair's services: one is up in a tenth of the time.

It is asked over its standard input, a line of JSON each, and ends its children when that input ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import Refused
from shared.run import run
from shared.settings import Settings
from tests.faults.pair.services import build

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Zygote:
    """The test's side."""

    process: subprocess.Popen[str]

    def start(self, name: str, environment: dict[str, str], log: Path) -> int:
        """Fork a service; its process id."""
        pid: int = self._ask({"do": "start", "name": name, "environment": environment, "log": str(log)})
        return pid

    def poll(self, pid: int) -> int | None:
        """How a service ended, as subprocess says it; None while it runs."""
        code: int | None = self._ask({"do": "poll", "pid": pid})
        return code

    def close(self) -> None:
        """End it and its children."""
        self.process.communicate()

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def open_zygote() -> Zygote:
    """Start one."""
    command = [sys.executable, "-m", "tests.faults.zygote"]
    return Zygote(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))


def serve() -> None:
    """The zygote's side: until its input ends."""
    ended: dict[int, int | None] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "start":
            pid = fork(order)
            ended[pid] = None
            print(pid, flush=True)
        else:
            pid = order["pid"]
            if ended[pid] is None:
                ended[pid] = code_of(pid)
            print(json.dumps(ended[pid]), flush=True)
    for pid, code in ended.items():
        if code is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def fork(order: dict[str, Any]) -> int:
    """The child becomes the service; the parent learns its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        become(order)
    finally:
        os._exit(1)


def become(order: dict[str, Any]) -> None:
    """Run the service in this process; a sentence in its log when it refuses."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order["environment"])
    try:
        run(build(order["name"]), Settings())
    except Refused as refusal:
        os.write(2, f"{refusal.detail}\n".encode())
        return
    os._exit(0)


def code_of(pid: int) -> int | None:
    """How a child ended: its exit code, or the negative number of the signal; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


if __name__ == "__main__":
    serve()
