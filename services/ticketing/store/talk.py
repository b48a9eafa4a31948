"""What was said in a ticket, and what was done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.store.searching import add_words
from services.ticketing.store.tables import history, messages
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something written in a ticket; `author_role` is customer, staff or system. Internal notes are not public.

    `version` is the ticket's after it: messages are in its order. `html` is the same words with harmless formatting.
    """

    id: UUID
    author_id: str
    author_role: str
    public: bool
    automatic: bool
    asks_customer: bool
    text: str
    posted_at: datetime
    version: int
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An act in the life of a ticket: the version and status after it, what changed from what to what, and why.

    Customers see the public ones.
    """

    version: int
    act: str
    status: str
    old_value: str | None = None
    new_value: str | None = None
    reason: str | None = None
    public: bool = True
    acted_at: datetime
    acted_by: str


async def add_message(tx: Transaction, ticket_id: UUID, message: Message) -> None:
    """Keep a message."""
    values = {name: getattr(message, name) for name in _MESSAGE}
    await tx.execute(_ADD_MESSAGE, {**values, "tenant": tx.tenant, "ticket_id": ticket_id})
    await add_words(tx, ticket_id, message.text, public=message.public)


async def messages_of(tx: Transaction, ticket_id: UUID, *, after: int, most: int) -> Sequence[Message]:
    """The messages of a ticket from the oldest on, after a version; customers see the public ones."""
    statement = _MESSAGES if tx.organization_id is None else _PUBLIC_MESSAGES
    values = {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most}
    return [_message(row) for row in await tx.execute(statement, values)]


async def write_history(tx: Transaction, ticket_id: UUID, entry: Entry) -> None:
    """Write down an act."""
    values = {name: getattr(entry, name) for name in _ENTRY}
    await tx.execute(_WRITE, {**values, "tenant": tx.tenant, "ticket_id": ticket_id})


async def history_of(tx: Transaction, ticket_id: UUID, *, after: int, most: int) -> Sequence[Entry]:
    """The acts of a ticket from the first on, after a version; customers see the public ones."""
    statement = _HISTORY if tx.organization_id is None else _PUBLIC_HISTORY
    values = {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most}
    return [_entry(row) for row in await tx.execute(statement, values)]


def _message(row: sa.Row[Any]) -> Message:
    return Message(**{name: getattr(row, name) for name in _MESSAGE})


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _ENTRY})


_MESSAGE = tuple(Message.__dataclass_fields__)
_ENTRY = tuple(Entry.__dataclass_fields__)
_ADD_MESSAGE = sa.insert(messages)
_MESSAGES = (
    sa.select(messages)
    .where(
        messages.c.tenant == sa.bindparam("tenant"),
        messages.c.ticket_id == sa.bindparam("ticket_id"),
        messages.c.version > sa.bindparam("after"),
    )
    .order_by(messages.c.version)
    .limit(sa.bindparam("most"))
)
_PUBLIC_MESSAGES = _MESSAGES.where(messages.c.public)
_WRITE = sa.insert(history)
_HISTORY = (
    sa.select(history)
    .where(
        history.c.tenant == sa.bindparam("tenant"),
        history.c.ticket_id == sa.bindparam("ticket_id"),
        history.c.version > sa.bindparam("after"),
    )
    .order_by(history.c.version)
    .limit(sa.bindparam("most"))
)
_PUBLIC_HISTORY = _HISTORY.where(history.c.public)
