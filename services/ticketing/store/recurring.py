"""Recurrences and what each of their occurrences opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.recurring import Recurrence, RecurrenceState
from services.ticketing.store.tables import metadata
from shared.db import Instant, Transaction
from shared.errors import NotFound, Stale

DUE_MOST = 50  # in one transaction of the job

_ACTIVE = "state = 'active'"

recurrences = sa.Table(
    "recurrences",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("item", sa.Text),
    sa.Column("area", sa.Text),
    sa.Column("asset_id", sa.Uuid),
    sa.Column("template", sa.Text),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("first_local", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("next_at", Instant),
    sa.Column("opened", sa.Integer, nullable=False),
    sa.Column("missed", sa.Integer, nullable=False),
    sa.Column("stopped_because", sa.Text),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("recurrences_of_tenant", "tenant", "id"),
    sa.Index("recurrences_of_contract", "tenant", "contract_id", "id"),
    sa.Index("recurrences_due", "next_at", postgresql_where=sa.text(_ACTIVE), sqlite_where=sa.text(_ACTIVE)),
)

# The key says it to whoever would open one twice: an occurrence opens one ticket.
occurrences = sa.Table(
    "occurrences",
    metadata,
    sa.Column("recurrence_id", sa.Uuid, sa.ForeignKey("recurrences.id"), primary_key=True),
    sa.Column("occurs_at", Instant, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("missed", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An occurrence, the ticket that it opened, and how many before it opened none."""

    occurs_at: datetime
    ticket_id: UUID
    missed: int


async def add(tx: Transaction, one: Recurrence) -> None:
    """Keep a new recurrence."""
    await tx.execute(_ADD, _values(one) | {"tenant": tx.tenant})


async def save(tx: Transaction, before: Recurrence, after: Recurrence) -> None:
    """Keep what became of a recurrence."""
    own = {"own_tenant": tx.tenant, "own_id": before.id}
    await tx.execute(_SAVE, own | {name: value for name, value in _values(after).items() if name in _CHANGING})


async def locked(tx: Transaction, recurrence_id: UUID, *, version: int | None = None) -> Recurrence:
    """A recurrence, locked. Raises NotFound, Stale."""
    one = await _one(tx, _LOCKED, recurrence_id)
    if version is not None and version != one.version:
        raise Stale(f"the recurrence is at version {one.version}, not {version}: read it again", field="If-Match")
    return one


async def one_of(tx: Transaction, recurrence_id: UUID) -> Recurrence:
    """A recurrence. Raises NotFound, also for another organization's."""
    return await _one(tx, _ONE, recurrence_id)


async def count_alive(tx: Transaction, contract_id: UUID) -> int:
    """How many of a contract are not over."""
    return int((await tx.execute(_COUNT, {"tenant": tx.tenant, "contract_id": contract_id})).scalar_one())


async def after(tx: Transaction, behind: UUID, *, contract_id: UUID | None, most: int) -> Sequence[Recurrence]:
    """Recurrences that who asks may see, the oldest first."""
    own = {"tenant": tx.tenant, "organization_id": tx.organization_id, "contract_id": contract_id}
    return [_read(row) for row in await tx.execute(_LIST, own | {"after": behind, "most": most})]


async def next_due(tx: Transaction) -> datetime | None:
    """When the next occurrence comes, over all tenants."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one_or_none()
    return due


async def due(tx: Transaction) -> Sequence[tuple[str, UUID]]:
    """The recurrences of which an occurrence has come, locked: a second runner passes them over."""
    rows = await tx.execute(_DUE, {"now": tx.now, "most": DUE_MOST})
    return [(row.tenant, row.id) for row in rows]


async def add_occurrence(tx: Transaction, recurrence_id: UUID, one: Occurrence) -> None:
    """Keep which ticket an occurrence opened."""
    own = {"recurrence_id": recurrence_id, "tenant": tx.tenant, "ticket_id": one.ticket_id}
    await tx.execute(_ADD_OCCURRENCE, own | {"occurs_at": one.occurs_at, "missed": one.missed})


async def occurrences_of(tx: Transaction, recurrence_id: UUID, *, before: datetime, most: int) -> Sequence[Occurrence]:
    """What the occurrences opened, the newest first."""
    values = {"tenant": tx.tenant, "recurrence_id": recurrence_id, "before": before, "most": most}
    rows = await tx.execute(_OCCURRENCES, values)
    return [Occurrence(occurs_at=row.occurs_at, ticket_id=row.ticket_id, missed=row.missed) for row in rows]


async def _one(tx: Transaction, statement: sa.Executable, recurrence_id: UUID) -> Recurrence:
    row = (await tx.execute(statement, {"tenant": tx.tenant, "id": recurrence_id})).first()
    if row is None or tx.organization_id not in (None, row.organization_id):
        raise NotFound("there is no such recurrence")
    return _read(row)


def _values(one: Recurrence) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _FIELDS} | {"state": one.state.value}


def _read(row: sa.Row[Any]) -> Recurrence:
    return Recurrence(**{name: getattr(row, name) for name in _FIELDS} | {"state": RecurrenceState(row.state)})


_FIELDS = tuple(Recurrence.__dataclass_fields__)
_CHANGING = ("state", "next_at", "opened", "missed", "stopped_because", "version")
_OWN = sa.select(recurrences).where(recurrences.c.tenant == sa.bindparam("tenant"))
_ONE = _OWN.where(recurrences.c.id == sa.bindparam("id"))
_LOCKED = _ONE.with_for_update()
_CONTRACT = sa.bindparam("contract_id", type_=sa.Uuid)
_ORGANIZATION = sa.bindparam("organization_id", type_=sa.Uuid)
_LIST = (
    _OWN.where(
        recurrences.c.id > sa.bindparam("after"),
        sa.or_(_CONTRACT.is_(None), recurrences.c.contract_id == _CONTRACT),
        sa.or_(_ORGANIZATION.is_(None), recurrences.c.organization_id == _ORGANIZATION),
    )
    .order_by(recurrences.c.id)
    .limit(sa.bindparam("most"))
)
_COUNT = (
    sa.select(sa.func.count())
    .select_from(recurrences)
    .where(
        recurrences.c.tenant == sa.bindparam("tenant"),
        recurrences.c.contract_id == sa.bindparam("contract_id"),
        recurrences.c.state != RecurrenceState.ENDED.value,
    )
)
_ADD = sa.insert(recurrences)
_SAVE = (
    sa.update(recurrences)
    .where(recurrences.c.tenant == sa.bindparam("own_tenant"), recurrences.c.id == sa.bindparam("own_id"))
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_IS_ACTIVE = recurrences.c.state == sa.literal_column("'active'")
_NEXT_DUE = sa.select(sa.func.min(recurrences.c.next_at)).where(_IS_ACTIVE)
_DUE = (
    sa.select(recurrences.c.tenant, recurrences.c.id)
    .where(_IS_ACTIVE, recurrences.c.next_at <= sa.bindparam("now"))
    .order_by(recurrences.c.next_at, recurrences.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ADD_OCCURRENCE = sa.insert(occurrences)
_OCCURRENCES = (
    sa.select(occurrences)
    .where(
        occurrences.c.tenant == sa.bindparam("tenant"),
        occurrences.c.recurrence_id == sa.bindparam("recurrence_id"),
        occurrences.c.occurs_at < sa.bindparam("before"),
    )
    .order_by(occurrences.c.occurs_at.desc())
    .limit(sa.bindparam("most"))
)
