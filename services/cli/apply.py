"""`ponteiro apply`: brings the running services to what an offer file says; the same again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer

from services.billing.offer import Section
from services.cli.gaps import gap_of
from services.cli.installation import DataOption, Installation, installation
from services.cli.offer_file import Offer, read_offer
from services.cli.terminal import Cannot, progress, say, trouble
from services.client import Answered, Api
from shared.auth import Principal, Role
from shared.events import TELLERS

TOKEN_LIVES = timedelta(minutes=10)  # long enough for five requests
CHANGES_SHOWN = 20  # of one section; who changes more reads the file
VALUE_MOST_CHARACTERS = 60  # of each side of a change: a line stays a line

ApiUrls = Annotated[
    list[str] | None,
    typer.Option("--url", help="Where the services answer; NAME=URL five times where no gateway stands in front."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became, or would become, of one section; `version` None when nothing was sent."""

    service: str
    version: int | None
    is_new: bool
    lines: Sequence[str]


def apply(
    file: Annotated[Path, typer.Argument(metavar="OFFER", help="The provider's offer, a YAML file.")],
    url: ApiUrls = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare, change nothing.")] = False,  # noqa: FBT002
    token: Annotated[str | None, typer.Option(help="An admin's token; else one is made with the key.")] = None,
    data: DataOption = None,
) -> None:
    """Check a provider's offer as a whole, then bring the running services to it."""
    offer = read_offer(file, section_kinds())
    place = installation(data)
    changes = asyncio.run(_apply(offer, url or [place.address], token, place, dry_run=dry_run))
    for change in changes:
        say(describe(change, dry_run=dry_run))
        for line in change.lines[:CHANGES_SHOWN]:
            say(f"    {line}")
        if len(change.lines) > CHANGES_SHOWN:
            say(f"    and {len(change.lines) - CHANGES_SHOWN} more")
    changed = [change for change in changes if change.is_new or change.lines]
    if not changed:
        say(f"{offer.name} ({offer.tenant}): nothing changed")
    else:
        verb = "would change" if dry_run else "changed"
        say(f"{offer.name} ({offer.tenant}): {len(changed)} of {len(changes)} sections {verb}")
    billing = offer.sections["billing"]
    assert isinstance(billing, Section), "read as its service reads it"
    gap = gap_of(offer.tenant, billing)
    if gap is not None:
        trouble(gap)


def section_kinds() -> dict[str, type[msgspec.Struct]]:
    """What each service reads its section as."""
    return {name: import_module(f"services.{name}.offer").Section for name in TELLERS}


async def _apply(
    offer: Offer, urls: Sequence[str], token: str | None, place: Installation, *, dry_run: bool
) -> list[Change]:
    api = Api.open(urls)
    try:
        bearer = api.as_bearer(token or place.token(admin_of(offer.tenant), lifetime=TOKEN_LIVES, at=await api.now()))
        with progress(f"applying {offer.name}", total=len(TELLERS)) as bar:
            changes = []
            for name in TELLERS:
                changes.append(await _bring(bearer, name, offer.sections[name], dry_run=dry_run))
                bar.advance(bar.task_ids[0])
            return changes
    finally:
        await api.aclose()


async def _bring(api: Api, name: str, section: msgspec.Struct, *, dry_run: bool) -> Change:
    try:
        return await bring_one(api, name, section, dry_run=dry_run)
    except Answered as refusal:
        raise Cannot(f"{name} refuses its section: {refusal.detail}") from None


def admin_of(tenant: str) -> Principal:
    """Who applies an offer."""
    return Principal(tenant=tenant, subject="ponteiro-apply", organization_id=None, roles=frozenset({Role.ADMIN}))


async def bring_one(api: Api, name: str, section: msgspec.Struct, *, dry_run: bool = False) -> Change:
    """Bring one service to its section. Raises Answered when the service refuses it."""
    wanted = plain(section)
    try:
        kept = plain(msgspec.convert(await api.get(f"/v1/offers/{name}"), type(section)))
    except Answered as refusal:
        if refusal.answered_status != httpx.codes.NOT_FOUND:
            raise
        kept = None
    lines = list(differences(kept, wanted)) if kept is not None else []
    version = None
    if not dry_run:
        version = (await api.put(f"/v1/offers/{name}", wanted)).body["version"]
    return Change(service=name, version=version, is_new=kept is None, lines=lines)


def plain(section: msgspec.Struct) -> Any:
    """A section as the JSON that it is."""
    return msgspec.json.decode(msgspec.json.encode(section))


def describe(change: Change, *, dry_run: bool) -> str:
    """One line about one section."""
    if change.is_new:
        return f"{change.service}: " + ("would be applied for the first time" if dry_run else "applied, version 1")
    if not change.lines:
        return f"{change.service}: unchanged"
    places = f"{len(change.lines)} place" + ("s" if len(change.lines) > 1 else "")
    return f"{change.service}: {places} " + ("would change" if dry_run else f"changed, version {change.version}")


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ, a line each.

    >>> list(differences({"plans": [{"price_cents": 1}]}, {"plans": [{"price_cents": 2}], "net_days": 10}))
    ['net_days: (none) -> 10', 'plans[0].price_cents: 1 -> 2']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key, _NONE), new.get(key, _NONE), f"{path}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list):
        for number in range(max(len(old), len(new))):
            before, after = (items[number] if number < len(items) else _NONE for items in (old, new))
            yield from differences(before, after, f"{path}[{number}]")
    elif old != new:
        yield f"{path}: {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    text = "(none)" if value is _NONE else msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_MOST_CHARACTERS else text[:VALUE_MOST_CHARACTERS] + "..."


_NONE = object()
