"""The inventory of customers: kept, and looked up before work on it is estimated (B48, N39)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import keep
from services.ticketing.domain import Ticket, assets, life, refusals
from services.ticketing.domain.assets import Asset
from services.ticketing.domain.life import Act
from services.ticketing.offer import Section
from services.ticketing.store import assets as kept
from services.ticketing.store import people
from shared.db import Transaction
from shared.errors import NotFound, Stale


async def keep_asset(tx: Transaction, *, asset: Asset, version: int | None) -> Asset:
    """Keep an asset as it is now, a new one or another version of it. Raises Invalid, NotFound, Stale."""
    before = await kept.known_asset(tx, asset.id)
    assets.check(asset, before=before)
    at = 0 if before is None else before.version
    if version is not None and version != at:
        raise Stale(f"the asset is at version {at}, not {version}: read it again", field="If-Match")
    if not await store.contracts_of(tx, asset.organization_id):
        raise NotFound("there is no such organization", field="organization_id")
    after = replace(asset, version=at + 1)
    if before is not None and replace(after, version=at) == before:
        return before
    await kept.keep_asset(tx, after)
    return after


async def asset_for(tx: Transaction, asset_id: UUID, *, organization_id: UUID) -> Asset:
    """The asset that a demand of an organization is about. Raises NotFound for another organization's."""
    asset = await kept.asset_of(tx, asset_id)
    if asset.organization_id != organization_id:
        raise NotFound("the organization has no such asset", field="asset_id")
    return asset


async def set_asset(tx: Transaction, *, ticket_id: UUID, version: int | None, asset_id: UUID | None) -> Ticket:
    """Say what a ticket is about (B23). Raises NotFound, Stale, AlarmKeepsAsset."""
    before = await current(tx, ticket_id, version=version)
    life.step(before.stage, Act.ASSIGN)
    if before.monitor_check is not None:
        raise refusals.AlarmKeepsAsset("the ticket was opened by an alarm of its asset", field="asset_id")
    if asset_id is not None:
        await asset_for(tx, asset_id, organization_id=before.organization_id)
    after = replace(before, asset_id=asset_id)
    return await keep(tx, before, after, act="asset_set", old_value=_shown(before.asset_id), new_value=_shown(asset_id))


async def is_critical(tx: Transaction, ticket: Ticket) -> bool:
    """Whether a ticket is about something that work stops without, or of somebody whose operation is critical (B15)."""
    asker = (await people.rights_of(tx, ticket.organization_id, ticket.opened_by)).person
    if asker is not None and asker.critical:
        return True
    if ticket.asset_id is None:
        return False
    return (await kept.asset_of(replace(tx, organization_id=None), ticket.asset_id)).critical


async def check_hosting(tx: Transaction, ticket: Ticket, *, offer: Section) -> None:
    """Refuse to estimate where the asset runs on a hosting that is not homologated (N39). Raises UnsupportedHosting."""
    if ticket.asset_id is None:
        return
    asset = await kept.asset_of(replace(tx, organization_id=None), ticket.asset_id)
    assets.check_hosting(asset, offer=offer)


def _shown(asset_id: UUID | None) -> str | None:
    return None if asset_id is None else str(asset_id)
