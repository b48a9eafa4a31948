"""A server that runs as a process of this machine, with a folder and ports of its own."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.servers.keeper import Keeper

# RabbitMQ takes six seconds on an idle machine; on two busy cores it has been seen to take thirty.
READY_SECONDS = 90
STOP_SECONDS = 30

# Below the range that Linux gives to outgoing connections: a client that keeps knocking at the port of a stopped server
# would else be connected to itself one day, and the server could not have its port back.
PORTS = range(15_000, 32_000)

LOG_LINES_SHOWN = 15


class NoServerError(Exception):
    """A server that the tests need cannot be had; the text says which and why."""


class Process:
    """One server process that a test may stop, kill, pause and start again, from any thread."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        is_ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        self.name = name
        self.log = folder / "console.log"
        self._command = list(command)
        self._folder = folder
        self._is_ready = is_ready
        self._environment = {**os.environ, **(environment or {})}
        self._user = user
        self._stop_signal = stop_signal
        self._ready_seconds = ready_seconds
        self.exit_code: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its number while it runs."""
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    def is_running(self) -> bool:
        """Whether the process lives; a paused one does."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it serves; NoServerError with its last words if it does not."""
        assert not self.is_running(), f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._process = keeper().spawn(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        give_up = time.monotonic() + self._ready_seconds
        while not self._is_ready():
            if not self.is_running() or time.monotonic() > give_up:
                self.kill9()
                raise NoServerError(f"no {self.name}: it did not start; {self.last_words()}")
            time.sleep(0.05)

    def stop(self, sign: signal.Signals | None = None) -> None:
        """Ask it to leave and wait until it has."""
        assert self._process is not None
        if self.is_running():
            self._process.send_signal(sign or self._stop_signal)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._bury()

    def kill9(self) -> None:
        """Take it and everything it started away without a word, as a failing machine would."""
        assert self._process is not None
        if self.is_running():
            # PostgreSQL's children are groups of their own, and as long as one of them lives no new server starts.
            children = children_of(self._process.pid)
            os.killpg(self._process.pid, signal.SIGKILL)
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        self._bury()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): its connections stay open and nothing answers."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on (SIGCONT)."""
        self._signal_group(signal.SIGCONT)

    def _signal_group(self, sign: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, sign)

    def _bury(self) -> None:
        if self._process is not None:
            self.exit_code = self._process.wait()
            keeper().forget(self._process.pid)
            self._process = None

    def last_words(self) -> str:
        """The end of what it said."""
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that still run; none where there is no /proc."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


_keepers: list[Keeper] = []
_first = threading.Lock()


def keeper() -> Keeper:
    """The one keeper of this test run, started when it is first needed."""
    with _first:
        if not _keepers:
            _keepers.append(Keeper())
        return _keepers[0]


def close() -> None:
    """End every server of this test run that is still there, and remove all their folders."""
    if _keepers:
        keeper().close()


def new_folder(name: str, *, user: str | None = None) -> Path:
    """An empty folder for one server, which is removed at the end of the test run."""
    folder = Path(tempfile.mkdtemp(prefix=f"ponteiro-{name}-"))
    keeper().folder(folder)
    if user is not None:
        shutil.chown(folder, user, user)
    return folder


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens, and which no outgoing connection is given by chance."""
    ports = list(PORTS)
    random.SystemRandom().shuffle(ports)
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoServerError("no server: not one free port is left")
