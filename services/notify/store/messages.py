"""Messages: written once per fact and recipient, found by who may read them, taken one at a time to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.notify.domain import Audience, Invitation, Message, State, Template
from services.notify.store.tables import messages, per_dialect
from shared.db import Instant, Transaction

FORGET_MOST_MESSAGES = 500  # in one transaction of the job
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
    contact_id: str | None = None
    digest_id: UUID | None = None
    template: Template | None = None
    state: State | None = None


async def add_message(tx: Transaction, message: Message) -> None:
    """Write a message, once per fact, recipient and template: a second time changes nothing."""
    values = {"tenant": tx.tenant} | {name: getattr(message, name) for name in _COLUMNS}
    values["invitation"] = msgspec.to_builtins(message.invitation)
    await tx.execute(_ADD[tx.dialect], values)


async def find_message(tx: Transaction, message_id: UUID) -> Message | None:
    """A message of the tenant; for a customer only one that was meant for their own organization."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "message_id": message_id})).first()
    if row is None:
        return None
    own = row.organization_id == tx.organization_id and row.audience == Audience.CUSTOMER
    return message_of(row) if own or tx.organization_id is None else None


async def read_messages(tx: Transaction, filters: Filters, *, before: int, limit: int) -> list[Placed]:
    """Messages from the newest on, older than position `before`; for a customer their own organization's."""
    given = {
        "ticket_id": filters.ticket_id,
        "contract_id": filters.contract_id,
        "contact_id": filters.contact_id,
        "digest_id": filters.digest_id,
        "template": filters.template,
        "state": filters.state,
        "organization_id": tx.organization_id,
        "audience": Audience.CUSTOMER if tx.organization_id else None,
    }
    bound = {name: value for name, value in given.items() if value is not None}
    rows = await tx.execute(_page(frozenset(bound)), bound | {"tenant": tx.tenant, "before": before, "most": limit})
    return [Placed(position=row.position, message=message_of(row)) for row in rows]


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
    return None if row is None else (row.tenant, message_of(row))


async def save_message(tx: Transaction, message: Message) -> None:
    """Write what became of a message that is locked."""
    key = {"key_tenant": tx.tenant, "key_id": message.message_id}
    await tx.execute(_SAVE, key | {name: getattr(message, name) for name in _CHANGING})


async def settle_message(tx: Transaction, leased: Message, message: Message) -> bool:
    """Write what became of a message that was leased; False when somebody else has it since."""
    key = {"key_tenant": tx.tenant, "key_id": message.message_id, "key_attempts": leased.attempts}
    values = key | {name: getattr(message, name) for name in _CHANGING}
    return (await tx.execute(_SETTLE, values)).rowcount == 1


async def save_words(tx: Transaction, digest: Message) -> None:
    """Write the words of a digest that is locked, and to whom it goes."""
    key = {"key_tenant": tx.tenant, "key_id": digest.message_id}
    await tx.execute(_SAVE_WORDS, key | {name: getattr(digest, name) for name in _WORDS})


async def oldest_settled(tx: Transaction) -> datetime | None:
    """When the oldest message that waits for nothing was written, over all tenants."""
    written: datetime | None = (await tx.execute(_OLDEST_SETTLED)).scalar_one_or_none()
    return written


async def forget_messages(tx: Transaction, *, before: datetime) -> int:
    """Take away messages that were written before an instant and wait for nothing; how many."""
    return (await tx.execute(_FORGET, {"before": before, "most": FORGET_MOST_MESSAGES})).rowcount


async def redact_messages(tx: Transaction, *, contact_id: str, mark: str) -> int:
    """Put `mark` where a person's name and words stood; what waited for them is not sent any more. How many."""
    own = {"key_tenant": tx.tenant, "key_contact": contact_id}
    await tx.execute(_STOP, own | {"now": tx.now})
    return (await tx.execute(_REDACT, own | {"mark": mark})).rowcount


async def put_off(tx: Transaction, *, until: datetime) -> None:
    """Let everything that is due, of all tenants, wait until `until`: they share the server that is away."""
    await tx.execute(_PUT_OFF, {"now": tx.now, "until": until})


async def measure(tx: Transaction) -> tuple[int, datetime | None]:
    """How many messages of all tenants wait to be sent, and since when the oldest does."""
    row = (await tx.execute(_MEASURE)).one()
    return row.waiting, row.oldest


def message_of(row: sa.Row[Any]) -> Message:
    """A row of the table as the message that it is."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["template"] = Template(row.template)
    values["audience"] = Audience(row.audience)
    values["state"] = State(row.state)
    values["reference_ids"] = tuple(row.reference_ids)
    values["invitation"] = msgspec.convert(row.invitation, Invitation | None)
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
_WORDS = ("to_name", "to_email", "locale", "subject", "body", "next_attempt_at")
_SAVE_WORDS = (
    sa.update(messages)
    .where(messages.c.tenant == sa.bindparam("key_tenant"), messages.c.message_id == sa.bindparam("key_id"))
    .values({name: sa.bindparam(name) for name in _WORDS})
)
_SETTLE = _SAVE.where(
    messages.c.attempts == sa.bindparam("key_attempts"), messages.c.state == sa.literal(State.WAITING.value)
)
_SETTLED = messages.c.next_attempt_at.is_(None)
_OLDEST_SETTLED = sa.select(messages.c.written_at).where(_SETTLED).order_by(messages.c.position).limit(1)
_FORGET = sa.delete(messages).where(
    messages.c.position.in_(
        sa.select(messages.c.position)
        .where(_SETTLED, messages.c.written_at < sa.bindparam("before", type_=Instant))
        .order_by(messages.c.position)
        .limit(sa.bindparam("most"))
    )
)
_OF_CONTACT = (
    messages.c.tenant == sa.bindparam("key_tenant"),
    messages.c.contact_id == sa.bindparam("key_contact"),
)
_STOP = (
    sa.update(messages)
    .where(*_OF_CONTACT, messages.c.next_attempt_at.is_not(None))
    .values(
        state=State.FAILED.value,
        next_attempt_at=None,
        settled_at=sa.bindparam("now", type_=Instant),
        error="anonymised",
    )
)
_REDACT = (
    sa.update(messages)
    .where(*_OF_CONTACT)
    .values(
        to_name=sa.bindparam("mark", type_=sa.Text),
        to_email="",
        body=sa.bindparam("mark", type_=sa.Text),
    )
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
