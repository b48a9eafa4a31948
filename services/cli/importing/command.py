"""The command: looks around, checks everything, tells what is and what would be, and brings it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Sized
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.cli.apply import ApiUrls
from services.cli.importing.bringing import DIFFERENCES_TOLD, Bringer, Report
from services.cli.importing.checking import Checked, check
from services.cli.importing.house import look_around
from services.cli.importing.tables import TABLES, files_of
from services.cli.installation import DataOption, Installation, installation
from services.cli.terminal import Cannot, progress, say
from services.client import Api
from shared.auth import Principal, Role

TOKEN_LIVES = timedelta(hours=12)  # a hundred thousand tickets take a while
ROLES = frozenset({Role.ADMIN, Role.MANAGER, Role.BILLING, Role.AGENT})


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FOLDER|FILES", help="organizations, contracts, contacts, lots, tickets.csv")
    ],
    tenant: Annotated[str, typer.Option(help="The provider, as its offer file names it.")],
    check_only: Annotated[bool, typer.Option("--check", help="Compare, change nothing.")] = False,  # noqa: FBT002
    url: ApiUrls = None,
    token: Annotated[str | None, typer.Option(help="A token for it; else one is made with the key.")] = None,
    data: DataOption = None,
) -> None:
    """Bring customers, contracts with their hours, people and tickets of an older system; again it changes nothing."""
    files = files_of(paths)
    place = installation(data)
    checked, report = asyncio.run(_import(files, url or [place.address], tenant, token, place, only_look=check_only))
    for fault in checked.faults.told:
        say(str(fault))
    if report is None:
        more = checked.faults.count - len(checked.faults.told)
        rest = f" ({more} of them not shown)" if more else ""
        faults = "fault" if checked.faults.count == 1 else "faults"
        raise Cannot(f"{checked.faults.count} {faults}{rest}: nothing was changed")
    _tell(report, only_look=check_only)


def _tell(report: Report, *, only_look: bool) -> None:
    for line in report.lines[:DIFFERENCES_TOLD]:
        say(line)
    if len(report.lines) > DIFFERENCES_TOLD:
        say(f"and {len(report.lines) - DIFFERENCES_TOLD} more")
    verb = "would be brought" if only_look else "brought"
    for name in TABLES:
        counts = report.counts.get(name)
        if counts:
            left = f", {counts['differs']} differ and are left as they are" if counts["differs"] else ""
            say(f"{name}: {counts['new']} {verb}, {counts['there']} there already{left}")


async def _import(
    files: dict[str, Path],
    urls: Sequence[str],
    tenant: str,
    token: str | None,
    place: Installation,
    *,
    only_look: bool,
) -> tuple[Checked, Report | None]:
    api = Api.open(urls)
    try:
        who = Principal(tenant=tenant, subject="ponteiro-import", organization_id=None, roles=ROLES)
        bearer = api.as_bearer(token or place.token(who, lifetime=TOKEN_LIVES, at=await api.now()))
        checked = check(files, await look_around(bearer, tenant))
        if checked.faults.count:
            return checked, None
        several: tuple[Sized, ...] = (checked.organizations, checked.contracts, checked.contacts, checked.lots)
        with progress("importing", total=sum(len(one) for one in several) + checked.tickets) as bar:
            bringer = Bringer(
                api=bearer,
                checked=checked,
                only_look=only_look,
                step=lambda steps: bar.advance(bar.task_ids[0], steps),
            )
            return checked, await bringer.bring()
    finally:
        await api.aclose()
