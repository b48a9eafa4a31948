"""Lines that wait for the next run of a contract: prorations, purchases, adjustments, refunds, and what was voided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.billing.domain import Pending
from services.billing.store.settlement_tables import pending_lines
from shared.db import Instant, Transaction
from shared.events.billing import InvoiceLine


async def add_pending(tx: Transaction, pending: Pending) -> None:
    """Let a line wait for the next run of its contract; its row must not be known under this cause."""
    row = {
        "id": pending.id,
        "tenant": tx.tenant,
        "contract_id": pending.contract_id,
        "kind": pending.line.kind,
        "cause": pending.cause,
        "line": pending.line,
        "noted_at": tx.now,
        "invoice_id": None,
    }
    await tx.execute(_ADD, row)


async def waiting_lines(tx: Transaction, contract_id: UUID, *, until: datetime, lock: bool) -> Sequence[Pending]:
    """The lines of a contract that are on no invoice yet and came `until` then; locked for a run, not for a look."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "until": until}
    rows = await tx.execute(_WAITING_UNTIL_LOCKED if lock else _WAITING_UNTIL, key)
    return [_pending(row) for row in rows]


async def pending_of(tx: Transaction, contract_id: UUID, *, kind: str, cause: str) -> Pending | None:
    """The line that waits for a cause, locked; None when there is none, or it was invoiced."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "kind": kind, "cause": cause}
    row = (await tx.execute(_OF_CAUSE, key)).first()
    return _pending(row) if row else None


async def drop_pending(tx: Transaction, pending_id: UUID) -> None:
    """Take back a line that waits: it is not to be charged."""
    await tx.execute(_DROP, {"tenant": tx.tenant, "key": pending_id})


async def tie_pending(tx: Transaction, pending: Sequence[Pending], *, invoice_id: UUID) -> None:
    """Put lines that waited on an invoice."""
    if pending:
        rows = [{"key_tenant": tx.tenant, "key": one.id, "on_invoice": invoice_id} for one in pending]
        await tx.execute(_TIE, rows)


def _pending(row: sa.Row[Any]) -> Pending:
    line = msgspec.convert(row.line, InvoiceLine)
    return Pending(id=row.id, contract_id=row.contract_id, cause=row.cause, line=line)


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_of_contract: sa.BindParameter[UUID] = sa.bindparam("contract_id", type_=sa.Uuid)
_ADD = sa.insert(pending_lines)
_WAITING = (
    sa.select(pending_lines)
    .where(
        pending_lines.c.tenant == _tenant,
        pending_lines.c.contract_id == _of_contract,
        pending_lines.c.invoice_id.is_(None),
    )
    .order_by(pending_lines.c.id)
)
_WAITING_UNTIL = _WAITING.where(pending_lines.c.noted_at <= sa.bindparam("until", type_=Instant))
_WAITING_UNTIL_LOCKED = _WAITING_UNTIL.with_for_update()
_OF_CAUSE = _WAITING.with_for_update().where(
    pending_lines.c.kind == sa.bindparam("kind"), pending_lines.c.cause == sa.bindparam("cause")
)
_DROP = sa.delete(pending_lines).where(pending_lines.c.tenant == _tenant, pending_lines.c.id == sa.bindparam("key"))
_TIE = (
    sa.update(pending_lines)
    .where(pending_lines.c.tenant == sa.bindparam("key_tenant"), pending_lines.c.id == sa.bindparam("key"))
    .values(invoice_id=sa.bindparam("on_invoice"))
)
