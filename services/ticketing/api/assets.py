"""The inventory of customers over HTTP (B48, B49), and what a ticket is about (B23)."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from msgspec import Meta

from services.ticketing import actions
from services.ticketing.actions import assets as acts
from services.ticketing.api import views
from services.ticketing.api.inputs import Code, Line
from services.ticketing.api.views import TicketView, View
from services.ticketing.domain.assets import Asset
from services.ticketing.store import assets as kept
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned


class KeepAsset(Input, frozen=True):
    """A piece of a customer's inventory, as it is now."""

    organization_id: UUID
    name: Annotated[Line, Meta(examples=["Servidor de arquivos"])]
    kind: Annotated[Code, Meta(examples=["server"])]
    identifier: Annotated[Line, Meta(description="Serial number or tag.")] | None = None
    location: Line | None = None
    is_device: Annotated[bool, Meta(description="Counted among the organization's devices (B38).")] = True
    critical: Annotated[bool, Meta(description="Work stops without it (B15).")] = False
    hosting: Annotated[Code, Meta(description="Where it runs, by the offer's codes (N39).")] | None = None
    purchased_on: date | None = None
    warranty_until: date | None = None
    replace_on: Annotated[date, Meta(description="When it had better be replaced (B49).")] | None = None
    retired_on: date | None = None


class SetAsset(Input, frozen=True):
    """What a ticket is about; null: nothing of the inventory."""

    asset_id: UUID | None


class AssetView(View, frozen=True, kw_only=True):
    """A piece of a customer's inventory."""

    id: UUID
    organization_id: UUID
    name: str
    kind: str
    identifier: str | None
    location: str | None
    is_device: bool
    critical: bool
    hosting: str | None
    purchased_on: date | None
    warranty_until: date | None
    replace_on: date | None
    retired_on: date | None
    version: int


class AssetDetail(AssetView, frozen=True, kw_only=True):
    """An asset and how often it was the subject of a ticket; `/v1/tickets?asset_id=` lists them (B23)."""

    incidents: int
    open_incidents: int


class AssetPage(View, frozen=True):
    """Assets."""

    items: list[AssetView]
    next_cursor: str | None


@put("/v1/assets/{asset_id:uuid}", roles=STAFF, operation_id="keep_asset")
async def keep_asset(tx: Transaction, asset_id: UUID, if_match: int | None, data: KeepAsset) -> Response[AssetView]:
    """Keep an asset under an id that you choose; the same again changes nothing (B48)."""
    said = (await actions.screen(tx, data)).data
    given = {name: getattr(said, name) for name in KeepAsset.__struct_fields__}
    asset = await acts.keep_asset(tx, asset=Asset(id=asset_id, **given), version=if_match)
    return versioned(msgspec.convert(asset, AssetView, from_attributes=True), version=asset.version)


@get("/v1/assets/{asset_id:uuid}", roles=EVERYBODY, operation_id="read_asset")
async def read_asset(tx: Transaction, asset_id: UUID) -> Response[AssetDetail]:
    """An asset with the dates of its life (B49) and the count of its incidents (B23)."""
    asset = await kept.asset_of(tx, asset_id)
    counted = await kept.incidents_of(tx, asset_id)
    same = {name: getattr(asset, name) for name in AssetView.__struct_fields__}
    detail = AssetDetail(**same, incidents=counted.total, open_incidents=counted.open)
    return versioned(detail, version=asset.version)


@get("/v1/assets", roles=EVERYBODY, operation_id="list_assets")
async def list_assets(
    tx: Transaction, organization_id: UUID | None = None, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> AssetPage:
    """The inventory that you may see."""
    asked = Slice(limit=limit, cursor=cursor)
    after = asked.after(UUID, FIRST_ID)
    found = await kept.assets_after(tx, after, organization_id=organization_id, most=asked.most)
    page = asked.page(found, lambda asset: asset.id)
    items = msgspec.convert(page.items, list[AssetView], from_attributes=True)
    return AssetPage(items=items, next_cursor=page.next_cursor)


@post("/v1/tickets/{ticket_id:uuid}/asset", roles=STAFF, operation_id="set_asset", status_code=200)
async def set_asset(tx: Transaction, ticket_id: UUID, if_match: int | None, data: SetAsset) -> Response[TicketView]:
    """Say what a ticket is about: its hosting decides before the estimate (N39), its history grows (B23)."""
    ticket = await acts.set_asset(tx, ticket_id=ticket_id, version=if_match, asset_id=data.asset_id)
    return versioned(views.ticket(ticket), version=ticket.version)


routes = [keep_asset, read_asset, list_assets, set_asset]
