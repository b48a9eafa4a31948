"""When the customers of a run are to be told that it comes: one notice per contract is planned at a time (3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.billing.domain import Month, Notice
from services.billing.store.settlement_tables import run_notices
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A notice that is due, and whose it is."""

    tenant: str
    contract_id: UUID


async def plan_notice(tx: Transaction, contract_id: UUID, notice: Notice | None, *, month: Month) -> None:
    """Keep the next notice of a contract; None: nothing is to be told of this run any more."""
    row = {
        "contract_id": contract_id,
        "tenant": tx.tenant,
        "month": str(month),
        "notice": notice.kind if notice else "none",
        "due_at": notice.at if notice else None,
    }
    await tx.execute(_PLAN[tx.dialect], row)
    if notice is not None:
        tx.falls_due(notice.at)


async def next_notice(tx: Transaction) -> datetime | None:
    """When the next notice of anybody is due."""
    due: datetime | None = (await tx.execute(_NEXT)).scalar_one()
    return due


async def lock_notices(tx: Transaction, *, most: int) -> Sequence[DueNotice]:
    """Some notices that are due, locked; those that another node works on are passed over."""
    rows = await tx.execute(_DUE, {"now": tx.now, "most": most})
    return [DueNotice(tenant=row.tenant, contract_id=row.contract_id) for row in rows]


async def put_notices_off(tx: Transaction, due: Sequence[DueNotice], *, until: datetime) -> None:
    """Let locked notices be due later."""
    if due:
        await tx.execute(_PUT_OFF, {"keys": [one.contract_id for one in due], "until": until})


async def planned_notice(tx: Transaction, contract_id: UUID) -> tuple[Month, str] | None:
    """The month and the kind of the notice that is planned."""
    row = (await tx.execute(_ONE, {"key": contract_id})).first()
    return (Month.read(row.month), row.notice) if row else None


async def note_failure(tx: Transaction, contract_id: UUID, *, month: Month) -> bool:
    """Note that the run of a month failed; False when it was noted before."""
    first = await tx.execute(
        _FIRST_FAILURE[tx.dialect],
        {
            "contract_id": contract_id,
            "tenant": tx.tenant,
            "month": str(month),
            "notice": "none",
            "due_at": None,
            "failed_month": str(month),
        },
    )
    return first.first() is not None


_NEXT = sa.select(sa.func.min(run_notices.c.due_at))
_ONE = sa.select(run_notices).where(run_notices.c.contract_id == sa.bindparam("key"))
_DUE = (
    sa.select(run_notices)
    .where(run_notices.c.due_at <= sa.bindparam("now"))
    .order_by(run_notices.c.tenant, run_notices.c.contract_id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PUT_OFF = (
    sa.update(run_notices)
    .where(run_notices.c.contract_id.in_(sa.bindparam("keys", expanding=True)))
    .values(due_at=sa.bindparam("until"))
)
_PLANNED = ("month", "notice", "due_at")
_inserts: dict[str, Any] = {"postgresql": postgresql.insert(run_notices), "sqlite": sqlite.insert(run_notices)}
_PLAN: dict[str, sa.Executable] = {
    name: insert.on_conflict_do_update(
        index_elements=["contract_id"], set_={column: insert.excluded[column] for column in _PLANNED}
    )
    for name, insert in _inserts.items()
}
_FIRST_FAILURE: dict[str, sa.Executable] = {
    name: insert.on_conflict_do_update(
        index_elements=["contract_id"],
        set_={"failed_month": insert.excluded.failed_month},
        where=run_notices.c.failed_month.is_distinct_from(insert.excluded.failed_month),
    ).returning(run_notices.c.contract_id)
    for name, insert in _inserts.items()
}
