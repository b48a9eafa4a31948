"""The lists that the team saves by name."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from msgspec import Meta, Struct

from services.ticketing.actions import screen
from services.ticketing.api.inputs import NO_NUL, Code, Id
from services.ticketing.domain import Status
from services.ticketing.store import Order
from services.ticketing.store import saved as store
from shared.auth import STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned

WORDS_MOST_CHARACTERS = 200

Words = Annotated[str, Meta(min_length=1, max_length=WORDS_MOST_CHARACTERS, pattern=NO_NUL, examples=["rede"])]


class ViewFilter(Input, frozen=True):
    """What a list is narrowed to, in the words of the parameters of the list of tickets; null does not narrow."""

    status: Status | None = None
    contract_id: UUID | None = None
    organization_id: UUID | None = None
    level: Annotated[int, Meta(ge=1, le=9)] | None = None
    priority: Code | None = None
    team: Code | None = None
    agent_id: Id | None = None
    asset_id: UUID | None = None
    opened_by: Id | None = None
    q: Words | None = None


class SaveView(Input, frozen=True):
    """A list to be saved; `shared`: the whole team may use it."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL, examples=["Urgentes da rede"])]
    filter: ViewFilter = msgspec.field(default_factory=ViewFilter)
    order: Order = "newest"
    shared: bool = False


class SavedView(Struct, frozen=True, kw_only=True):
    """A saved list, with whose it is; only they change it."""

    view_id: UUID
    name: str
    filter: ViewFilter
    order: Order
    shared: bool
    owner_id: str
    version: int


class SavedViewPage(Struct, frozen=True, kw_only=True):
    """Saved lists, the oldest first."""

    items: list[SavedView]
    next_cursor: str | None


def _shown(one: store.SavedView) -> SavedView:
    own = {"view_id": one.id, "name": one.name, "filter": one.filter, "order": one.listed, "shared": one.shared}
    return msgspec.convert({**own, "owner_id": one.owner_id, "version": one.version}, SavedView)


def _kept(data: SaveView, view_id: UUID, owner_id: str) -> store.SavedView:
    given = msgspec.to_builtins(data.filter)
    narrowed = {name: value for name, value in given.items() if value is not None}
    if data.filter.q is not None:
        narrowed["q"] = data.filter.q[:WORDS_MOST_CHARACTERS]  # without a secret it may be longer than with it
    return store.SavedView(
        id=view_id,
        owner_id=owner_id,
        name=data.name,
        shared=data.shared,
        filter=narrowed,
        listed=data.order,
        version=1,
    )


@post("/v1/views", roles=STAFF, operation_id="save_view")
async def save_view(tx: Transaction, data: SaveView) -> Response[SavedView]:
    """Save a list by name, for yourself or for the whole team."""
    view = _kept((await screen(tx, data)).data, tx.new_id(), tx.actor)
    await store.add_view(tx, view)
    headers = {"ETag": f'"{view.version}"', "Location": f"/v1/views/{view.id}"}
    return Response(_shown(view), status_code=201, headers=headers)


@get("/v1/views", roles=STAFF, operation_id="list_views")
async def list_views(tx: Transaction, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> SavedViewPage:
    """The lists that you have saved, and those that others of the team share."""
    asked = Slice(limit=limit, cursor=cursor)
    page = asked.page(await store.views_of(tx, after=asked.after(UUID, FIRST_ID), most=asked.most), lambda one: one.id)
    return SavedViewPage(items=[_shown(one) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/views/{view_id:uuid}", roles=STAFF, operation_id="read_view")
async def read_view(tx: Transaction, view_id: UUID) -> Response[SavedView]:
    """A saved list: your own, or one that is shared."""
    view = await store.view_by_id(tx, view_id)
    return versioned(_shown(view), version=view.version)


@put("/v1/views/{view_id:uuid}", roles=STAFF, operation_id="change_view")
async def change_view(tx: Transaction, view_id: UUID, data: SaveView, if_match: int | None) -> Response[SavedView]:
    """Change a list that you have saved. One of somebody else is not there for you to change."""
    said = (await screen(tx, data)).data
    view = await store.change_view(tx, _kept(said, view_id, tx.actor), version=if_match)
    return versioned(_shown(view), version=view.version)


@delete("/v1/views/{view_id:uuid}", roles=STAFF, operation_id="remove_view", status_code=200)
async def remove_view(tx: Transaction, view_id: UUID, if_match: int | None) -> SavedView:
    """Remove a list that you have saved; the answer is what it was."""
    return _shown(await store.remove_view(tx, view_id, version=if_match))


routes = [save_view, list_views, read_view, change_view, remove_view]
