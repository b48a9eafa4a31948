"""Time entries of tickets, and what the hour bank debited for each closed round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain import Ticket
from services.ticketing.store.tables import debits, work
from shared.db import Transaction
from shared.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEntry:
    """One professional's time on a ticket, in seconds (N34)."""

    id: UUID
    round: int
    professional_id: str
    kind: str
    seconds: int
    billable: bool
    started_at: datetime
    logged_at: datetime
    logged_by: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotMinutes:
    """So many minutes of the lot that became usable on a date."""

    lot_id: UUID
    effective_date: date
    expires_date: date
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """What the bank took for a closed round, in minutes, and what it could not cover."""

    round: int
    minutes: int
    minutes_written_off: int
    minutes_over: int
    by_lot: tuple[LotMinutes, ...]
    balance_after: int
    debited_at: datetime


async def add_work(tx: Transaction, ticket_id: UUID, entries: Sequence[WorkEntry]) -> None:
    """Keep the time of one or several professionals."""
    rows = [{name: getattr(one, name) for name in _ENTRY} for one in entries]
    await tx.execute(_ADD, [{**row, "tenant": tx.tenant, "ticket_id": ticket_id} for row in rows])


async def entry_of(tx: Transaction, ticket_id: UUID, entry_id: UUID) -> WorkEntry:
    """A time entry of a ticket. Raises NotFound, also for one that was taken back."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "ticket_id": ticket_id, "id": entry_id})).first()
    if row is None:
        raise NotFound("the ticket has no such time entry")
    return WorkEntry(**{name: getattr(row, name) for name in _ENTRY})


async def remove_work(tx: Transaction, entry_id: UUID, *, reason: str) -> None:
    """Keep that an entry was taken back, and why: from here on nobody counts it."""
    values = {"own_tenant": tx.tenant, "own_id": entry_id, "removed_at": tx.now}
    await tx.execute(_REMOVE, {**values, "removed_by": tx.actor, "removed_reason": reason})


async def work_of(tx: Transaction, ticket_id: UUID, *, after: UUID, most: int) -> Sequence[WorkEntry]:
    """The time entries of a ticket from the oldest on, after one."""
    values = {"tenant": tx.tenant, "ticket_id": ticket_id, "after": after, "most": most}
    rows = await tx.execute(_OF_TICKET, values)
    return [WorkEntry(**{name: getattr(row, name) for name in _ENTRY}) for row in rows]


async def work_of_round(tx: Transaction, ticket: Ticket) -> Sequence[WorkEntry]:
    """All time entries of the ticket's present round, the oldest first."""
    rows = await tx.execute(_OF_ROUND, {"tenant": tx.tenant, "ticket_id": ticket.id, "round": ticket.round})
    return [WorkEntry(**{name: getattr(row, name) for name in _ENTRY}) for row in rows]


async def billable_seconds(tx: Transaction, ticket: Ticket) -> list[int]:
    """The seconds of each billable entry of the ticket's present round."""
    return [one.seconds for one in await work_of_round(tx, ticket) if one.billable]


async def keep_debit(tx: Transaction, ticket_id: UUID, debit: Debit) -> bool:
    """Remember what was debited, once per ticket and round; whether it was new."""
    values = {name: getattr(debit, name) for name in _DEBIT} | {"by_lot": msgspec.to_builtins(debit.by_lot)}
    kept = await tx.execute(_KEEP[tx.dialect], {**values, "tenant": tx.tenant, "ticket_id": ticket_id})
    return kept.rowcount == 1


async def debits_of(tx: Transaction, ticket_id: UUID) -> Sequence[Debit]:
    """What was debited for the rounds of a ticket."""
    rows = await tx.execute(_DEBITS, {"tenant": tx.tenant, "ticket_id": ticket_id})
    return [_debit(row) for row in rows]


def _debit(row: sa.Row[Any]) -> Debit:
    values = {name: getattr(row, name) for name in _DEBIT}
    return Debit(**values | {"by_lot": msgspec.convert(row.by_lot, tuple[LotMinutes, ...])})


_ENTRY = tuple(WorkEntry.__dataclass_fields__)
_DEBIT = tuple(Debit.__dataclass_fields__)
_ADD = sa.insert(work)
_OF_TICKET = (
    sa.select(work)
    .where(
        work.c.tenant == sa.bindparam("tenant"),
        work.c.ticket_id == sa.bindparam("ticket_id"),
        work.c.id > sa.bindparam("after"),
        work.c.removed_at.is_(None),
    )
    .order_by(work.c.id)
    .limit(sa.bindparam("most"))
)
_OF_ROUND = (
    sa.select(work)
    .where(
        work.c.tenant == sa.bindparam("tenant"),
        work.c.ticket_id == sa.bindparam("ticket_id"),
        work.c.round == sa.bindparam("round"),
        work.c.removed_at.is_(None),
    )
    .order_by(work.c.id)
)
_ONE = sa.select(work).where(
    work.c.tenant == sa.bindparam("tenant"),
    work.c.ticket_id == sa.bindparam("ticket_id"),
    work.c.id == sa.bindparam("id"),
    work.c.removed_at.is_(None),
)
_REMOVE = (
    sa.update(work)
    .where(work.c.tenant == sa.bindparam("own_tenant"), work.c.id == sa.bindparam("own_id"))
    .values({name: sa.bindparam(name) for name in ("removed_at", "removed_by", "removed_reason")})
)
_KEEP = {
    "postgresql": postgresql.insert(debits).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(debits).on_conflict_do_nothing(),
}
_DEBITS = (
    sa.select(debits)
    .where(debits.c.tenant == sa.bindparam("tenant"), debits.c.ticket_id == sa.bindparam("ticket_id"))
    .order_by(debits.c.round)
)
