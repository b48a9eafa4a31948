"""Opening and serving an embedded house: lock, key, migrations, world, application, and one port for all of it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path

import uvicorn
from litestar import Litestar

from services.embedded.folder import DataFolder
from services.embedded.rehearsal import clock_routes
from services.embedded.world import World
from shared.auth import Keys
from shared.clock import Clock, SystemClock, VirtualClock
from shared.errors import Refused
from shared.events import TELLERS
from shared.service import Service
from shared.settings import Settings
from shared.web import create_app

MAIL_FOLDER = "mail"  # in the data folder, where no SMTP server is set
CONNECTIONS_WAITING = 128  # not yet accepted
GOODBYE_SECONDS = 5  # a connection that is still open then is cut


class PortInUse(Refused):
    """Somebody else listens there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An embedded house that stands: its world, its application, its keys."""

    world: World
    app: Litestar
    keys: Keys
    folder: DataFolder


def build_services(settings: Settings) -> list[Service]:
    """The five, wired with the settings."""
    services: list[Service] = []
    for name in TELLERS:
        try:
            app = import_module(f"services.{name}.app")
        except ModuleNotFoundError:
            continue
        services.append(app.build(settings))
    return services


@asynccontextmanager
async def open_house(data: Path, *, settings: Settings, start: datetime | None = None) -> AsyncIterator[House]:
    """A house on a data folder, in real time or, with `start`, under a virtual clock that stands there.

    Raises FolderInUse, FolderOfAnotherTime.
    """
    folder = DataFolder(data)
    with folder.lock():
        begins = folder.start_at(start)
        if begins is not None:
            folder.remember_instant(begins)
        clock: Clock = SystemClock() if begins is None else VirtualClock(begins)
        keys = Keys(token_key_of(settings) or folder.token_key())
        services = build_services(at_home(settings, data))
        world = World(services, databases=folder.databases(clock=clock), clock=clock)
        try:
            await world.migrate()
            await world.start()
            rehearsal = world if begins is not None else None
            routes = clock_routes(world, folder) if begins is not None else []
            app = create_app(
                world.hosted, keys=keys, clock=clock, ready=world.ready, rehearsal=rehearsal, extra_routes=routes
            )
            yield House(world=world, app=app, keys=keys, folder=folder)
        finally:
            await world.stop()


def token_key_of(settings: Settings) -> str:
    """The key that the settings name; empty when they name none."""
    if settings.token_key_file is not None:
        return settings.token_key_file.read_text()
    return settings.token_key


def at_home(settings: Settings, data: Path) -> Settings:
    """The settings with what a data folder provides: mail is kept there when no SMTP server is set."""
    if settings.smtp_url or settings.mail_dir is not None:
        return settings
    return settings.model_copy(update={"mail_dir": data / MAIL_FOLDER})


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
        raise PortInUse(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from None
    listening.setblocking(False)
    return listening


async def serve(app: Litestar, listening: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve on the socket until SIGINT or SIGTERM; `ready` is called once requests are taken."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.handle_exit, name, None)
    try:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn says it no other way
            await asyncio.sleep(0.01)
        if server.started:
            ready()
        await serving
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


class _Server(uvicorn.Server):
    """uvicorn without its own signals: it would raise them again before the house is put in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
