"""The evidence of approvals: who said what, when, by which way, from where, and what exactly was shown (2.4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Instant, Transaction

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("estimate_id", sa.Uuid, nullable=False),
    sa.Column("estimate_number", sa.Integer, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("address_digest", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Index("approvals_of_ticket", "ticket_id", "id"),
    sa.Index(
        "approvals_with_origin",
        "decided_at",
        postgresql_where=sa.text("address_digest IS NOT NULL OR user_agent IS NOT NULL"),
        sqlite_where=sa.text("address_digest IS NOT NULL OR user_agent IS NOT NULL"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One answer, and what is kept of it; the origin is forgotten after a while."""

    id: UUID
    ticket_id: UUID
    estimate_id: UUID
    estimate_number: int
    decision: str
    channel: str
    decided_at: datetime
    decided_by: str
    reason: str | None
    text: str
    address_digest: str | None
    user_agent: str | None


async def add_approval(tx: Transaction, one: Approval) -> None:
    """Keep an answer."""
    await tx.execute(_ADD, {"tenant": tx.tenant} | {name: getattr(one, name) for name in _FIELDS})


async def approvals_of(tx: Transaction, ticket_id: UUID, *, after: UUID, most: int) -> Sequence[Approval]:
    """The answers to a ticket's estimates, the oldest first."""
    rows = await tx.execute(_OF, {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most})
    return [Approval(**{name: getattr(row, name) for name in _FIELDS}) for row in rows]


async def next_origin(tx: Transaction) -> datetime | None:
    """When the oldest answer was given whose origin is still kept, over all tenants."""
    oldest: datetime | None = (await tx.execute(_OLDEST)).scalar_one_or_none()
    return oldest


async def forget_origins(tx: Transaction, *, before: datetime) -> int:
    """Forget the origins of answers given before an instant; how many they were."""
    return (await tx.execute(_FORGET, {"before": before})).rowcount


_FIELDS = tuple(Approval.__dataclass_fields__)
_ADD = sa.insert(approvals)
_OF = (
    sa.select(approvals)
    .where(
        approvals.c.tenant == sa.bindparam("tenant"),
        approvals.c.ticket_id == sa.bindparam("ticket_id"),
        approvals.c.id > sa.bindparam("after"),
    )
    .order_by(approvals.c.id)
    .limit(sa.bindparam("most"))
)
_HAS_ORIGIN = sa.or_(approvals.c.address_digest.is_not(None), approvals.c.user_agent.is_not(None))
_OLDEST = sa.select(approvals.c.decided_at).where(_HAS_ORIGIN).order_by(approvals.c.decided_at).limit(1)
_FORGET = (
    sa.update(approvals)
    .where(_HAS_ORIGIN, approvals.c.decided_at < sa.bindparam("before", type_=Instant))
    .values(address_digest=None, user_agent=None)
)
