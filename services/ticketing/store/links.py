"""Tickets that have to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.store.tables import links, tickets
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From one ticket, another one: `kind` is relates, follows, split or merged. `outward`: it was linked from here."""

    other_id: UUID
    other_number: int
    other_status: str
    kind: str
    outward: bool
    linked_at: datetime
    linked_by: str


async def add_link(tx: Transaction, ticket_id: UUID, other_id: UUID, *, kind: str) -> bool:
    """Keep that two tickets have to do with each other; whether that was new."""
    values = {"tenant": tx.tenant, "ticket_id": ticket_id, "other_id": other_id, "kind": kind}
    kept = await tx.execute(_ADD[tx.dialect], {**values, "linked_at": tx.now, "linked_by": tx.actor})
    return kept.rowcount == 1


async def links_of(tx: Transaction, ticket_id: UUID) -> Sequence[Link]:
    """The tickets that one has to do with, the oldest link first; a customer's own organization's only."""
    rows = await tx.execute(_OF_TICKET, {"tenant": tx.tenant, "ticket_id": ticket_id})
    own = [row for row in rows if tx.organization_id in (None, row.organization_id)]
    return [Link(**{name: getattr(row, name) for name in _LINK}) for row in own]


def _from(here: sa.Column[UUID], there: sa.Column[UUID], *, outward: bool) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            tickets.c.id.label("other_id"),
            tickets.c.number.label("other_number"),
            tickets.c.status.label("other_status"),
            tickets.c.organization_id,
            links.c.kind,
            sa.literal(outward, sa.Boolean).label("outward"),
            links.c.linked_at,
            links.c.linked_by,
        )
        .select_from(links.join(tickets, tickets.c.id == there))
        .where(links.c.tenant == sa.bindparam("tenant"), here == sa.bindparam("ticket_id"))
    )


_LINK = tuple(Link.__dataclass_fields__)
_ADD = {
    "postgresql": postgresql.insert(links).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(links).on_conflict_do_nothing(),
}
_OF_TICKET = sa.union_all(
    _from(links.c.ticket_id, links.c.other_id, outward=True),
    _from(links.c.other_id, links.c.ticket_id, outward=False),
).order_by("linked_at", "other_number")
