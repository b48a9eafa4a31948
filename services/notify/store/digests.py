"""What one recipient had lately, and the letters that are told to them together (N-02)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.notify.domain import DIGEST_MOST_ROWS, Message, State, Template, Traffic
from services.notify.store.messages import message_of
from services.notify.store.tables import messages
from shared.db import Instant, Transaction


async def lock_recipient(tx: Transaction, contact_id: str) -> None:
    """Let nobody else count what this recipient had until the transaction ends; SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        digest = hashlib.blake2b(f"{tx.tenant}\n{contact_id}".encode(), digest_size=8).digest()
        await tx.execute(_LOCK, {"lock": int.from_bytes(digest, signed=True)})


async def read_traffic(tx: Transaction, message: Message, *, since: datetime) -> Traffic:
    """What the recipient of a message had since an instant, and how much of it was like this one."""
    row = (await tx.execute(_TRAFFIC, _like(tx, message) | {"since": since})).one()
    return Traffic(letters=row.letters, alike=row.alike)


async def lock_open_digest(
    tx: Transaction, template: Template, *, contact_id: str, organization_id: UUID | None
) -> Message | None:
    """The digest of a recipient that has not been tried to be sent, locked; `organization_id` None: of whichever."""
    wanted = {"key_tenant": tx.tenant, "key_contact_id": contact_id, "key_template": template}
    if organization_id is None:
        row = (await tx.execute(_OPEN, wanted)).first()
    else:
        row = (await tx.execute(_OPEN_OF_ORGANIZATION, wanted | {"key_organization_id": organization_id})).first()
    return None if row is None else message_of(row)


async def collect(tx: Transaction, message: Message, *, digest_id: UUID) -> int:
    """Put a message that is locked into a digest, with all that are due and like it; how many."""
    values = _like(tx, message) | {"now": tx.now, "into": digest_id}
    return (await tx.execute(_COLLECT, values)).rowcount


async def read_collected(tx: Transaction, digest_id: UUID) -> tuple[list[Message], int]:
    """The oldest letters of a digest, as many as it shows, and how many there are."""
    rows = (await tx.execute(_COLLECTED, {"digest_id": digest_id, "most": DIGEST_MOST_ROWS})).all()
    count = (await tx.execute(_COUNT, {"digest_id": digest_id})).scalar_one()
    return [message_of(row) for row in rows], count


async def last_collected(tx: Transaction, digest_id: UUID) -> Message:
    """The newest letter of a digest: it knows the recipient's present address and language."""
    return message_of((await tx.execute(_LAST, {"digest_id": digest_id})).one())


def _like(tx: Transaction, message: Message) -> dict[str, object]:
    return {
        "key_tenant": tx.tenant,
        "key_contact_id": message.contact_id,
        "key_template": message.template,
        "key_organization_id": message.organization_id,
    }


_RECIPIENT = (messages.c.tenant == sa.bindparam("key_tenant"), messages.c.contact_id == sa.bindparam("key_contact_id"))
_IS_ALIKE = sa.and_(
    messages.c.template == sa.bindparam("key_template"),
    messages.c.organization_id == sa.bindparam("key_organization_id", type_=sa.Uuid),
)
_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("lock", type_=sa.BigInteger)))
_TRAFFIC = sa.select(
    sa.func.count(sa.case((messages.c.attempts > 0, 1))).label("letters"),
    sa.func.count(sa.case((_IS_ALIKE, 1))).label("alike"),
).where(*_RECIPIENT, messages.c.first_attempt_at > sa.bindparam("since", type_=Instant))
_OPEN = (
    sa.select(messages)
    .where(
        *_RECIPIENT,
        messages.c.first_attempt_at.is_(None),
        messages.c.template == sa.bindparam("key_template"),
        messages.c.state == sa.literal(State.WAITING.value),
    )
    .limit(1)
    .with_for_update()
)
_OPEN_OF_ORGANIZATION = _OPEN.where(messages.c.organization_id == sa.bindparam("key_organization_id", type_=sa.Uuid))
_ALIKE_AND_DUE = (
    sa.select(messages.c.position)
    .where(
        *_RECIPIENT,
        _IS_ALIKE,
        messages.c.first_attempt_at.is_(None),
        messages.c.next_attempt_at <= sa.bindparam("now", type_=Instant),
    )
    .with_for_update(skip_locked=True)
)
_COLLECT = (
    sa.update(messages)
    .where(messages.c.position.in_(_ALIKE_AND_DUE.scalar_subquery()))
    .values(
        state=State.COLLECTED.value,
        next_attempt_at=None,
        first_attempt_at=sa.bindparam("now", type_=Instant),
        settled_at=sa.bindparam("now", type_=Instant),
        digest_id=sa.bindparam("into", type_=sa.Uuid),
    )
)
_OF_DIGEST = sa.select(messages).where(messages.c.digest_id == sa.bindparam("digest_id", type_=sa.Uuid))
_COLLECTED = _OF_DIGEST.order_by(messages.c.position).limit(sa.bindparam("most"))
_LAST = _OF_DIGEST.order_by(messages.c.position.desc()).limit(1)
_COUNT = sa.select(sa.func.count()).where(messages.c.digest_id == sa.bindparam("digest_id", type_=sa.Uuid))
