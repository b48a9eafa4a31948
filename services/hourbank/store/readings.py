"""What is read beside commands: pages of the ledger, sums of a month, who is due, figures for the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from services.hourbank.domain import Debit, Entry, EntryKind, Movement
from services.hourbank.store import rows
from services.hourbank.store.tables import accounts, debits, entries, lots, overages
from shared.db import Instant, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An account that time has something to do with."""

    tenant: str
    contract_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """The available minutes of all accounts of a provider."""

    tenant: str
    minutes: int


async def entries_after(tx: Transaction, contract_id: UUID, *, after: int, most: int) -> list[Entry]:
    """The lines of an account's ledger after a number, in order."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "after": after, "most": most}
    return [rows.entry_of(row) for row in await tx.execute(_ENTRIES, key)]


async def movements(tx: Transaction, contract_id: UUID, *, month: date, end: date) -> list[Movement]:
    """The minutes of an account by kind, posted before a month and in it; `end` is the first day after it."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": month, "end": end}
    found = await tx.execute(_MOVEMENTS, key)
    return [
        Movement(kind=EntryKind(row.kind), is_before=bool(row.is_before), minutes=int(row.minutes)) for row in found
    ]


async def debits_in(tx: Transaction, contract_id: UUID, *, month: date, end: date) -> list[Debit]:
    """The closings that were debited in a month, in order."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": month, "end": end}
    paid = (await tx.execute(_DEBITS, key)).all()
    charged = (await tx.execute(_OVERAGES, key)).all()
    return [rows.debit_of(row, charged) for row in paid]


async def next_midnight(tx: Transaction) -> datetime | None:
    """The earliest local midnight that brings something to some account."""
    due: datetime | None = (await tx.execute(_NEXT_MIDNIGHT)).scalar_one()
    return due


async def next_statement(tx: Transaction) -> datetime | None:
    """The earliest instant at which some account's statement is due."""
    due: datetime | None = (await tx.execute(_NEXT_STATEMENT)).scalar_one()
    return due


async def due_midnights(tx: Transaction, *, most: int) -> Sequence[Due]:
    """Accounts whose midnight has come, earliest first; those that another process is at are left to it."""
    return [
        Due(tenant=row.tenant, contract_id=row.contract_id)
        for row in await tx.execute(_DUE_MIDNIGHTS, {"now": tx.now, "most": most})
    ]


async def due_statements(tx: Transaction, *, most: int) -> Sequence[Due]:
    """Accounts whose statement is due, earliest first; those that another process is at are left to it."""
    return [
        Due(tenant=row.tenant, contract_id=row.contract_id)
        for row in await tx.execute(_DUE_STATEMENTS, {"now": tx.now, "most": most})
    ]


async def put_off(tx: Transaction, due: Sequence[Due], *, until: datetime) -> None:
    """Let the job look at these accounts later, unless what it does now for them succeeds."""
    if due:
        await tx.execute(_PUT_OFF, {"keys": [one.contract_id for one in due], "until": until})
        tx.falls_due(until)


async def reconsider(tx: Transaction) -> None:
    """Let the job look at every account of the tenant: its offer has changed, and with it what is due when."""
    await tx.execute(_RECONSIDER, {"key_tenant": tx.tenant, "now": tx.now})
    tx.falls_due(tx.now)


async def available_by_tenant(tx: Transaction) -> list[Available]:
    """The available minutes of each provider's customers together."""
    return [Available(tenant=row.tenant, minutes=int(row.minutes)) for row in await tx.execute(_AVAILABLE)]


_tenant = sa.bindparam("tenant", type_=sa.Text)
_contract_id = sa.bindparam("contract_id", type_=sa.Uuid)
_month, _end = sa.bindparam("month", type_=sa.Date), sa.bindparam("end", type_=sa.Date)
_now = sa.bindparam("now", type_=Instant)
_most = sa.bindparam("most", type_=sa.Integer)

_ENTRIES = (
    sa.select(entries)
    .where(
        entries.c.tenant == _tenant,
        entries.c.contract_id == _contract_id,
        entries.c.sequence > sa.bindparam("after"),
    )
    .order_by(entries.c.sequence)
    .limit(_most)
)
_is_before = (entries.c.local_date < _month).label("is_before")
_MOVEMENTS = (
    sa.select(entries.c.kind, _is_before, sa.func.sum(entries.c.minutes).label("minutes"))
    .where(entries.c.tenant == _tenant, entries.c.contract_id == _contract_id, entries.c.local_date < _end)
    .group_by(entries.c.kind, sa.literal_column("is_before"))  # PostgreSQL takes two parameters for two expressions
)
_DEBITS = (
    sa.select(debits)
    .where(
        debits.c.tenant == _tenant,
        debits.c.contract_id == _contract_id,
        debits.c.local_date >= _month,
        debits.c.local_date < _end,
    )
    .order_by(debits.c.debited_at, debits.c.ticket_id)
)
_OVERAGES = (
    sa.select(overages)
    .join(debits, sa.and_(debits.c.ticket_id == overages.c.ticket_id, debits.c.round == overages.c.round))
    .where(
        overages.c.tenant == _tenant,
        debits.c.contract_id == _contract_id,
        debits.c.local_date >= _month,
        debits.c.local_date < _end,
    )
    .order_by(overages.c.tranche)
)
# Over all tenants: a job acts for each in turn.


def _next(due: sa.Column[datetime]) -> sa.Select[tuple[datetime | None]]:
    """The earliest instant of accounts that are not put off, or of those that are by when they were put off to."""
    free = sa.select(sa.func.min(due).label("due")).where(accounts.c.put_off_until.is_(None))
    later = sa.select(sa.func.min(accounts.c.put_off_until).label("due")).where(due <= accounts.c.put_off_until)
    return sa.select(sa.func.min(sa.union_all(free, later).subquery().c.due, type_=Instant))


_NEXT_MIDNIGHT = _next(accounts.c.next_due_at)
_NEXT_STATEMENT = _next(accounts.c.statement_due_at)
_DUE = (
    sa.select(accounts.c.tenant, accounts.c.contract_id)
    .where(sa.or_(accounts.c.put_off_until.is_(None), accounts.c.put_off_until <= _now))
    .limit(_most)
    .with_for_update(skip_locked=True)
)
_DUE_MIDNIGHTS = _DUE.where(accounts.c.next_due_at <= _now).order_by(accounts.c.next_due_at, accounts.c.contract_id)
_DUE_STATEMENTS = _DUE.where(accounts.c.statement_due_at <= _now).order_by(
    accounts.c.statement_due_at, accounts.c.contract_id
)
_RECONSIDER = sa.update(accounts).where(accounts.c.tenant == sa.bindparam("key_tenant")).values(next_due_at=_now)
_PUT_OFF = (
    sa.update(accounts)
    .where(accounts.c.contract_id.in_(sa.bindparam("keys", expanding=True)))
    .values(put_off_until=sa.bindparam("until", type_=Instant))
)
_AVAILABLE = (
    sa.select(lots.c.tenant, sa.func.sum(lots.c.available_minutes).label("minutes"))
    .group_by(lots.c.tenant)
    .order_by(lots.c.tenant)
)
