"""Time-boxes as they stand, and which of them have been told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Box, Opened
from services.sla.store.tables import timeboxes, timeboxes_told
from shared.calendar.opening import MICROSECONDS
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A time-box of some provider's ticket that is used up."""

    tenant: str
    ticket_id: UUID
    box: str
    ticket_number: int
    contract_id: UUID
    organization_id: UUID
    level: int | None
    timer_id: UUID | None
    at_limit: str
    limit_minutes: int
    reached_at: datetime


async def keep_boxes(tx: Transaction, opened: Opened, boxes: Iterable[Box]) -> list[Limit]:
    """Bring a ticket's time-boxes to what its facts say; answer those that are used up and were not told of yet."""
    await forget_boxes(tx, opened.ticket_id)  # which waits for a job that is about to tell of one
    told = await _told(tx, opened.ticket_id)
    rows = [_row(tx.tenant, opened, box, told=told) for box in boxes if box.begun_at is not None]
    if not rows:
        return []
    await tx.execute(_KEEP, rows)
    dues = [row["due_at"] for row in rows if row["due_at"] is not None]
    if dues:
        tx.falls_due(min(dues))
    return [_limit(row, row["reached_at"]) for row in rows if row["reached_at"] is not None and row["box"] not in told]


async def rows_of(tx: Transaction, opened: Opened, boxes: Iterable[Box]) -> list[dict[str, Any]]:
    """The rows of a ticket's time-boxes, as its facts and what was told of say."""
    told = await _told(tx, opened.ticket_id)
    return [_row(tx.tenant, opened, box, told=told) for box in boxes if box.begun_at is not None]


async def _told(tx: Transaction, ticket_id: UUID) -> dict[str, datetime]:
    """The time-boxes that were told of, and when each was used up."""
    rows = await tx.execute(_TOLD, {"tenant_": tx.tenant, "ticket": ticket_id})
    return {row.box: row.reached_at for row in rows}


async def forget_boxes(tx: Transaction, ticket_id: UUID) -> None:
    """Remove what is derived of a ticket's time-boxes, to derive it again."""
    await tx.execute(_FORGET, {"tenant_": tx.tenant, "ticket": ticket_id})


async def next_limit(tx: Transaction) -> datetime | None:
    """When the next time-box of any ticket of any provider is used up."""
    due: datetime | None = (await tx.execute(_NEXT)).scalar_one()
    return due


async def lock_limits(tx: Transaction, *, most: int) -> list[Limit]:
    """Lock time-boxes of any providers that are used up, earliest first; others take other ones."""
    rows = await tx.execute(_DUE, {"now": tx.now, "most": most})
    return [_limit(row._mapping, row.due_at) for row in rows]  # noqa: SLF001  SQLAlchemy's public name


async def keep_reached(tx: Transaction, limit: Limit) -> None:
    """A time-box that is locked has reached its limit, and is told of: once."""
    address = {"tenant_": limit.tenant, "ticket": limit.ticket_id, "name": limit.box}
    await tx.execute(_REACH, address | {"at": limit.reached_at, "used": limit.limit_minutes * 60})
    row = {"tenant": limit.tenant, "ticket_id": limit.ticket_id, "box": limit.box}
    await tx.execute(_TELL, row | {"reached_at": limit.reached_at, "told_at": tx.now})


def _row(tenant: str, opened: Opened, box: Box, *, told: Mapping[str, datetime]) -> dict[str, Any]:
    reached_at = told.get(box.rule.box)
    return {
        "tenant": tenant,
        "ticket_id": opened.ticket_id,
        "box": box.rule.box,
        "ticket_number": opened.ticket_number,
        "contract_id": opened.contract_id,
        "organization_id": opened.organization_id,
        "level": box.rule.level,
        "timer_id": box.timer_id,
        "at_limit": box.rule.at_limit,
        "limit_minutes": box.rule.limit_minutes,
        "begun_at": box.begun_at,
        # What was told of is used up, whatever came to light later.
        "used_seconds": box.rule.limit_minutes * 60 if reached_at else box.used_microseconds // MICROSECONDS,
        "due_at": None if reached_at else box.due_at,
        "reached_at": reached_at or box.reached_at,
    }


def _limit(row: Mapping[Any, Any], reached_at: datetime) -> Limit:
    names = ("tenant", "ticket_id", "box", "ticket_number", "contract_id", "organization_id")
    others = ("level", "timer_id", "at_limit", "limit_minutes")
    return Limit(**{name: row[name] for name in (*names, *others)}, reached_at=reached_at)


_OF_TICKET = sa.and_(timeboxes.c.tenant == sa.bindparam("tenant_"), timeboxes.c.ticket_id == sa.bindparam("ticket"))
_TOLD = sa.select(timeboxes_told.c.box, timeboxes_told.c.reached_at).where(
    timeboxes_told.c.tenant == sa.bindparam("tenant_"), timeboxes_told.c.ticket_id == sa.bindparam("ticket")
)
_KEEP = sa.insert(timeboxes)
_FORGET = sa.delete(timeboxes).where(_OF_TICKET)
_NEXT = sa.select(sa.func.min(timeboxes.c.due_at)).where(timeboxes.c.due_at.is_not(None))
_DUE = (
    sa.select(timeboxes)
    .where(timeboxes.c.due_at <= sa.bindparam("now"))
    .order_by(timeboxes.c.due_at, timeboxes.c.ticket_id, timeboxes.c.box)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_REACH = (
    sa.update(timeboxes)
    .where(_OF_TICKET, timeboxes.c.box == sa.bindparam("name"))
    .values(due_at=None, reached_at=sa.bindparam("at"), used_seconds=sa.bindparam("used"))
)
_TELL = sa.insert(timeboxes_told)
