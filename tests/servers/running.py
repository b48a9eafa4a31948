"""What a test may do to a private server, whether it is a process of this machine or a container."""

import signal
from types import TracebackType
from typing import Protocol, Self


class Running(Protocol):
    """A server that somebody can take away: `processes.Process` or `containers.Container`."""

    def is_running(self) -> bool:
        """Whether it lives; a paused one does."""

    def start(self) -> None:
        """Start it, with what it had on disk, and wait until it serves."""

    def stop(self, sign: signal.Signals | None = None) -> None:
        """Ask it to leave, by this signal or its usual one, and wait until it has."""

    def kill9(self) -> None:
        """Take it and its children away without a word."""

    def pause(self) -> None:
        """Freeze it."""

    def resume(self) -> None:
        """Let a frozen one go on."""


class Server:
    """A private server. Its verbs block; a test that must go on meanwhile calls them in a thread.

    A server whose address was given from outside has no `running` part, and may not be stopped.
    """

    def __init__(self, running: Running | None) -> None:
        self._running = running

    def is_running(self) -> bool:
        """Whether it runs, as far as this test run knows; a paused one does."""
        return self._running is None or self._running.is_running()

    def start(self) -> None:
        """Start it again on the same address, with what it had on disk, and wait until it serves."""
        self._mine.start()

    def stop(self) -> None:
        """Shut it down in order and wait until it has gone."""
        self._mine.stop()

    def restart(self) -> None:
        """Stop it in order, start it again and wait until it serves."""
        self.stop()
        self.start()

    def kill9(self) -> None:
        """SIGKILL to it and all its children."""
        self._mine.kill9()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers, as when a virtual machine is moved."""
        self._mine.pause()

    def resume(self) -> None:
        """Let a frozen one go on."""
        self._mine.resume()

    def close(self) -> None:
        """Take it away for good; its folder goes at the end of the test run."""
        if self._running is not None and self._running.is_running():
            self._running.kill9()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def _mine(self) -> Running:
        assert self._running is not None, "this server was given from outside: it is not ours to stop"
        return self._running
