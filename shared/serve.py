"""The HTTP server of a process: uvicorn on a socket that is already open, ended by the process and not by signals."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from litestar import Litestar

from shared.errors import Refused
from shared.sights import SCOPE_KEY

CONNECTIONS_WAITING: Final = 1024  # not yet accepted
GOODBYE_SECONDS: Final = 10  # a request that is still running then is cut; its transaction is rolled back
STREAMS_FIRST_SECONDS: Final = 0.1  # they say why they end, before uvicorn closes whatever is left
STREAMS_SECONDS: Final = 2  # a stream whose reader has stopped reading is cut after that
SOCKET_MOST_BYTES: Final = 16_384  # of one message to us: a token and a number
STARTED_STEP_SECONDS: Final = 0.01


class PortInUse(Refused):
    """Somebody else listens there."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(CONNECTIONS_WAITING)
    except OSError as error:
        listening.close()
        raise PortInUse(f"cannot listen on {host}:{port}: {error.strerror}; choose another port") from None
    listening.setblocking(False)
    return listening


class HttpServer:
    """Serves an application until it is told to stop."""

    def __init__(self, app: Litestar, listening: socket.socket) -> None:
        """Serve nothing yet."""
        self._app = app
        self._listening = listening
        self._server = _Server(
            uvicorn.Config(
                app,
                http="httptools",
                ws="websockets-sansio",
                ws_max_size=SOCKET_MOST_BYTES,
                ws_per_message_deflate=False,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )

    async def run(self, *, ready: Callable[[], None] | None = None) -> None:
        """Serve until stopped, then let what runs finish. `ready` is called once requests are taken."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        while not self._server.started and not serving.done():  # noqa: ASYNC110  uvicorn says it no other way
            await asyncio.sleep(STARTED_STEP_SECONDS)
        if self._server.started and ready is not None:
            ready()
        await serving

    def stop(self) -> None:
        """Take no more requests, finish those that run; a stream would run for ever, so it ends now."""
        self._app.state.edges.live.end()
        self._app.state.edges.streams.close()
        loop = asyncio.get_running_loop()
        loop.call_later(STREAMS_FIRST_SECONDS, self._leave)
        loop.call_later(STREAMS_SECONDS, self._cut_streams)

    def _leave(self) -> None:
        self._server.should_exit = True

    def _cut_streams(self) -> None:
        for connection in list(self._server.server_state.connections):
            if SCOPE_KEY in (getattr(connection, "scope", None) or {}):
                connection.transport.abort()


class _Server(uvicorn.Server):
    """uvicorn without its own signals: it would raise them again before the process is put in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
