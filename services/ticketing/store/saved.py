"""Lists that somebody of the team has saved by name: their own, or shared with everybody of the provider's team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Json, Transaction
from shared.errors import NotFound, Stale

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("filter", Json, nullable=False),
    sa.Column("listed", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("saved_views_of_tenant", "tenant", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A list by name: `filter` narrows it as the parameters of the list of tickets do, `listed` is its order."""

    id: UUID
    owner_id: str
    name: str
    shared: bool
    filter: Mapping[str, str | int]
    listed: str
    version: int


async def add_view(tx: Transaction, view: SavedView) -> None:
    """Keep a new view of who acts."""
    await tx.execute(_ADD, {name: getattr(view, name) for name in _FIELDS} | {"tenant": tx.tenant})


async def views_of(tx: Transaction, *, after: UUID, most: int) -> Sequence[SavedView]:
    """The views that who acts may use, the oldest first: their own and the shared ones."""
    rows = await tx.execute(_LIST, {"tenant": tx.tenant, "owner": tx.actor, "after": after, "most": most})
    return [_view(row) for row in rows]


async def view_by_id(tx: Transaction, view_id: UUID) -> SavedView:
    """A view that who acts may use. Raises NotFound."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "owner": tx.actor, "view": view_id})).one_or_none()
    if row is None:
        raise NotFound("there is no such view")
    return _view(row)


async def change_view(tx: Transaction, view: SavedView, *, version: int | None) -> SavedView:
    """Keep a view of one's own as it is now. Raises NotFound, also for another's; Stale."""
    known = await _own(tx, view.id, version)
    values = {"name": view.name, "shared": view.shared, "filter": view.filter, "listed": view.listed}
    changed = await tx.execute(_CHANGE, {**values, "own_tenant": tx.tenant, "view": view.id, "known": known.version})
    if changed.rowcount == 0:
        raise Stale("the view has just been changed: read it again", field="If-Match")
    return await view_by_id(tx, view.id)


async def remove_view(tx: Transaction, view_id: UUID, *, version: int | None) -> SavedView:
    """Forget a view of one's own, and answer it. Raises NotFound, also for another's; Stale."""
    known = await _own(tx, view_id, version)
    await tx.execute(_REMOVE, {"tenant": tx.tenant, "view": known.id})
    return known


async def _own(tx: Transaction, view_id: UUID, version: int | None) -> SavedView:
    known = await view_by_id(tx, view_id)
    if known.owner_id != tx.actor:
        raise NotFound("you have no such view: save one of your own")
    if version is not None and version != known.version:
        raise Stale(f"the view is at version {known.version}, not {version}: read it again", field="If-Match")
    return known


def _view(row: Any) -> SavedView:
    return SavedView(**{name: getattr(row, name) for name in _FIELDS})


_FIELDS = tuple(SavedView.__dataclass_fields__)
_USABLE = sa.or_(saved_views.c.owner_id == sa.bindparam("owner"), saved_views.c.shared)
_OF_TENANT = sa.select(saved_views).where(saved_views.c.tenant == sa.bindparam("tenant"), _USABLE)
_LIST = (
    _OF_TENANT.where(saved_views.c.id > sa.bindparam("after")).order_by(saved_views.c.id).limit(sa.bindparam("most"))
)
_ONE = _OF_TENANT.where(saved_views.c.id == sa.bindparam("view"))
_ADD = sa.insert(saved_views)
_CHANGE = (
    sa.update(saved_views)
    .where(
        saved_views.c.tenant == sa.bindparam("own_tenant"),
        saved_views.c.id == sa.bindparam("view"),
        saved_views.c.version == sa.bindparam("known"),
    )
    .values(
        {name: sa.bindparam(name) for name in ("name", "shared", "filter", "listed")}
        | {"version": saved_views.c.version + 1}
    )
)
_REMOVE = sa.delete(saved_views).where(
    saved_views.c.tenant == sa.bindparam("tenant"), saved_views.c.id == sa.bindparam("view")
)
