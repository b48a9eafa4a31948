"""Commands that keep running: the embedded house, and one service in earnest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from services.cli.documents import openapi_document
from services.cli.installation import ServiceName
from services.cli.terminal import Cannot, read_instant, say
from services.embedded.folder import DataFolder
from services.embedded.house import build_services, open_house, served
from shared import log
from shared.serve import listen
from shared.settings import Settings


class ClockKind(StrEnum):
    """Which clock a house lives by."""

    SYSTEM = "system"
    VIRTUAL = "virtual"


def embedded(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where everything is kept.")] = Path("ponteiro-data"),
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    clock: Annotated[ClockKind, typer.Option(help="virtual: time stands still until moved.")] = ClockKind.SYSTEM,
    start: Annotated[
        datetime | None,
        typer.Option(parser=read_instant, metavar="INSTANT", help="Where a virtual clock begins."),
    ] = None,
) -> None:
    """Run all five services in this process, on one port, with one SQLite file each."""
    settings = Settings()
    log.configure(level=settings.log_level)
    begins = first_instant(DataFolder(data), clock, start)
    uvloop.run(serve_house(data, settings, host or settings.host, settings.port if port is None else port, begins))


def run_service(
    service: Annotated[ServiceName, typer.Argument(metavar="SERVICE", help=", ".join(ServiceName))],
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
) -> None:
    """Run one service in earnest, with PostgreSQL, RabbitMQ and Redis as PONTEIRO_... names them."""
    from shared.run import run  # noqa: PLC0415  the broker's libraries are slow to import and only needed here

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings().model_copy(update=given)
    asked = next(one for one in build_services(settings) if one.name == service)
    run(asked, settings, whole_document=openapi_document)


def first_instant(folder: DataFolder, clock: ClockKind, start: datetime | None) -> datetime | None:
    """Where the clock begins, None for real time. Raises Cannot when the options contradict each other."""
    if clock is ClockKind.SYSTEM:
        if start is not None:
            raise Cannot("--start is for --clock virtual: real time cannot be set")
        return None
    begins = start or folder.virtual_instant()
    if begins is None:
        raise Cannot("--clock virtual needs --start INSTANT the first time")
    return begins


async def serve_house(data: Path, settings: Settings, host: str, port: int, begins: datetime | None) -> None:
    """Open the house and serve it until a signal ends it."""
    with listen(host, port) as listening:
        address = f"http://{host}:{listening.getsockname()[1]}"
        known = settings.model_copy(update={"public_url": address}) if port != settings.port else settings
        async with open_house(data, settings=known, start=begins) as house, served(house.app, listening) as told_to_end:
            stands = "" if begins is None else f", the clock stands at {house.world.clock.now().isoformat()}"
            with house.folder.answers_at(address):
                say(f"ponteiro is ready on {address} (API documentation: {address}/schema, data: {data}{stands})")
                await told_to_end.wait()
