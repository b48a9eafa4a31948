"""`ponteiro rebuild hourbank|sla`: what is derived is built anew from what is kept for ever; what differed is told.

Hourbank: balances and lots from the entries of the ledger. Sla: clocks and time-boxes from the facts of tickets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.exc import ArgumentError, DBAPIError

from services.cli.installation import DataOption, Installation, installation
from services.cli.terminal import Cannot, progress, say
from services.hourbank.actions.rebuilding import rebuild_account
from services.hourbank.store.rebuilding import every_account
from services.sla.actions.rebuilding import rebuild_ticket
from services.sla.store.rebuilding import Known, tickets_after
from shared.db import Database, Transaction
from shared.log import describe


class Rebuildable(StrEnum):
    """Services whose projections can be built anew from what they keep for ever."""

    HOURBANK = "hourbank"
    SLA = "sla"


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """One thing to be rebuilt: an account or a ticket of a provider."""

    tenant: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How many accounts or tickets were looked at, and what was otherwise than it should be."""

    count: int
    differences: tuple[str, ...]


async def _accounts(database: Database) -> AsyncGenerator[One]:
    async with database.reading() as tx:
        known = await every_account(tx)
    for one in known:
        yield One(tenant=one.tenant, id=one.contract_id)


async def _tickets(database: Database) -> AsyncGenerator[One]:
    last: Known | None = None
    while True:
        async with database.reading() as tx:
            page = await tickets_after(tx, last)
        if not page:
            return
        for one in page:
            yield One(tenant=one.tenant, id=one.ticket_id)
        last = page[-1]


async def _account(tx: Transaction, one: One, *, only_look: bool) -> list[str]:
    found = await rebuild_account(tx, contract_id=one.id, only_look=only_look)
    return [f"{it.what}: kept {it.kept}; by its entries {it.rebuilt}" for it in found]


async def _ticket(tx: Transaction, one: One, *, only_look: bool) -> list[str]:
    found = await rebuild_ticket(tx, ticket_id=one.id, only_look=only_look)
    return [f"{it.what}: kept {it.kept}; by its facts {it.rebuilt}" for it in found]


def rebuild(
    service: Annotated[Rebuildable, typer.Argument(metavar="SERVICE", help="hourbank, or sla")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only look: exit 1 where something differs.")] = False,
    database_url: Annotated[
        str | None, typer.Option("--database-url", metavar="URL", help="Instead of what PONTEIRO_... names.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Fold every account's entries, or every ticket's facts, into what is derived of it, and mend what differs.

    It may run while the service does: each one is locked for its own moment, and whoever writes to it waits.
    """
    looked = asyncio.run(_rebuild(_database(installation(data), service, database_url), service, only_look=check))
    for difference in looked.differences:
        say(difference)
    if check and looked.differences:
        raise Cannot(f"{len(looked.differences)} things differ; put them right without --check")
    differed = (
        f"are rebuilt, {len(looked.differences)} things differed" if looked.differences else "are as they should be"
    )
    say(f"{service}: {looked.count} {THINGS[service]} {differed}")


def _database(place: Installation, service: Rebuildable, url: str | None) -> Database:
    if url is None:
        return place.database(service)
    try:
        return Database(url, service=service, clock=place.clock())
    except ArgumentError:
        raise Cannot(f"the database URL of {service} is none that can be read") from None


async def _rebuild(database: Database, service: Rebuildable, *, only_look: bool) -> Looked:
    every, rebuild_one = RESTORED[service]
    differences: list[str] = []
    count = 0
    try:
        with progress("rebuilding", total=None) as bar:
            async with aclosing(every(database)) as known:
                async for one in known:
                    async with database.transaction(tenant=one.tenant) as tx:
                        found = await rebuild_one(tx, one, only_look=only_look)
                    differences += [f"{one.tenant} {one.id} {difference}" for difference in found]
                    count += 1
                    bar.advance(bar.task_ids[0])
        return Looked(count=count, differences=tuple(differences))
    except DBAPIError as error:
        raise Cannot(f"{service}: {describe(error.orig or error)}; look with: ponteiro doctor") from error
    finally:
        await database.close()


THINGS = {Rebuildable.HOURBANK: "accounts", Rebuildable.SLA: "tickets"}
RESTORED = {Rebuildable.HOURBANK: (_accounts, _account), Rebuildable.SLA: (_tickets, _ticket)}
