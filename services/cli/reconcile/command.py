"""`ponteiro reconcile MONTH`: names every difference between statement, ledger and invoices, and exits 1 on any."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import sqlalchemy as sa
import typer

from services.cli.apply import ApiUrls
from services.cli.installation import DataOption, Installation, installation
from services.cli.reconcile.books import Contract, Invoice, books_of, check_offer, contracts_of, credit_note_numbers
from services.cli.reconcile.compare import Difference, compare, gaps
from services.cli.terminal import Cannot, progress, say
from services.client import Api
from services.embedded.house import at_home, build_services
from shared import offers
from shared.auth import Principal, Role
from shared.settings import Settings
from shared.web import Hosted, create_app

DISAGREED = 1
TOKEN_LIVES = timedelta(hours=6)  # many contracts take long
ARRIVES_SECONDS = 2.0  # facts travel in tenths of a second; a listener that restarts needs one or two
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What was compared of one provider, and where it differs; `invoices` are those that were issued in the month."""

    contracts: int
    invoices: int
    differences: list[Difference]


def reconcile(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="A local month, e.g. 2026-11.")],
    url: ApiUrls = None,
    tenant: Annotated[str | None, typer.Option(help="Whose books; of a data folder: all, unless given.")] = None,
    token: Annotated[str | None, typer.Option(help="A token of the office; else one is made with the key.")] = None,
    data: DataOption = None,
) -> None:
    """Hold statement, ledger and invoices of a month against each other, to the minute and the centavo."""
    if not MONTH.fullmatch(month):
        raise Cannot(f"{month!r} is no month like 2026-11")
    place = installation(data)
    found = asyncio.run(_reconcile(month, url, tenant, token, place))
    compared = {name: one for name, one in found.items() if isinstance(one, Reconciled)}
    for name, one in found.items():
        say(f"{name}: nothing to reconcile: {one}" if isinstance(one, str) else _told(name, month, one))
    if not compared or any(one.differences for one in compared.values()):
        raise typer.Exit(DISAGREED)


def _told(name: str, month: str, one: Reconciled) -> str:
    differences = [f"{name}: {difference}" for difference in one.differences]
    agrees = "agree" if not differences else f"differ in {len(differences)} places"
    counted = f"{_count(one.contracts, 'contract')}, {_count(one.invoices, 'invoice')} issued in the month"
    return "\n".join([*differences, f"{name} {month}: {counted}: the books {agrees}"])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


async def reconcile_month(api: Api, month: str, *, quiet: bool = False) -> Reconciled:
    """Compare the books of every contract that the bearer sees.

    Where they differ they are read once more: what was on its way between services has arrived by then.
    """
    contracts = await contracts_of(api)
    found: dict[UUID, tuple[list[Invoice], list[Difference]]] = {}
    with progress(f"reconciling {month}", total=0 if quiet else len(contracts)) as bar:
        for contract in contracts:
            found[contract.contract_id] = await _compared(api, contract, month)
            bar.advance(bar.task_ids[0])
        again = {contract_id for contract_id, (_, differences) in found.items() if differences}
        await asyncio.sleep(ARRIVES_SECONDS if again else 0)
        for contract in await contracts_of(api) if again else ():
            if contract.contract_id in again:
                found[contract.contract_id] = await _compared(api, contract, month)
    invoices = [invoice for of_one, _ in found.values() for invoice in of_one]
    differences = [one for _, of_one in found.values() for one in of_one]
    return Reconciled(
        contracts=len(contracts),
        invoices=sum(1 for one in invoices if one.month == month),
        differences=[*differences, *gaps([*(one.number for one in invoices), *await credit_note_numbers(api)])],
    )


def no_books(contracts: Sequence[Contract], month: str, *, now: datetime) -> str | None:
    """Why a month has no books that could agree: nobody's contract had begun, or it goes on; None when it has."""
    begun = [one for one in contracts if f"{one.start_date:%Y-%m}" <= month]
    if not begun:
        return f"no contract had begun in {month}"
    if any(f"{now.astimezone(ZoneInfo(one.timezone)):%Y-%m}" <= month for one in begun):
        return f"{month} has not ended"
    return None


async def _compared(api: Api, contract: Contract, month: str) -> tuple[list[Invoice], list[Difference]]:
    """A contract's invoices, and where its books differ."""
    books = await books_of(api, contract, month)
    return books.invoices, compare(books, month)


async def _reconcile(
    month: str, urls: Sequence[str] | None, tenant: str | None, token: str | None, place: Installation
) -> dict[str, Reconciled | str]:
    """What was compared of each provider, or why there is nothing to compare. Raises Answered for an unknown one."""
    async with _opened(urls, place) as api:
        now = await api.now()
        if token is not None:
            bearers = {tenant or "books": api.as_bearer(token)}
        else:
            tenants = [tenant] if tenant else await _tenants(place)
            bearers = {one: api.as_bearer(place.token(_office(one), lifetime=TOKEN_LIVES, at=now)) for one in tenants}
        return {one: await _of_one(bearer, month, now) for one, bearer in bearers.items()}


async def _of_one(api: Api, month: str, now: datetime) -> Reconciled | str:
    await check_offer(api)
    return no_books(await contracts_of(api), month, now=now) or await reconcile_month(api, month)


@asynccontextmanager
async def _opened(urls: Sequence[str] | None, place: Installation) -> AsyncIterator[Api]:
    """The public API: of running services, or over the files of a data folder that nobody need serve."""
    if urls or place.folder is None:
        api = Api.open(urls or [Settings().public_url])
        try:
            yield api
        finally:
            await api.aclose()
        return
    services = build_services(at_home(place.settings, place.folder))
    databases = place.folder.databases(clock=place.clock())
    hosted = [Hosted(service=one, database=databases[one.name]) for one in services]
    app = create_app(hosted, keys=place.keys(), clock=place.clock(), ready=_nothing_is_away)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI in its own words
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://folder") as http:
            yield Api(http)
    finally:
        for database in databases.values():
            await database.close()


async def _tenants(place: Installation) -> list[str]:
    """Every provider that applied an offer in a data folder. Raises Cannot where nobody can tell, or nobody did."""
    if place.folder is None:
        raise Cannot("say whose books: --tenant NAME, or --token")
    database = place.database("billing")
    try:
        async with database.reading() as tx:
            rows = await tx.execute(sa.select(offers.offers.c.tenant).order_by(offers.offers.c.tenant))
            found = [row.tenant for row in rows]
    finally:
        await database.close()
    if not found:
        raise Cannot("no provider has applied its offer here: there are no books")
    return found


async def _nothing_is_away() -> list[str]:
    return []


def _office(tenant: str) -> Principal:
    return Principal(tenant=tenant, subject="ponteiro-reconcile", organization_id=None, roles=frozenset({Role.ADMIN}))
