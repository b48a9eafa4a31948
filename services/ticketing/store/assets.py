"""The inventory of customers, and the last ticket of an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain.assets import Asset
from services.ticketing.store.people_tables import assets
from services.ticketing.store.tables import tickets
from shared.db import Transaction
from shared.errors import NotFound

MERGES_MOST = 50  # a chain of merges is followed so far; a longer one is nobody's doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """How often an asset was the subject of a ticket, and how many of those are open."""

    total: int
    open: int


async def asset_of(tx: Transaction, asset_id: UUID) -> Asset:
    """An asset. Raises NotFound, also for another organization's."""
    return await _one(tx, _ONE, asset_id)


async def locked_asset(tx: Transaction, asset_id: UUID) -> Asset:
    """An asset, locked until the transaction ends: alarms of it are heard one after the other. Raises NotFound."""
    return await _one(tx, _LOCKED, asset_id)


async def known_asset(tx: Transaction, asset_id: UUID) -> Asset | None:
    """An asset, locked, or None where there is none yet."""
    row = (await tx.execute(_LOCKED, {"tenant": tx.tenant, "id": asset_id})).first()
    return None if row is None else _asset(row)


async def keep_asset(tx: Transaction, asset: Asset) -> None:
    """Keep an asset as it is now. Raises NotFound where its id is another provider's."""
    values = {name: getattr(asset, name) for name in _ASSET}
    if (await tx.execute(_KEEP[tx.dialect], values | {"tenant": tx.tenant})).rowcount != 1:
        raise NotFound("there is no such asset")


async def assets_after(tx: Transaction, after: UUID, *, organization_id: UUID | None, most: int) -> Sequence[Asset]:
    """Assets in the order of their ids; customers see their organization's."""
    own = tx.organization_id or organization_id
    values = {"tenant": tx.tenant, "after": after, "most": most}
    if own is None:
        return [_asset(row) for row in await tx.execute(_PAGE, values)]
    return [_asset(row) for row in await tx.execute(_OF_ORGANIZATION, values | {"organization_id": own})]


async def count_devices(tx: Transaction, organization_id: UUID, *, day: date) -> int:
    """How many devices of an organization are in use on a day (B38)."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "day": day}
    return int((await tx.execute(_DEVICES, values)).scalar_one())


async def incidents_of(tx: Transaction, asset_id: UUID) -> Incidents:
    """The tickets about an asset, counted (B23)."""
    row = (await tx.execute(_INCIDENTS, {"tenant": tx.tenant, "asset_id": asset_id})).one()
    return Incidents(total=row.total, open=row.open)


async def alarmed(tx: Transaction, asset_id: UUID, check: str) -> UUID | None:
    """The last ticket of an asset and check; if it was merged, the one that it lives on in."""
    values = {"tenant": tx.tenant, "asset_id": asset_id, "check": check}
    row = (await tx.execute(_ALARMED, values)).first()
    for _ in range(MERGES_MOST):
        if row is None or row.merged_into is None:
            break
        row = (await tx.execute(_MERGED, {"tenant": tx.tenant, "id": row.merged_into})).first()
    return None if row is None else row.id


async def _one(tx: Transaction, statement: sa.Executable, asset_id: UUID) -> Asset:
    row = (await tx.execute(statement, {"tenant": tx.tenant, "id": asset_id})).first()
    if row is None or tx.organization_id not in (None, row.organization_id):
        raise NotFound("there is no such asset")
    return _asset(row)


def _asset(row: sa.Row[Any]) -> Asset:
    return Asset(**{name: getattr(row, name) for name in _ASSET})


def _upsert(insert: Any) -> sa.Executable:
    new = insert(assets)
    changed = {name: new.excluded[name] for name in _ASSET if name not in ("id", "organization_id")}
    statement: sa.Executable = new.on_conflict_do_update(
        index_elements=[assets.c.id], set_=changed, where=assets.c.tenant == new.excluded.tenant
    )
    return statement


_ASSET = tuple(Asset.__dataclass_fields__)
_OF_TENANT = sa.select(assets).where(assets.c.tenant == sa.bindparam("tenant"))
_ONE = _OF_TENANT.where(assets.c.id == sa.bindparam("id"))
_LOCKED = _ONE.with_for_update()
_PAGE = _OF_TENANT.where(assets.c.id > sa.bindparam("after")).order_by(assets.c.id).limit(sa.bindparam("most"))
_OF_ORGANIZATION = _PAGE.where(assets.c.organization_id == sa.bindparam("organization_id"))
_DEVICES = sa.select(sa.func.count()).where(
    assets.c.tenant == sa.bindparam("tenant"),
    assets.c.organization_id == sa.bindparam("organization_id"),
    assets.c.is_device,
    sa.or_(assets.c.retired_on.is_(None), assets.c.retired_on > sa.bindparam("day")),
)
_KEEP = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
_INCIDENTS = sa.select(
    sa.func.count().label("total"),
    sa.func.count(tickets.c.id).filter(tickets.c.status.not_in(["closed", "cancelled"])).label("open"),
).where(tickets.c.tenant == sa.bindparam("tenant"), tickets.c.asset_id == sa.bindparam("asset_id"))
_ALARMED = (
    sa.select(tickets.c.id, tickets.c.merged_into)
    .where(
        tickets.c.tenant == sa.bindparam("tenant"),
        tickets.c.asset_id == sa.bindparam("asset_id"),
        tickets.c.monitor_check == sa.bindparam("check"),
    )
    .order_by(tickets.c.number.desc())
    .limit(1)
)
_MERGED = sa.select(tickets.c.id, tickets.c.merged_into).where(
    tickets.c.tenant == sa.bindparam("tenant"), tickets.c.id == sa.bindparam("id")
)
