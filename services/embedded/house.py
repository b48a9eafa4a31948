"""Opening and serving an embedded house: lock, key, migrations, world, application, and one port for all of it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from litestar import Litestar

from services.billing import app as billing
from services.embedded.folder import DataFolder
from services.embedded.rehearsal import clock_routes
from services.embedded.world import World
from services.hourbank import app as hourbank
from services.notify import app as notify
from services.sla import app as sla
from services.ticketing import app as ticketing
from shared.auth import Keys
from shared.clock import Clock, SystemClock, VirtualClock
from shared.patience import patient
from shared.rates import rates_of
from shared.retention import forgetful
from shared.serve import HttpServer
from shared.service import Service
from shared.settings import Settings
from shared.web import Outside, create_app

MAIL_FOLDER = "mail"  # in the data folder, where no SMTP server is set
FILES_FOLDER = "attachments"  # likewise, where no store of files is set


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An embedded house that stands: its world, its application, its keys."""

    world: World
    app: Litestar
    keys: Keys
    folder: DataFolder


def build_services(settings: Settings) -> list[Service]:
    """The five, wired with the settings."""
    return [app.build(settings) for app in (ticketing, hourbank, sla, billing, notify)]


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
        known = at_home(settings, folder)
        keys = Keys(known.signing_key())
        services = [patient(service) for service in build_services(known)]
        if begins is None:
            services = [forgetful(service, settings) for service in services]
        world = World(services, databases=folder.databases(clock=clock), clock=clock)
        try:
            await world.migrate()
            await world.start()
            rehearsal = world if begins is not None else None
            routes = clock_routes(world, folder) if begins is not None else []
            app = create_app(
                world.hosted,
                keys=keys,
                clock=clock,
                ready=world.ready,
                rehearsal=rehearsal,
                extra_routes=routes,
                outside=Outside(
                    rates=None if rehearsal else rates_of(settings, clock=clock), origins=settings.web_origins
                ),
            )
            yield House(world=world, app=app, keys=keys, folder=folder)
        finally:
            await world.stop()


def at_home(settings: Settings, folder: DataFolder) -> Settings:
    """The settings with what a data folder provides: a key, and places for mail and files where none are set."""
    mail_dir = settings.mail_dir
    if not settings.smtp_url and mail_dir is None:
        mail_dir = folder.path / MAIL_FOLDER
    files = settings.attachments_url or (folder.path / FILES_FOLDER).absolute().as_uri()
    key = settings.signing_key() or folder.token_key()
    known = {"token_key": key, "token_key_file": None, "mail_dir": mail_dir, "attachments_url": files}
    return settings.model_copy(update=known)


@asynccontextmanager
async def served(app: Litestar, listening: socket.socket) -> AsyncIterator[asyncio.Event]:
    """Serve on the socket while the block runs; the event that it gets is set when SIGINT or SIGTERM comes."""
    server = HttpServer(app, listening)
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told_to_end.set)
    started = asyncio.Event()
    serving = asyncio.create_task(server.run(ready=started.set))
    starting = asyncio.create_task(started.wait())
    try:
        await asyncio.wait({serving, starting}, return_when=asyncio.FIRST_COMPLETED)
        yield told_to_end
    finally:
        starting.cancel()
        server.stop()
        await serving
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
