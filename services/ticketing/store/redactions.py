"""Secrets that were found in what people wrote: where and by which sign, never what they were (B35)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Instant, Transaction
from shared.errors import NotFound

redactions = sa.Table(
    "redactions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("found_by", sa.Text, nullable=False),
    sa.Column("not_secret_at", Instant),
    sa.Column("not_secret_by", sa.Text),
    sa.Index("redactions_of_ticket", "ticket_id", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A secret that was found: in which field, by which sign, what was done; and who said that it was none."""

    id: UUID
    place: str
    kind: str
    policy: str
    found_at: datetime
    found_by: str
    not_secret_at: datetime | None = None
    not_secret_by: str | None = None


async def add_redactions(tx: Transaction, ticket_id: UUID, several: Sequence[Redaction]) -> None:
    """Keep what was found in one input."""
    own = {"tenant": tx.tenant, "ticket_id": ticket_id}
    await tx.execute(_ADD, [own | {name: getattr(one, name) for name in _FIELDS} for one in several])


async def redactions_of(tx: Transaction, ticket_id: UUID, *, after: UUID, most: int) -> Sequence[Redaction]:
    """What was found in a ticket, the oldest first."""
    rows = await tx.execute(_OF, {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most})
    return [_redaction(row) for row in rows]


async def judge_redaction(tx: Transaction, ticket_id: UUID, redaction_id: UUID) -> Redaction:
    """Keep that somebody said it was no secret; the first who says so is kept. Raises NotFound."""
    own = {"own_tenant": tx.tenant, "own_ticket": ticket_id, "own_id": redaction_id}
    await tx.execute(_JUDGE, own | {"not_secret_at": tx.now, "not_secret_by": tx.actor})
    row = (await tx.execute(_ONE, own)).first()
    if row is None:
        raise NotFound("there is no such redaction in this ticket")
    return _redaction(row)


def _redaction(row: sa.Row[tuple[object, ...]]) -> Redaction:
    return Redaction(**{name: getattr(row, name) for name in _FIELDS})


_FIELDS = tuple(Redaction.__dataclass_fields__)
_ADD = sa.insert(redactions)
_OF = (
    sa.select(redactions)
    .where(
        redactions.c.tenant == sa.bindparam("tenant"),
        redactions.c.ticket_id == sa.bindparam("ticket_id"),
        redactions.c.id > sa.bindparam("after"),
    )
    .order_by(redactions.c.id)
    .limit(sa.bindparam("most"))
)
_ONE = sa.select(redactions).where(
    redactions.c.tenant == sa.bindparam("own_tenant"),
    redactions.c.ticket_id == sa.bindparam("own_ticket"),
    redactions.c.id == sa.bindparam("own_id"),
)
_JUDGE = (
    sa.update(redactions)
    .where(
        redactions.c.tenant == sa.bindparam("own_tenant"),
        redactions.c.ticket_id == sa.bindparam("own_ticket"),
        redactions.c.id == sa.bindparam("own_id"),
        redactions.c.not_secret_at.is_(None),
    )
    .values(not_secret_at=sa.bindparam("not_secret_at"), not_secret_by=sa.bindparam("not_secret_by"))
)
