"""The contracts whose demands may be registered, with the fingerprint of the provider's offer beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain import Contract
from services.ticketing.offer import Policy
from services.ticketing.store.tables import contracts
from shared.db import Transaction
from shared.offers import offers

CONTRACTS_MOST = 100  # of one organization: nobody has so many that run


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A contract, and which offer its provider has applied (None: none yet): one statement for both."""

    contract: Contract
    offer_sha256: str | None
    offer_version: int | None


async def contract_by_id(tx: Transaction, contract_id: UUID) -> Known | None:
    """The contract, None when it is unknown or, for customers, another organization's."""
    row = (await tx.execute(_BY_ID, {"tenant": tx.tenant, "id": contract_id})).first()
    known = _known(row) if row is not None else None
    is_own = known is not None and tx.organization_id in (None, known.contract.organization_id)
    return known if is_own else None


async def lock_contracts(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Contract]:
    """These contracts by their ids, locked until the transaction ends; those that are unknown are left out."""
    rows = await tx.execute(_SEVERAL_LOCKED, {"tenant": tx.tenant, "several": sorted(ids)})
    return {row.id: _contract(row) for row in rows}


async def contracts_of(tx: Transaction, organization_id: UUID) -> Sequence[Known]:
    """The contracts of an organization, those that are over among them; the newest first."""
    rows = await tx.execute(_OF_ORGANIZATION, {"tenant": tx.tenant, "organization_id": organization_id})
    return [_known(row) for row in rows]


async def keep_contract(tx: Transaction, contract: Contract) -> None:
    """Remember a contract, or what became of it."""
    values = {
        "id": contract.id,
        "tenant": tx.tenant,
        "organization_id": contract.organization_id,
        "plan_code": contract.plan_code,
        "kind": contract.kind,
        "product": contract.product,
        "timezone": contract.timezone,
        "queue_rank": contract.queue_rank,
        "account_manager_id": contract.account_manager_id,
        "activated_at": contract.activated_at,
        "rounding": None if contract.rounding is None else msgspec.to_builtins(contract.rounding),
        "account_manager_deputy_id": contract.account_manager_deputy_id,
        "suspended_at": contract.suspended_at,
        "ends_on": contract.ends_on,
    }
    await tx.execute(_KEEP[tx.dialect], values)


def _known(row: sa.Row[Any]) -> Known:
    return Known(contract=_contract(row), offer_sha256=row.sha256, offer_version=row.version)


def _contract(row: sa.Row[Any]) -> Contract:
    return Contract(
        id=row.id,
        organization_id=row.organization_id,
        plan_code=row.plan_code,
        kind=row.kind,
        product=row.product,
        timezone=row.timezone,
        queue_rank=row.queue_rank,
        account_manager_id=row.account_manager_id,
        activated_at=row.activated_at,
        rounding=msgspec.convert(row.rounding, Policy) if row.rounding else None,
        account_manager_deputy_id=row.account_manager_deputy_id,
        suspended_at=row.suspended_at,
        ends_on=row.ends_on,
    )


def _upsert(insert: Any) -> sa.Executable:
    new = insert(contracts)
    changed = {column.name: new.excluded[column.name] for column in contracts.c if column.name not in ("id", "tenant")}
    statement: sa.Executable = new.on_conflict_do_update(
        index_elements=[contracts.c.id], set_=changed, where=contracts.c.tenant == new.excluded.tenant
    )
    return statement


_SELECT = (
    sa.select(contracts, offers.c.sha256, offers.c.version)
    .select_from(contracts.outerjoin(offers, offers.c.tenant == contracts.c.tenant))
    .where(contracts.c.tenant == sa.bindparam("tenant"))
)
_BY_ID = _SELECT.where(contracts.c.id == sa.bindparam("id"))
_SEVERAL_LOCKED = (
    sa.select(contracts)
    .where(contracts.c.tenant == sa.bindparam("tenant"), contracts.c.id.in_(sa.bindparam("several", expanding=True)))
    .order_by(contracts.c.id)
    .with_for_update()
)
_OF_ORGANIZATION = (
    _SELECT.where(contracts.c.organization_id == sa.bindparam("organization_id"))
    .order_by(contracts.c.activated_at.desc(), contracts.c.id)
    .limit(CONTRACTS_MOST)
)
_KEEP = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
