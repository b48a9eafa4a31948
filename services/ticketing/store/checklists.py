"""The steps of tickets' checklists."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.checklists import Step
from services.ticketing.store.tables import metadata
from shared.db import Instant, Transaction

checklist = sa.Table(
    "checklist",
    metadata,
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.Text),
)


async def add_steps(tx: Transaction, ticket_id: UUID, steps: Sequence[Step]) -> None:
    """Keep the steps of a new ticket."""
    for step in steps:
        own = {name: getattr(step, name) for name in _FIELDS}
        await tx.execute(_ADD, own | {"tenant": tx.tenant, "ticket_id": ticket_id})


async def steps_of(tx: Transaction, ticket_id: UUID) -> tuple[Step, ...]:
    """The steps of a ticket in their order; none where it came without a template."""
    rows = await tx.execute(_OF, {"tenant": tx.tenant, "ticket_id": ticket_id})
    return tuple(Step(**{name: getattr(row, name) for name in _FIELDS}) for row in rows)


async def save_step(tx: Transaction, ticket_id: UUID, step: Step) -> None:
    """Keep that a step was done, or was not."""
    own = {"own_tenant": tx.tenant, "own_ticket": ticket_id, "own_position": step.position}
    await tx.execute(_SAVE, own | {"done_at": step.done_at, "done_by": step.done_by})


_FIELDS = tuple(Step.__dataclass_fields__)
_ADD = sa.insert(checklist)
_OF = (
    sa.select(checklist)
    .where(checklist.c.tenant == sa.bindparam("tenant"), checklist.c.ticket_id == sa.bindparam("ticket_id"))
    .order_by(checklist.c.position)
)
_SAVE = (
    sa.update(checklist)
    .where(
        checklist.c.tenant == sa.bindparam("own_tenant"),
        checklist.c.ticket_id == sa.bindparam("own_ticket"),
        checklist.c.position == sa.bindparam("own_position"),
    )
    .values(done_at=sa.bindparam("done_at"), done_by=sa.bindparam("done_by"))
)
