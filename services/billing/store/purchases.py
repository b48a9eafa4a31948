"""Hours that were bought beside the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import Purchase
from services.billing.store.contract_tables import purchases
from shared.db import Transaction
from shared.errors import NotFound


class PurchaseNotFound(NotFound):
    """There is no such purchase in this contract."""


async def add_purchase(tx: Transaction, purchase: Purchase) -> None:
    """Keep a new purchase."""
    await tx.execute(_ADD, {"tenant": tx.tenant, **_columns(purchase)})


async def purchase(tx: Transaction, contract_id: UUID, purchase_id: UUID) -> Purchase:
    """One purchase. Raises PurchaseNotFound."""
    return await _one(tx, _ONE, contract_id, purchase_id)


async def lock_purchase(tx: Transaction, contract_id: UUID, purchase_id: UUID) -> Purchase:
    """One purchase, its row locked until the commit. Raises PurchaseNotFound."""
    return await _one(tx, _LOCKED, contract_id, purchase_id)


async def _one(tx: Transaction, query: sa.Select[Any], contract_id: UUID, purchase_id: UUID) -> Purchase:
    key = {"tenant": tx.tenant, "contract_id": contract_id, "key": purchase_id}
    row = (await tx.execute(query, key)).first()
    if row is None:
        raise PurchaseNotFound("there is no such purchase")
    return _purchase(row)


async def save_purchase(tx: Transaction, purchase: Purchase) -> None:
    """Keep a purchase as it has become; its row must be locked."""
    await tx.execute(_SAVE, {"key_tenant": tx.tenant, "key": purchase.id, **_columns(purchase)})


async def purchases_of(tx: Transaction, contract_id: UUID) -> Sequence[Purchase]:
    """The purchases of a contract, oldest first."""
    rows = await tx.execute(_OF_CONTRACT, {"tenant": tx.tenant, "contract_id": contract_id})
    return [_purchase(row) for row in rows]


def _columns(purchase: Purchase) -> dict[str, Any]:
    return {
        "id": purchase.id,
        "contract_id": purchase.contract_id,
        "minutes": purchase.minutes,
        "cents": purchase.cents,
        "validity_months": purchase.validity_months,
        "effective_date": purchase.effective_date,
        "purchased_at": purchase.purchased_at,
        "voided_at": purchase.voided_at,
        "is_void_confirmed": purchase.is_void_confirmed,
        "void_refused": purchase.void_refused,
    }


def _purchase(row: sa.Row[Any]) -> Purchase:
    return Purchase(
        id=row.id,
        contract_id=row.contract_id,
        minutes=row.minutes,
        cents=row.cents,
        validity_months=row.validity_months,
        effective_date=row.effective_date,
        purchased_at=row.purchased_at,
        voided_at=row.voided_at,
        is_void_confirmed=row.is_void_confirmed,
        void_refused=row.void_refused,
    )


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_of_contract: sa.BindParameter[UUID] = sa.bindparam("contract_id", type_=sa.Uuid)
_ADD = sa.insert(purchases)
_OF_CONTRACT = (
    sa.select(purchases)
    .where(purchases.c.tenant == _tenant, purchases.c.contract_id == _of_contract)
    .order_by(purchases.c.id)
)
_ONE = _OF_CONTRACT.where(purchases.c.id == sa.bindparam("key"))
_LOCKED = _ONE.with_for_update()
_SAVE = (
    sa.update(purchases)
    .where(purchases.c.tenant == sa.bindparam("key_tenant"), purchases.c.id == sa.bindparam("key"))
    .values({name: sa.bindparam(name) for name in ("voided_at", "is_void_confirmed", "void_refused")})
)
