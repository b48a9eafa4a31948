"""Who writes in the channels, and what was answered to each message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain.channels import Contact, Decision
from services.ticketing.store.channel_tables import channel_contacts, channel_messages
from services.ticketing.store.tables import tickets
from shared.db import Instant, Transaction

FORGET_MOST = 500  # in one transaction of the job


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a message, and the words to answer it with; none: nothing is answered."""

    decision: Decision
    ticket_id: UUID | None
    reply_text: str


async def contact_of(tx: Transaction, channel: str, channel_user_id: str) -> Contact | None:
    """Who writes under an id, locked: two messages of one sender are heard one after the other."""
    values = {"tenant": tx.tenant, "channel": channel, "channel_user_id": channel_user_id}
    row = (await tx.execute(_CONTACT, values)).first()
    return None if row is None else Contact(**{name: getattr(row, name) for name in _OF_CONTACT})


async def keep_contact(tx: Transaction, contact: Contact) -> None:
    """Remember who writes under an id, or when they were answered."""
    values = {name: getattr(contact, name) for name in _OF_CONTACT}
    await tx.execute(_KEEP[tx.dialect], values | {"tenant": tx.tenant})


async def answer_of(tx: Transaction, channel: str, external_id: str) -> Answer | None:
    """What was answered to a message, None when it was not heard yet."""
    values = {"tenant": tx.tenant, "channel": channel, "external_id": external_id}
    row = (await tx.execute(_ANSWER, values)).first()
    if row is None:
        return None
    return Answer(decision=Decision(row.decision), ticket_id=row.ticket_id, reply_text=row.reply_text)


async def keep_answer(tx: Transaction, channel: str, external_id: str, answer: Answer) -> None:
    """Remember what was answered."""
    values = {"tenant": tx.tenant, "channel": channel, "external_id": external_id, "heard_at": tx.now}
    own = {"decision": answer.decision.value, "ticket_id": answer.ticket_id, "reply_text": answer.reply_text}
    await tx.execute(_ADD, values | own)


async def oldest_answer(tx: Transaction) -> datetime | None:
    """When the oldest message whose answer is kept was heard, over all tenants."""
    heard: datetime | None = (await tx.execute(_OLDEST)).scalar_one_or_none()
    return heard


async def forget_answers(tx: Transaction, *, before: datetime) -> int:
    """Forget some messages that were heard before an instant; how many."""
    return (await tx.execute(_FORGET, {"before": before, "most": FORGET_MOST})).rowcount


async def ticket_with(tx: Transaction, organization_id: UUID, number: int) -> UUID | None:
    """The ticket of an organization with a number."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "number": number}
    found: UUID | None = (await tx.execute(_NUMBERED, values)).scalar_one_or_none()
    return found


def _upsert(insert: Any) -> sa.Executable:
    new = insert(channel_contacts)
    changed = {name: new.excluded[name] for name in ("person_id", "organization_id", "contract_id", "answered_at")}
    statement: sa.Executable = new.on_conflict_do_update(index_elements=channel_contacts.primary_key, set_=changed)
    return statement


_OF_CONTACT = tuple(Contact.__dataclass_fields__)
_CONTACT = (
    sa.select(channel_contacts)
    .where(
        channel_contacts.c.tenant == sa.bindparam("tenant"),
        channel_contacts.c.channel == sa.bindparam("channel"),
        channel_contacts.c.channel_user_id == sa.bindparam("channel_user_id"),
    )
    .with_for_update()
)
_KEEP = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
_ANSWER = sa.select(channel_messages).where(
    channel_messages.c.tenant == sa.bindparam("tenant"),
    channel_messages.c.channel == sa.bindparam("channel"),
    channel_messages.c.external_id == sa.bindparam("external_id"),
)
_ADD = sa.insert(channel_messages)
_OLDEST = sa.select(sa.func.min(channel_messages.c.heard_at, type_=Instant))
_KEY = tuple(channel_messages.primary_key)
_FORGET = sa.delete(channel_messages).where(
    sa.tuple_(*_KEY).in_(
        sa.select(*_KEY)
        .where(channel_messages.c.heard_at < sa.bindparam("before", type_=Instant))
        .order_by(channel_messages.c.heard_at)
        .limit(sa.bindparam("most"))
    )
)
_NUMBERED = sa.select(tickets.c.id).where(
    tickets.c.tenant == sa.bindparam("tenant"),
    tickets.c.organization_id == sa.bindparam("organization_id"),
    tickets.c.number == sa.bindparam("number"),
)
