"""Same key, same answer: the answer to a write is stored in the transaction of its effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from shared.db import Instant, Transaction
from shared.errors import Refused
from shared.outbox import machinery

KEY_MOST_CHARACTERS = 200

idempotency_keys = sa.Table(
    "idempotency_keys",
    machinery,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("answered_at", Instant, nullable=False, index=True),
)


class IdempotencyKeyReused(Refused):
    """The key came with another request before."""

    status = 422


class StillRunning(Refused):
    """The first request with this key has not been answered yet."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An answer that was given: `headers` as they were sent, JSON."""

    status: int
    headers: bytes
    body: bytes


class Replay(Exception):
    """The key is known: the stored answer is given again."""

    def __init__(self, stored: Stored) -> None:
        """Carry the stored answer."""
        super().__init__()
        self.stored = stored


def fingerprint_of(method: str, path: str, query: bytes, body: bytes) -> bytes:
    """What makes a request itself."""
    parts = b"\n".join((method.encode(), path.encode(), query, body))
    return hashlib.sha256(parts).digest()


async def recall(tx: Transaction, *, key: str, fingerprint: bytes) -> Stored | None:
    """The answer given to this key, None when it is new.

    Raises IdempotencyKeyReused for another request, StillRunning while the first one runs.
    """
    address = {"tenant": tx.tenant, "subject": tx.actor, "key": key}
    if tx.dialect == "postgresql":
        digest = hashlib.blake2b("\n".join(address.values()).encode(), digest_size=8).digest()
        lock = int.from_bytes(digest, signed=True)
        row = (await tx.execute(_LOCK_AND_RECALL, address | {"lock": lock})).one()
        if not row.locked:
            raise StillRunning("the first request with this Idempotency-Key is still running", field="Idempotency-Key")
        if row.status is None:
            return None
    else:
        found = (await tx.execute(_RECALL, address)).first()
        if found is None:
            return None
        row = found
    if bytes(row.fingerprint) != fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was used for another request", field="Idempotency-Key")
    return Stored(status=row.status, headers=bytes(row.headers), body=bytes(row.body))


async def remember(tx: Transaction, *, key: str, fingerprint: bytes, answer: Stored) -> None:
    """Store the answer; a second request that raced past `recall` breaks the primary key and is rolled back."""
    await tx.execute(
        _REMEMBER,
        {
            "tenant": tx.tenant,
            "subject": tx.actor,
            "key": key,
            "fingerprint": fingerprint,
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.body,
            "answered_at": tx.now,
        },
    )


_RECALL = sa.select(idempotency_keys).where(
    idempotency_keys.c.tenant == sa.bindparam("tenant"),
    idempotency_keys.c.subject == sa.bindparam("subject"),
    idempotency_keys.c.key == sa.bindparam("key"),
)
_LOCK_AND_RECALL = sa.text(
    """
    SELECT mine.locked, stored.fingerprint, stored.status, stored.headers, stored.body
    FROM (SELECT pg_try_advisory_xact_lock(:lock) AS locked) AS mine
    LEFT JOIN idempotency_keys AS stored
           ON stored.tenant = :tenant AND stored.subject = :subject AND stored.key = :key
    """
)
_REMEMBER = sa.insert(idempotency_keys)
