"""The part of a provider's offer that one service owns: a versioned document per tenant, applied whole.

What differs between two providers is data, never code: `ponteiro apply` sends each service its section, the service
keeps it and reads it as the type that it says. Applying the same again changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.db import Instant, Transaction
from shared.errors import NotYet
from shared.outbox import machinery

SectionT = TypeVar("SectionT")

offers = sa.Table(
    "offers",
    machinery,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("applied_at", Instant, nullable=False),
)


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a section did; `version` counts the changes."""

    version: int
    changed: bool


class NoOffer(NotYet):
    """The provider has not applied its offer here yet."""

    status = 404

    rule = "offer"


async def apply(tx: Transaction, section: msgspec.Struct) -> Applied:
    """Keep the tenant's section; the same again changes nothing."""
    document = msgspec.json.encode(section, order="sorted")
    sha256 = hashlib.sha256(document).hexdigest()
    nothing = {"version": 0, "sha256": "", "document": b"", "applied_at": tx.now}
    await tx.execute(_FIRST[tx.dialect], nothing | {"tenant": tx.tenant})
    row = (await tx.execute(_LOCKED, {"tenant": tx.tenant})).one()
    if row.sha256 == sha256:
        return Applied(version=row.version, changed=False)
    values = {"version": row.version + 1, "sha256": sha256, "document": document, "applied_at": tx.now}
    await tx.execute(_NEXT, values | {"key": tx.tenant})
    return Applied(version=row.version + 1, changed=True)


async def current(tx: Transaction, kind: type[SectionT]) -> SectionT:
    """The tenant's section. Raises NoOffer when none was applied."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant})).first()
    if row is None:
        raise NoOffer(f"the provider {tx.tenant!r} has no offer here: apply it first")
    return _read(kind, bytes(row.document), row.sha256)


async def locked(tx: Transaction, kind: type[SectionT]) -> SectionT:
    """The tenant's section, which nobody else changes until this transaction ends. Raises NoOffer."""
    row = (await tx.execute(_LOCKED, {"tenant": tx.tenant})).first()
    if row is None or not row.version:
        raise NoOffer(f"the provider {tx.tenant!r} has no offer here: apply it first")
    return _read(kind, bytes(row.document), row.sha256)


async def of_all(tx: Transaction, kind: type[SectionT]) -> dict[str, SectionT]:
    """Every provider's section, by tenant."""
    rows = await tx.execute(_EVERY)
    return {row.tenant: _read(kind, bytes(row.document), row.sha256) for row in rows if row.version}


def remembered(kind: type[SectionT], sha256: str) -> SectionT | None:
    """The section with this fingerprint when this process has read it before: hot paths spare reading the document."""
    known: SectionT | None = _decoded.get((kind, sha256))
    return known


def _read(kind: type[SectionT], document: bytes, sha256: str) -> SectionT:
    known: SectionT | None = _decoded.get((kind, sha256))
    if known is None:
        known = msgspec.json.decode(document, type=kind)
        _decoded[(kind, sha256)] = known
    return known


_decoded: dict[tuple[type, str], Any] = {}  # few providers, few versions
_ONE = sa.select(offers).where(offers.c.tenant == sa.bindparam("tenant"))
_EVERY = sa.select(offers).order_by(offers.c.tenant)
_LOCKED = _ONE.with_for_update()
# Two may apply the first offer at once: both find a row to lock, and the second one what the first one applied.
_FIRST: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(offers).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(offers).on_conflict_do_nothing(),
}
_NEXT = (
    sa.update(offers)
    .where(offers.c.tenant == sa.bindparam("key"))
    .values(
        version=sa.bindparam("version"),
        sha256=sa.bindparam("sha256"),
        document=sa.bindparam("document"),
        applied_at=sa.bindparam("applied_at"),
    )
)
