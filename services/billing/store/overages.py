"""Overage that waits for its invoice, and what of it was reversed before (N20, 2.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import Month, Overage
from services.billing.store.settlement_tables import overage_reversals
from services.billing.store.tables import overages
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was heard of an overage, and the invoice that it is on; None while it waits."""

    overage: Overage
    invoice_id: UUID | None


async def overage(tx: Transaction, overage_id: UUID) -> Noted | None:
    """What was heard of an overage before; its row is locked until the commit."""
    row = (await tx.execute(_OVERAGE, {"tenant": tx.tenant, "key": overage_id})).first()
    return Noted(overage=_overage(row), invoice_id=row.invoice_id) if row else None


async def add_overage(tx: Transaction, overage: Overage) -> None:
    """Let an overage wait for its invoice; a second one of the same id breaks `one_line_per_overage`."""
    row = {
        "id": tx.new_id(),
        "tenant": tx.tenant,
        "overage_id": overage.overage_id,
        "contract_id": overage.contract_id,
        "ticket_id": overage.ticket_id,
        "ticket_number": overage.ticket_number,
        "round": overage.round,
        "minutes": overage.minutes,
        "hour_price_cents": overage.hour_price_cents,
        "cents": overage.cents,
        "month": str(overage.month),
        "accrued_at": overage.accrued_at,
        "heard_at": tx.now,
    }
    await tx.execute(_ADD_OVERAGE, row)


async def waiting_overages(tx: Transaction, contract_id: UUID, *, before: Month, lock: bool) -> Sequence[Overage]:
    """The overage of a contract that is on no invoice yet, of the months before one; `lock`ed for a run."""
    parameters = {"tenant": tx.tenant, "contract_id": contract_id, "before": str(before)}
    rows = await tx.execute(_WAITING_LOCKED if lock else _WAITING, parameters)
    return [_overage(row) for row in rows]


async def note_reversal(tx: Transaction, *, reversal_id: UUID, overage_id: UUID, minutes: int, cents: int) -> bool:
    """Note what came back of an overage; False when it was noted before (invariant 13)."""
    key = {"tenant": tx.tenant, "reversal_id": reversal_id, "overage_id": overage_id}
    if (await tx.execute(_KNOWN_REVERSAL, key)).first() is not None:
        return False
    await tx.execute(_ADD_REVERSAL, {**key, "minutes": minutes, "cents": cents, "heard_at": tx.now})
    return True


async def shrink_overage(tx: Transaction, overage: Overage) -> None:
    """Keep what is left of an overage that waits."""
    row = {
        "key_tenant": tx.tenant,
        "key": overage.overage_id,
        "reversed_minutes": overage.reversed_minutes,
        "reversed_cents": overage.reversed_cents,
    }
    await tx.execute(_SHRINK, row)


async def tie_overages(tx: Transaction, overage_ids: Sequence[UUID], *, invoice_id: UUID | None) -> None:
    """Put overages on an invoice, or let them wait again."""
    if overage_ids:
        rows = [{"key_tenant": tx.tenant, "key": one, "on_invoice": invoice_id} for one in overage_ids]
        await tx.execute(_TIE_OVERAGE, rows)


def _overage(row: sa.Row[Any]) -> Overage:
    return Overage(
        overage_id=row.overage_id,
        contract_id=row.contract_id,
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        round=row.round,
        minutes=row.minutes,
        hour_price_cents=row.hour_price_cents,
        cents=row.cents,
        month=Month.read(row.month),
        accrued_at=row.accrued_at,
        reversed_minutes=row.reversed_minutes,
        reversed_cents=row.reversed_cents,
    )


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_of_contract: sa.BindParameter[UUID] = sa.bindparam("contract_id", type_=sa.Uuid)
_OVERAGE = sa.select(overages).where(overages.c.tenant == _tenant, overages.c.overage_id == _key).with_for_update()
_ADD_OVERAGE = sa.insert(overages)
_WAITING = (
    sa.select(overages)
    .where(
        overages.c.tenant == _tenant,
        overages.c.contract_id == _of_contract,
        overages.c.invoice_id.is_(None),
        overages.c.month < sa.bindparam("before"),
    )
    .order_by(overages.c.overage_id)
)
_WAITING_LOCKED = _WAITING.with_for_update()
_KNOWN_REVERSAL = sa.select(overage_reversals.c.reversal_id).where(
    overage_reversals.c.tenant == _tenant,
    overage_reversals.c.reversal_id == sa.bindparam("reversal_id", type_=sa.Uuid),
    overage_reversals.c.overage_id == sa.bindparam("overage_id", type_=sa.Uuid),
)
_ADD_REVERSAL = sa.insert(overage_reversals)
_SHRINK = (
    sa.update(overages)
    .where(overages.c.tenant == sa.bindparam("key_tenant"), overages.c.overage_id == _key)
    .values(reversed_minutes=sa.bindparam("reversed_minutes"), reversed_cents=sa.bindparam("reversed_cents"))
)
_TIE_OVERAGE = (
    sa.update(overages)
    .where(overages.c.tenant == sa.bindparam("key_tenant"), overages.c.overage_id == _key)
    .values(invoice_id=sa.bindparam("on_invoice"))
)
