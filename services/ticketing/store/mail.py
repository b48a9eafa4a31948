"""Letters that wait for somebody to look at them, and when their senders were answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.store.people_tables import people
from services.ticketing.store.tables import metadata
from shared.db import Instant, Transaction
from shared.errors import NotFound

quarantine = sa.Table(
    "mail_quarantine",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid),
    sa.Column("received_at", Instant, nullable=False),
    sa.Index("mail_quarantine_of_tenant", "tenant", "id"),
    sa.Index("mail_quarantine_received", "received_at"),
)

# By a digest of the address: whoever was answered within a day is not answered again (5.2).
senders = sa.Table(
    "mail_senders",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("heard_at", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Index("mail_senders_heard", "heard_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A letter of somebody unknown, or for what has ended: `reason` is unknown_sender or ticket_ended."""

    id: UUID
    sender: str
    subject: str
    text: str
    reason: str
    ticket_id: UUID | None
    received_at: datetime


async def person_writing(tx: Transaction, organization_id: UUID, address: str) -> str | None:
    """Who of an organization writes from an address; None where nobody, or more than one, does."""
    rows = (
        await tx.execute(_PERSON, {"tenant": tx.tenant, "organization_id": organization_id, "address": address})
    ).all()
    return rows[0].person_id if len(rows) == 1 else None


async def sender_answered_at(tx: Transaction, digest: str) -> datetime | None:
    """When a sender was answered last; two letters of one sender are heard one after the other."""
    values = {"tenant": tx.tenant, "digest": digest, "heard_at": tx.now}
    answered: datetime | None = (await tx.execute(_HEAR[tx.dialect], values)).scalar_one_or_none()
    return answered


async def note_answered(tx: Transaction, digest: str) -> None:
    """The sender is answered now."""
    await tx.execute(_ANSWERED, {"own_tenant": tx.tenant, "own_digest": digest, "at": tx.now})


async def add_quarantined(tx: Transaction, one: Quarantined) -> None:
    """Keep a letter for somebody to look at."""
    await tx.execute(_ADD, {name: getattr(one, name) for name in _FIELDS} | {"tenant": tx.tenant})


async def quarantined_after(tx: Transaction, after: UUID, *, most: int) -> Sequence[Quarantined]:
    """The letters that wait, the oldest first."""
    return [_read(row) for row in await tx.execute(_LIST, {"tenant": tx.tenant, "after": after, "most": most})]


async def take_quarantined(tx: Transaction, letter_id: UUID) -> Quarantined:
    """A letter that waits, and does no more. Raises NotFound."""
    row = (await tx.execute(_TAKE, {"tenant": tx.tenant, "id": letter_id})).first()
    if row is None:
        raise NotFound("there is no such letter")
    return _read(row)


async def oldest(tx: Transaction) -> datetime | None:
    """When the oldest letter or sender that is still kept was heard, over all tenants."""
    found = [(await tx.execute(statement)).scalar_one_or_none() for statement in _OLDEST]
    return min((at for at in found if at is not None), default=None)


async def forget_before(tx: Transaction, before: datetime) -> int:
    """Forget what was heard before an instant; how much that was."""
    return sum([(await tx.execute(statement, {"before": before})).rowcount for statement in _FORGET])


async def forget_sender(tx: Transaction, address: str, *, digest: str) -> None:
    """Forget the letters of an address that wait, and that it was answered."""
    own = {"own_tenant": tx.tenant, "own_sender": address, "own_digest": digest}
    for statement in _FORGET_SENDER:
        await tx.execute(statement, own)


def _read(row: sa.Row[Any]) -> Quarantined:
    return Quarantined(**{name: getattr(row, name) for name in _FIELDS})


def _hear(insert: Any) -> sa.Executable:
    new = insert(senders)
    kept = new.on_conflict_do_update(index_elements=senders.primary_key, set_={"heard_at": new.excluded.heard_at})
    statement: sa.Executable = kept.returning(senders.c.answered_at)
    return statement


_FIELDS = tuple(Quarantined.__dataclass_fields__)
_PERSON = (
    sa.select(people.c.person_id)
    .where(
        people.c.tenant == sa.bindparam("tenant"),
        people.c.organization_id == sa.bindparam("organization_id"),
        sa.func.lower(people.c.email) == sa.bindparam("address"),
        people.c.active,
    )
    .limit(2)
)
_HEAR = {"postgresql": _hear(postgresql.insert), "sqlite": _hear(sqlite.insert)}
_ANSWERED = (
    sa.update(senders)
    .where(senders.c.tenant == sa.bindparam("own_tenant"), senders.c.digest == sa.bindparam("own_digest"))
    .values(answered_at=sa.bindparam("at"))
)
_ADD = sa.insert(quarantine)
_OWN = quarantine.c.tenant == sa.bindparam("tenant")
_LIST = (
    sa.select(quarantine)
    .where(_OWN, quarantine.c.id > sa.bindparam("after"))
    .order_by(quarantine.c.id)
    .limit(sa.bindparam("most"))
)
_TAKE = sa.delete(quarantine).where(_OWN, quarantine.c.id == sa.bindparam("id")).returning(*quarantine.c)
_OLDEST = (sa.select(sa.func.min(quarantine.c.received_at)), sa.select(sa.func.min(senders.c.heard_at)))
_FORGET_SENDER = (
    sa.delete(quarantine).where(
        quarantine.c.tenant == sa.bindparam("own_tenant"), quarantine.c.sender == sa.bindparam("own_sender")
    ),
    sa.delete(senders).where(
        senders.c.tenant == sa.bindparam("own_tenant"), senders.c.digest == sa.bindparam("own_digest")
    ),
)
_BEFORE = sa.bindparam("before", type_=Instant)
_FORGET = (
    sa.delete(quarantine).where(quarantine.c.received_at < _BEFORE),
    sa.delete(senders).where(senders.c.heard_at < _BEFORE),
)
