"""`ponteiro demo`: opens a house with a virtual clock, plays the month of both shops over HTTP, and keeps serving."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
import uvloop

from services.cli.demo.actors import Shop
from services.cli.demo.stage import Stage
from services.cli.demo.story import BEGINS, STEPS, Cast, play
from services.cli.demo.telling import Narrator
from services.cli.terminal import out
from services.client import Api
from services.embedded.house import House, open_house, served
from shared import log
from shared.auth import Role
from shared.serve import PortInUse, listen
from shared.settings import Settings

OFFERS = Path(__file__).resolve().parents[3] / "deploy" / "offers"
NEXT_RUN = '{"now": "2027-01-04T08:00:00-03:00"}'
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the story.")] = False,  # noqa: FBT002  a flag
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep everything there; else it is thrown away.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Else the usual one, or a free one.")] = None,
    offers: Annotated[
        Path, typer.Option(metavar="DIR", help="Where both shops' offers are.", show_default=False)
    ] = OFFERS,
) -> None:
    """Play a month of both shops through the HTTP API, then keep serving until Ctrl-C."""
    log.configure(level="WARNING")
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ponteiro-demo-")))
        uvloop.run(show_house(folder, port, offers, once=once))


async def show_house(data: Path, port: int | None, offers: Path, *, once: bool) -> None:
    """Open the house, play in it, and leave it open unless `once`. Raises Exit when it is interrupted."""
    settings = Settings()
    with find_port(settings, port) as listening:
        found = listening.getsockname()[1]
        if port is None and found != settings.port:
            out.print(f"Port {settings.port} is taken, so another one is used.", style="dim")
        address = f"http://{settings.host}:{found}"
        known = settings.model_copy(update={"public_url": address})
        begins = datetime.fromisoformat(BEGINS)
        out.print("Opening the house: five services, five databases, one clock that obeys ...", style="dim")
        async with open_house(data, settings=known, start=begins) as house, served(house.app, listening) as told_to_end:
            out.print(f"It answers on {address}; the API documentation is at {address}/schema", soft_wrap=True)
            story = asyncio.create_task(tell_story(house, address, offers, data, once=once))
            ending = asyncio.create_task(told_to_end.wait())
            await asyncio.wait({story, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not story.done():
                story.cancel()
                await asyncio.wait({story})
                raise typer.Exit(INTERRUPTED)
            await story
            if not once:
                out.print("\nThe house stays open and its clock stands still. Ctrl-C closes it.", style="bold")
                with house.folder.answers_at(address):
                    await ending
            ending.cancel()


def find_port(settings: Settings, port: int | None) -> socket:
    """A listening socket on the port that was asked for; else on the usual one, or any that is free."""
    if port is not None:
        return listen(settings.host, port)
    with suppress(PortInUse):
        return listen(settings.host, settings.port)
    return listen(settings.host, 0)


async def tell_story(house: House, address: str, offers: Path, data: Path, *, once: bool) -> None:
    """Play the month over HTTP, and say how to look further unless the house closes after it."""
    api = Api.open([address])
    try:
        stage = await Stage.find(api, house.keys)
        next4, blocktime = (Shop(stage=stage, tenant=tenant) for tenant in ("next4", "blocktime"))
        with Narrator(stage=stage, console=out, shops=(next4, blocktime), steps=STEPS) as narrator:
            cast = await play(narrator, next4, blocktime, offers=offers)
        out.print(f"\nThe month is over: {narrator.letters_told} e-mails were written.", soft_wrap=True)
        if not once:
            out.print(f"No mail server is set, so they lie under {data}/mail", soft_wrap=True)
            say_how_to_look(stage, cast, address, data)
    finally:
        await api.aclose()


def say_how_to_look(stage: Stage, cast: Cast, address: str, data: Path) -> None:
    """Lines to paste into a shell."""
    customer = cast.bookshop
    manager = stage.token("next4", "marcos.gerente", Role.MANAGER, Role.AGENT, Role.ADMIN)
    ana = stage.token("next4", "davi.diretor", Role.APPROVER, Role.CUSTOMER, organization_id=customer.organization_id)
    desk = stage.token("blocktime", "bia.agente", Role.MANAGER, Role.AGENT, Role.ADMIN)
    lines = (
        f"\nThe board of a shop: {address}/v1/board   (it asks for NEXT4's or BLOCKTIME's token)",
        f"API documentation: {address}/schema   (Authorize with one of these tokens)\n",
        f"NEXT4={manager}   # manager, agent, admin\n",
        f"BLOCKTIME={desk}   # manager, agent, admin\n",
        f"CUSTOMER={ana}   # a customer of Next4's who may approve\n",
        f'curl -s -H "Authorization: Bearer $CUSTOMER" {address}/v1/accounts/{customer.contract_id}',
        f'curl -s -H "Authorization: Bearer $CUSTOMER" {address}/v1/invoices',
        f'curl -s -H "Authorization: Bearer $BLOCKTIME" {address}/v1/clocks',
        f'curl -s -H "Authorization: Bearer $NEXT4" "{address}/v1/feeds/hourbank?after=0"',
        f"""curl -s -H "Authorization: Bearer $NEXT4" -X PUT {address}/v1/clock -d '{NEXT_RUN}'""",
        f".venv/bin/python -m services reconcile 2026-12 --data {data}",
    )
    for line in lines:
        out.print(line, soft_wrap=True, markup=False)
