"""Files of tickets: what is known of them; their bytes lie outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.files import Attachment, FileState, Held
from services.ticketing.store.tables import metadata, tickets
from shared.db import Instant, Transaction
from shared.errors import NotFound

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("message_id", sa.Uuid),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("removed_at", Instant),
    sa.Column("removed_by", sa.Text),
    sa.Column("removed_reason", sa.Text),
    sa.Column("due_at", Instant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Index("attachments_of_ticket", "ticket_id", "id"),
    sa.Index(
        "attachments_due",
        "due_at",
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFile:
    """A file whose instant has come, whose it is, and when its ticket was closed."""

    tenant: str
    attachment: Attachment
    closed_at: datetime | None


async def add_attachment(tx: Transaction, one: Attachment) -> None:
    """Write a file down, before its bytes are anywhere."""
    await tx.execute(_ADD, {**_values(one), "tenant": tx.tenant})


async def save_attachment(tx: Transaction, before: Attachment, after: Attachment) -> bool:
    """Keep what became of a file; False where it is no longer as `before` has it."""
    own = {"own_tenant": tx.tenant, "own_id": before.id}
    own |= {"own_state": before.state.value, "own_attempts": before.attempts}
    changed = _values(after)
    return (await tx.execute(_SAVE, {**own, **{name: changed[name] for name in _CHANGING}})).rowcount == 1


async def forget_attachment(tx: Transaction, one: Attachment) -> None:
    """Nothing is left of a file that was never kept."""
    await tx.execute(_FORGET, {"tenant": tx.tenant, "id": one.id})


async def attachment_of(tx: Transaction, attachment_id: UUID) -> Attachment:
    """A kept file that may be seen; the caller makes sure of its ticket. Raises NotFound."""
    statement = _ONE if tx.organization_id is None else _PUBLIC_ONE
    row = (await tx.execute(statement, {"tenant": tx.tenant, "id": attachment_id})).first()
    if row is None:
        raise NotFound("there is no such file")
    return _attachment(row)


async def attachments_of(tx: Transaction, ticket_id: UUID, *, after: UUID, most: int) -> Sequence[Attachment]:
    """The kept files of a ticket, the oldest first; customers see the public ones."""
    statement = _OF if tx.organization_id is None else _PUBLIC_OF
    rows = await tx.execute(statement, {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most})
    return [_attachment(row) for row in rows]


async def held(tx: Transaction, ticket_id: UUID) -> Held:
    """How many files a ticket has, and how large they are together."""
    row = (await tx.execute(_HELD, {"tenant": tx.tenant, "ticket_id": ticket_id})).one()
    return Held(files=row.files, total_bytes=int(row.total_bytes or 0))


async def put_into_message(
    tx: Transaction, ticket_id: UUID, several: Sequence[UUID], *, message_id: UUID, public: bool
) -> int:
    """Files that the writer brought into the ticket, and that stand in no message yet, stand in this one; how many."""
    own = {"own_tenant": tx.tenant, "own_ticket": ticket_id, "own_actor": tx.actor}
    changed = [
        await tx.execute(_PUT, {**own, "own_id": one, "message_id": message_id, "public": public}) for one in several
    ]
    return sum(one.rowcount for one in changed)


async def next_file_due(tx: Transaction) -> datetime | None:
    """When a file is to be looked at next."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar()
    return due


async def lock_due_file(tx: Transaction) -> DueFile | None:
    """The file that has been due longest, locked; None when none is."""
    row = (await tx.execute(_DUE, {"now": tx.now})).first()
    return None if row is None else DueFile(tenant=row.tenant, attachment=_attachment(row), closed_at=row.closed_at)


def _values(one: Attachment) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _FIELDS} | {"state": one.state.value}


def _attachment(row: sa.Row[Any]) -> Attachment:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Attachment(**values | {"state": FileState(row.state)})


_FIELDS = tuple(Attachment.__dataclass_fields__)
_CHANGING = ("name", "state", "removed_at", "removed_by", "removed_reason", "due_at", "attempts")
_ADD = sa.insert(attachments)
_SAVE = (
    sa.update(attachments)
    .where(
        attachments.c.tenant == sa.bindparam("own_tenant"),
        attachments.c.id == sa.bindparam("own_id"),
        attachments.c.state == sa.bindparam("own_state"),
        attachments.c.attempts == sa.bindparam("own_attempts"),
    )
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_FORGET = sa.delete(attachments).where(
    attachments.c.tenant == sa.bindparam("tenant"), attachments.c.id == sa.bindparam("id")
)
_KEPT = sa.and_(attachments.c.tenant == sa.bindparam("tenant"), attachments.c.state == sa.literal("kept"))
_ONE = sa.select(attachments).where(_KEPT, attachments.c.id == sa.bindparam("id"))
_PUBLIC_ONE = _ONE.where(attachments.c.public)
_OF = (
    sa.select(attachments)
    .where(_KEPT, attachments.c.ticket_id == sa.bindparam("ticket_id"), attachments.c.id > sa.bindparam("after"))
    .order_by(attachments.c.id)
    .limit(sa.bindparam("most"))
)
_PUBLIC_OF = _OF.where(attachments.c.public)
_HELD = sa.select(sa.func.count().label("files"), sa.func.sum(attachments.c.size_bytes).label("total_bytes")).where(
    _KEPT, attachments.c.ticket_id == sa.bindparam("ticket_id")
)
_PUT = (
    sa.update(attachments)
    .where(
        attachments.c.tenant == sa.bindparam("own_tenant"),
        attachments.c.id == sa.bindparam("own_id"),
        attachments.c.ticket_id == sa.bindparam("own_ticket"),
        attachments.c.added_by == sa.bindparam("own_actor"),
        attachments.c.message_id.is_(None),
        attachments.c.state == sa.literal("kept"),
    )
    .values(message_id=sa.bindparam("message_id"), public=sa.bindparam("public"))
)
_NEXT_DUE = sa.select(sa.func.min(attachments.c.due_at, type_=Instant))
_DUE = (
    sa.select(attachments, tickets.c.closed_at)
    .join(tickets, tickets.c.id == attachments.c.ticket_id)
    .where(attachments.c.due_at <= sa.bindparam("now", type_=Instant))
    .order_by(attachments.c.due_at, attachments.c.id)
    .limit(1)
    .with_for_update(of=attachments, skip_locked=True)
)
