"""What contracts stand on: the price lists that were in force, the months of the indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.billing.domain import ListedPrices, Month, Rate
from services.billing.store.contract_tables import index_rates, price_lists
from shared.db import Transaction


async def price_list(tx: Transaction, version: int) -> ListedPrices | None:
    """The prices of a list, as they were first applied."""
    row = (await tx.execute(_PRICE_LIST, {"tenant": tx.tenant, "version": version})).first()
    return msgspec.convert(row.prices, ListedPrices) if row else None


async def keep_price_list(tx: Transaction, prices: ListedPrices) -> None:
    """Keep a list that is new, or has one plan more."""
    row = {"tenant": tx.tenant, "version": prices.version, "prices": prices, "listed_at": prices.listed_at}
    await tx.execute(_KEEP_PRICE_LIST[tx.dialect], row)


async def price_lists_of(tx: Transaction) -> Sequence[ListedPrices]:
    """Every list that was in force, newest first."""
    rows = await tx.execute(_PRICE_LISTS, {"tenant": tx.tenant})
    return [msgspec.convert(row.prices, ListedPrices) for row in rows]


async def note_rates(tx: Transaction, name: str, rates: Sequence[Rate]) -> None:
    """Keep months of an index; one that was typed in before is corrected."""
    rows = [
        {"tenant": tx.tenant, "name": name, "month": str(one.month), "percent": one.percent, "noted_at": tx.now}
        for one in rates
    ]
    await tx.execute(_NOTE_RATE[tx.dialect], rows)


async def rates_of(tx: Transaction, name: str) -> Mapping[Month, Rate]:
    """The months of an index that are known, oldest first."""
    rows = await tx.execute(_RATES, {"tenant": tx.tenant, "name": name})
    found = [Rate(month=Month.read(row.month), percent=row.percent) for row in rows]
    return {one.month: one for one in found}


def _corrected(insert: Any, key: Sequence[str], told: Sequence[str]) -> sa.Executable:
    new: sa.Executable = insert.on_conflict_do_update(
        index_elements=list(key), set_={name: insert.excluded[name] for name in told}
    )
    return new


_LIST_KEY = ("tenant", "version")
_RATE_KEY = ("tenant", "name", "month")
_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_PRICE_LISTS = sa.select(price_lists).where(price_lists.c.tenant == _tenant).order_by(price_lists.c.version.desc())
_PRICE_LIST = sa.select(price_lists).where(
    price_lists.c.tenant == _tenant, price_lists.c.version == sa.bindparam("version")
)
_KEEP_PRICE_LIST: dict[str, sa.Executable] = {
    "postgresql": _corrected(postgresql.insert(price_lists), _LIST_KEY, ("prices",)),
    "sqlite": _corrected(sqlite.insert(price_lists), _LIST_KEY, ("prices",)),
}
_NOTE_RATE: dict[str, sa.Executable] = {
    "postgresql": _corrected(postgresql.insert(index_rates), _RATE_KEY, ("percent", "noted_at")),
    "sqlite": _corrected(sqlite.insert(index_rates), _RATE_KEY, ("percent", "noted_at")),
}
_RATES = (
    sa.select(index_rates)
    .where(index_rates.c.tenant == _tenant, index_rates.c.name == sa.bindparam("name"))
    .order_by(index_rates.c.month)
)
