"""The command: opens an embedded house, or finds a running one, plays the log in it, and tells how it went."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer
import uvloop

from services.cli.apply import ApiUrls, bring_one, section_kinds
from services.cli.demo.stage import Stage
from services.cli.installation import installation
from services.cli.offer_file import Offer, read_offer
from services.cli.replay.log import Log, Map, read_log, read_map
from services.cli.replay.playing import Journal, Player, ready
from services.cli.replay.telling import tell
from services.cli.terminal import progress
from services.client import ANSWER_WITHIN_SECONDS, Api
from services.embedded.folder import DataFolder
from services.embedded.house import open_house, served
from shared import log as logs
from shared.auth import Role
from shared.events import TELLERS
from shared.run import collect_seldom
from shared.serve import listen
from shared.settings import Settings

BEFORE = timedelta(minutes=1)  # the house opens so long before the first row


def replay(
    file: Annotated[Path, typer.Argument(metavar="LOG.csv", help="An event log: a row an activity of a case.")],
    map_file: Annotated[Path, typer.Option("--map", metavar="MAP.yaml", help="Which column is what, and does what.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Everything is kept there; again: it goes on.")] = Path(
        "ponteiro-replay"
    ),
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Let people look meanwhile.")] = None,
    url: ApiUrls = None,
) -> None:
    """Live another help desk's log again, through the API under the virtual clock, and report how it went."""
    logs.configure(level="ERROR")
    by = read_map(map_file)
    found = read_log(file, by)
    offer = read_offer(map_file.parent / by.offer, section_kinds())
    data.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(data / f"replay-{found.fingerprint}.jsonl")
    collect_seldom()
    uvloop.run(_replay(found, by, offer, journal, data=data, port=port, urls=url))


async def _replay(
    log: Log, by: Map, offer: Offer, journal: Journal, *, data: Path, port: int | None, urls: list[str] | None
) -> None:
    async with AsyncExitStack() as stack:
        stage = await _stage(stack, log, data=data, port=port, urls=urls)
        now = await ready(stage, log, journal)
        admin = stage.bearer(offer.tenant, "ponteiro-replay", Role.ADMIN)
        for name in TELLERS:
            await bring_one(admin, name, offer.sections[name])
        player = Player(stage=stage, tenant=offer.tenant, log=log, channel=by.channel, journal=journal, now=now)
        with progress("replaying", total=len(log.steps)) as bar:
            bar.advance(bar.task_ids[0], sum(step.row in journal.rows for step in log.steps))
            for step in player.left():
                await player.live(step)
                bar.advance(bar.task_ids[0])
        await tell(stage, offer.tenant, log, player.odd_rows())


async def _stage(stack: AsyncExitStack, log: Log, *, data: Path, port: int | None, urls: list[str] | None) -> Stage:
    """A running house where one is named, else one in this process, on the data folder."""
    if urls:
        api = Api.open(urls)
        stack.push_async_callback(api.aclose)
        return await Stage.find(api, installation(data if DataFolder(data).has_token_key else None).keys())
    begins = DataFolder(data).virtual_instant() or (log.steps[0].at - BEFORE if log.steps else None)
    settings = Settings()
    house = await stack.enter_async_context(open_house(data, settings=settings, start=begins))
    if port is not None:
        listening = stack.enter_context(listen(settings.host, port))
        await stack.enter_async_context(served(house.app, listening))
    transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # Litestar is stricter about scopes
    http = httpx.AsyncClient(transport=transport, base_url="http://replay", timeout=ANSWER_WITHIN_SECONDS)
    api = Api(http)
    stack.push_async_callback(api.aclose)
    return await Stage.find(api, house.keys)
