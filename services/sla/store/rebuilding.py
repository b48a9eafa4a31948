"""What is kept of tickets beside their facts, looked at row by row and put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Box, Opened
from services.sla.store import tables
from services.sla.store.timeboxes import rows_of
from shared.db import Transaction

AT_ONCE_TICKETS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A ticket that was opened, of some provider."""

    tenant: str
    ticket_id: UUID


async def tickets_after(tx: Transaction, last: Known | None) -> list[Known]:
    """The next tickets of all providers, by provider and id."""
    place = {"after_tenant": last.tenant if last else "", "after_ticket": last.ticket_id if last else UUID(int=0)}
    rows = await tx.execute(_TICKETS, place | {"most": AT_ONCE_TICKETS})
    return [Known(tenant=row.tenant, ticket_id=row.ticket_id) for row in rows]


async def clocks(tx: Transaction, ticket_id: UUID) -> dict[UUID, dict[str, Any]]:
    """The rows of a ticket's clocks."""
    rows = await tx.execute(_CLOCKS, {"tenant_": tx.tenant, "ticket": ticket_id})
    return {row["id"]: dict(row) for row in rows.mappings()}


async def boxes(tx: Transaction, ticket_id: UUID) -> dict[str, dict[str, Any]]:
    """The rows of a ticket's time-boxes."""
    rows = await tx.execute(_BOXES, {"tenant_": tx.tenant, "ticket": ticket_id})
    return {row["box"]: dict(row) for row in rows.mappings()}


async def wanted_boxes(tx: Transaction, opened: Opened, folded: Iterable[Box]) -> dict[str, dict[str, Any]]:
    """The rows of a ticket's time-boxes as they should be."""
    return {row["box"]: row for row in await rows_of(tx, opened, folded)}


async def put_clock(tx: Transaction, clock_id: UUID, row: Mapping[str, Any] | None, *, is_new: bool) -> None:
    """Bring the row of a clock to what it should be; None: there is no such clock."""
    if row is None:
        await tx.execute(_DROP, {"tenant_": tx.tenant, "clock": clock_id})
        return
    await tx.execute(_ADD if is_new else _PUT, {f"new_{name}": value for name, value in row.items()})
    if row["next_due_at"] is not None:
        tx.falls_due(row["next_due_at"])


_TICKETS = (
    sa.select(tables.facts.c.tenant, tables.facts.c.ticket_id)
    .where(
        tables.facts.c.number == 1,
        sa.tuple_(tables.facts.c.tenant, tables.facts.c.ticket_id)
        > sa.tuple_(sa.bindparam("after_tenant", type_=sa.Text), sa.bindparam("after_ticket", type_=sa.Uuid)),
    )
    .order_by(tables.facts.c.tenant, tables.facts.c.ticket_id)
    .limit(sa.bindparam("most"))
)
_CLOCKS = sa.select(tables.clocks).where(
    tables.clocks.c.tenant == sa.bindparam("tenant_"), tables.clocks.c.ticket_id == sa.bindparam("ticket")
)
_BOXES = sa.select(tables.timeboxes).where(
    tables.timeboxes.c.tenant == sa.bindparam("tenant_"), tables.timeboxes.c.ticket_id == sa.bindparam("ticket")
)
_MINE = sa.and_(tables.clocks.c.tenant == sa.bindparam("tenant_"), tables.clocks.c.id == sa.bindparam("clock"))
_DROP = sa.delete(tables.clocks).where(_MINE)
_NEW: dict[str, sa.BindParameter[Any]] = {column.name: sa.bindparam(f"new_{column.name}") for column in tables.clocks.c}
_ADD = sa.insert(tables.clocks).values(_NEW)
_PUT = (
    sa.update(tables.clocks)
    .where(tables.clocks.c.tenant == sa.bindparam("new_tenant"), tables.clocks.c.id == sa.bindparam("new_id"))
    .values({name: value for name, value in _NEW.items() if name != "id"})
)
