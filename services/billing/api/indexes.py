"""HTTP in: months of price indexes, and the adjustments of contracts that follow from them (3.9)."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter
from msgspec import Meta

from services.billing import actions, domain, store
from services.billing.domain import MONTH_PATTERN, PERCENT_PATTERN, Agreed, Contract, Month, Outlook, Rate
from shared.auth import OFFICE
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input

IndexName = Annotated[str, Parameter(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$", description="As in an offer: IPCA.")]
MonthPath = Annotated[str, Parameter(pattern=MONTH_PATTERN, description="A month, e.g. 2026-09.")]
RATE = Example(value={"percent": "0.33"})
TABLE = Example(value={"csv": "month;percent\n2026-08;0.09\n2026-09;0.18\n"})


class RateInput(Input, frozen=True, kw_only=True):
    """What an index rose in a month, in percent, as it was published."""

    percent: Annotated[str, Meta(pattern=PERCENT_PATTERN, examples=["0.33"])]


class TableInput(Input, frozen=True, kw_only=True):
    """Months of an index as CSV: a month and a percentage a line, as the central bank offers it, too."""

    csv: Annotated[str, Meta(min_length=1, max_length=200_000)]


class RateView(msgspec.Struct, frozen=True, kw_only=True):
    """A month of an index."""

    month: str
    percent: str


class RatesView(msgspec.Struct, frozen=True, kw_only=True):
    """The months of an index that are known, oldest first."""

    name: str
    items: list[RateView]


class PricesView(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract costs, in centavos."""

    price_cents: int
    full_hour_price_cents: int


class OutlookView(msgspec.Struct, frozen=True, kw_only=True):
    """The next adjustment of a contract as it stands today; null while months of the index are missing."""

    contract_id: UUID
    index: str
    anniversary: date
    announce_from: date
    effective_date: date
    months: list[str]
    missing_months: list[str]
    factor: str | None
    prices: PricesView
    adjusted_prices: PricesView | None


class AdjustmentView(msgspec.Struct, frozen=True, kw_only=True):
    """An adjustment that was announced."""

    index: str
    first_month: str
    last_month: str
    factor: str
    anniversary: date
    effective_date: date
    state: str


class AdjustmentsView(msgspec.Struct, frozen=True, kw_only=True):
    """The adjustments of a contract, oldest first, and the first date on which the next one may be."""

    items: list[AdjustmentView]
    earliest_next: date | None


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A contract whose adjustment is due and waits for its index."""

    contract_id: UUID
    organization_id: UUID
    index: str
    earliest: date | None


class WaitingPage(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts that wait for an index, newest first."""

    items: list[WaitingView]
    next_cursor: str | None


@put("/v1/indexes/{name:str}/months/{month:str}", roles=OFFICE, operation_id="note_index_month")
async def note_index_month(
    tx: Transaction, name: IndexName, month: MonthPath, data: Annotated[RateInput, Body(examples=[RATE])]
) -> RateView:
    """Type in a month of an index; contracts that waited for it are adjusted."""
    rate = Rate(month=Month.read(month), percent=domain.read_percent(data.percent))
    await actions.note_rates(tx, name=name, rates=[rate])
    return _rate(rate)


@post("/v1/indexes/{name:str}/months", roles=OFFICE, operation_id="import_index", status_code=200)
async def import_index(
    tx: Transaction, name: IndexName, data: Annotated[TableInput, Body(examples=[TABLE])]
) -> RatesView:
    """Import months of an index from a CSV; those that are known are corrected."""
    rates = domain.read_table(data.csv)
    await actions.note_rates(tx, name=name, rates=rates)
    return RatesView(name=name, items=[_rate(one) for one in rates])


@get("/v1/indexes/{name:str}/months", roles=OFFICE, operation_id="list_index_months")
async def list_index_months(tx: Transaction, name: IndexName) -> RatesView:
    """The months of an index that are known."""
    known = await store.rates_of(tx, name)
    return RatesView(name=name, items=[_rate(one) for one in known.values()])


@post(
    "/v1/contracts/{contract_id:uuid}/adjustments/preview",
    roles=OFFICE,
    operation_id="preview_adjustment",
    status_code=200,
)
async def preview_adjustment(tx: Transaction, contract_id: UUID) -> OutlookView:
    """What the next adjustment of a contract would be as of today; nothing is done."""
    return _outlook(contract_id, await actions.look_out(tx, contract_id=contract_id))


@get("/v1/contracts/{contract_id:uuid}/adjustments", roles=OFFICE, operation_id="list_adjustments")
async def list_adjustments(tx: Transaction, contract_id: UUID) -> AdjustmentsView:
    """The adjustments that were announced."""
    return _adjustments(await store.contract(tx, contract_id))


@get("/v1/adjustments/waiting", roles=OFFICE, operation_id="list_waiting_adjustments")
async def list_waiting_adjustments(tx: Transaction, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> WaitingPage:
    """Contracts whose adjustment is due, and whose index nobody has typed in."""
    page = await store.without_index_page(tx, Slice(limit=limit, cursor=cursor))
    return WaitingPage(items=[_waiting(one) for one in page.items], next_cursor=page.next_cursor)


def _rate(rate: Rate) -> RateView:
    return RateView(month=str(rate.month), percent=rate.percent)


def _outlook(contract_id: UUID, found: Outlook) -> OutlookView:
    return OutlookView(
        contract_id=contract_id,
        index=found.index,
        anniversary=found.anniversary,
        announce_from=found.announce_from,
        effective_date=found.effective_date,
        months=[str(month) for month in found.months],
        missing_months=[str(month) for month in found.missing],
        factor=None if found.factor is None else domain.shown(found.factor),
        prices=_prices(found.prices),
        adjusted_prices=None if found.adjusted is None else _prices(found.adjusted),
    )


def _prices(agreed: Agreed) -> PricesView:
    return PricesView(price_cents=agreed.price_cents, full_hour_price_cents=agreed.full_hour_price_cents)


def _adjustments(contract: Contract) -> AdjustmentsView:
    items = [
        AdjustmentView(
            index=one.index.index,
            first_month=one.index.first_month,
            last_month=one.index.last_month,
            factor=domain.shown(one.index.factor),
            anniversary=one.index.anniversary,
            effective_date=one.effective_date,
            state=one.state,
        )
        for one in contract.life.amendments
        if one.index is not None
    ]
    return AdjustmentsView(items=items, earliest_next=domain.earliest_next(contract))


def _waiting(contract: Contract) -> WaitingView:
    rule = contract.terms.adjustment
    return WaitingView(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        index=rule.index if rule else "",
        earliest=domain.earliest_next(contract),
    )


routes = [
    note_index_month,
    import_index,
    list_index_months,
    preview_adjustment,
    list_adjustments,
    list_waiting_adjustments,
]
