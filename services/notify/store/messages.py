"""Messages: written once per fact and recipient, found by who may read them, taken one at a time to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notify.domain import Audience, Message, State, Template
from services.notify.store.tables import messages, per_dialect
from shared.db import Transaction

THREAD_MOST_IDS = 8  # References stays under the 998 octets that a line may have (RFC 5322)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A message with its position, by which a list goes on."""

    position: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; None narrows nothing."""

    ticket_id: UUID | None = None
    contract_id: UUID | None = None
    template: Template | None = None
    state: State | None = None


async def add_message(tx: Transaction, message: Message) -> None:
    """Write a message, once per fact, recipient and template: a second time changes nothing."""
    await tx.execute(_ADD[tx.dialect], {"tenant": tx.tenant} | {name: getattr(message, name) for name in _COLUMNS})


async def find_message(tx: Transaction, message_id: UUID) -> Message | None:
    """A message of the tenant; for a customer only one that was meant for their own organization."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "message_id": message_id})).first()
    if row is None:
        return None
    own = row.organization_id == tx.organization_id and row.audience == Audience.CUSTOMER
    return _message(row) if own or tx.organization_id is None else None


async def read_messages(tx: Transaction, filters: Filters, *, before: int, limit: int) -> list[Placed]:
    """Messages from the newest on, older than position `before`; for a customer their own organization's."""
    given = {
        "ticket_id": filters.ticket_id,
        "contract_id": filters.contract_id,
        "template": filters.template,
        "state": filters.state,
        "organization_id": tx.organization_id,
        "audience": Audience.CUSTOMER if tx.organization_id else None,
    }
    bound = {name: value for name, value in given.items() if value is not None}
    rows = await tx.execute(_page(frozenset(bound)), bound | {"tenant": tx.tenant, "before": before, "most": limit})
    return [Placed(position=row.position, message=_message(row)) for row in rows]


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement per combination of filters, built once: a plan of its own for each."""
    page = sa.select(messages).where(
        messages.c.tenant == sa.bindparam("tenant"), messages.c.position < sa.bindparam("before")
    )
    for name in sorted(filters):
        page = page.where(messages.c[name] == sa.bindparam(name))
    return page.order_by(messages.c.position.desc()).limit(sa.bindparam("most"))


async def read_thread(tx: Transaction, *, ticket_id: UUID, contact_id: str) -> tuple[str, ...]:
    """The Message-IDs of the latest messages to a recipient about a ticket, oldest first."""
    wanted = {"tenant": tx.tenant, "ticket_id": ticket_id, "contact_id": contact_id, "most": THREAD_MOST_IDS}
    latest = (await tx.execute(_THREAD, wanted)).scalars().all()
    return tuple(reversed(latest))


async def next_due(tx: Transaction) -> datetime | None:
    """When the next message of any tenant is to be sent."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return due


async def lock_next(tx: Transaction) -> tuple[str, Message] | None:
    """The message of any tenant that has been due longest, with its tenant, locked until the transaction ends."""
    row = (await tx.execute(_NEXT, {"now": tx.now})).first()
    return None if row is None else (row.tenant, _message(row))


async def save_message(tx: Transaction, message: Message) -> None:
    """Write what became of a message that is locked."""
    key = {"key_tenant": tx.tenant, "key_id": message.message_id}
    await tx.execute(_SAVE, key | {name: getattr(message, name) for name in _CHANGING})


async def put_off(tx: Transaction, *, until: datetime) -> None:
    """Let everything that is due, of all tenants, wait until `until`: they share the server that is away."""
    await tx.execute(_PUT_OFF, {"now": tx.now, "until": until})


async def measure(tx: Transaction) -> tuple[int, datetime | None]:
    """How many messages of all tenants wait to be sent, and since when the oldest does."""
    row = (await tx.execute(_MEASURE)).one()
    return row.waiting, row.oldest


def _message(row: sa.Row[Any]) -> Message:
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["template"] = Template(row.template)
    values["audience"] = Audience(row.audience)
    values["state"] = State(row.state)
    values["reference_ids"] = tuple(row.reference_ids)
    return Message(**values)


_COLUMNS = tuple(column.name for column in messages.columns if column.name not in ("position", "tenant"))
_CHANGING = ("state", "attempts", "first_attempt_at", "next_attempt_at", "settled_at", "error")

_ADD = per_dialect(lambda insert: insert(messages).on_conflict_do_nothing())
_ONE = sa.select(messages).where(
    messages.c.tenant == sa.bindparam("tenant"), messages.c.message_id == sa.bindparam("message_id")
)
_THREAD = (
    sa.select(messages.c.header_id)
    .where(
        messages.c.tenant == sa.bindparam("tenant"),
        messages.c.ticket_id == sa.bindparam("ticket_id"),
        messages.c.contact_id == sa.bindparam("contact_id"),
    )
    .order_by(messages.c.position.desc())
    .limit(sa.bindparam("most"))
)
_NEXT_DUE = sa.select(sa.func.min(messages.c.next_attempt_at)).where(messages.c.next_attempt_at.is_not(None))
_NEXT = (
    sa.select(messages)
    .where(messages.c.next_attempt_at <= sa.bindparam("now"))
    .order_by(messages.c.next_attempt_at, messages.c.position)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_SAVE = (
    sa.update(messages)
    .where(messages.c.tenant == sa.bindparam("key_tenant"), messages.c.message_id == sa.bindparam("key_id"))
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_DUE = (
    sa.select(messages.c.position)
    .where(messages.c.next_attempt_at <= sa.bindparam("now"))
    .order_by(messages.c.position)
    .with_for_update(skip_locked=True)
)
_PUT_OFF = (
    sa.update(messages)
    .where(messages.c.position.in_(_DUE.scalar_subquery()))
    .values(next_attempt_at=sa.bindparam("until"))
)
_MEASURE = sa.select(sa.func.count().label("waiting"), sa.func.min(messages.c.written_at).label("oldest")).where(
    messages.c.next_attempt_at.is_not(None)
)
