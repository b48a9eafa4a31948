"""What the monthly report is made of: sums of the ledger by day, by lot and by round; and which months were issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.hourbank.domain import DaySum, EntryKind, LotSum, LotTerms, Moved
from services.hourbank.store.tables import entries, statements
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A month ("2026-11") whose statement was issued; `last_sequence` is the last line of the ledger by then.

    `provider` is the name of who issued it, None where nobody had given it.
    """

    period: str
    issued_at: datetime
    last_sequence: int
    provider: str | None


async def day_sums(tx: Transaction, contract_id: UUID, *, first: date, end: date) -> list[DaySum]:
    """The minutes of an account by local date and kind, from a day on and before another."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": first, "end": end}
    return [
        DaySum(day=row.local_date, kind=EntryKind(row.kind), minutes=int(row.minutes))
        for row in await tx.execute(_BY_DAY, key)
    ]


async def lot_sums(tx: Transaction, contract_id: UUID, *, end: date) -> list[LotSum]:
    """The minutes of each lot by kind, posted before a day."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "end": end}
    return [
        LotSum(
            lot=LotTerms(
                id=row.lot_id,
                seq=row.lot_seq,
                source=row.lot_source,
                cycle_start=row.lot_cycle_start,
                effective_date=row.lot_effective_date,
                expires_date=row.lot_expires_date,
            ),
            kind=EntryKind(row.kind),
            minutes=int(row.minutes),
        )
        for row in await tx.execute(_BY_LOT, key)
    ]


async def given_back(tx: Transaction, contract_id: UUID, *, month: date, end: date) -> list[Moved]:
    """The minutes that corrections gave back in a month, by round."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": month, "end": end}
    return [
        Moved(kind=EntryKind(row.kind), ticket_id=row.ticket_id, round=row.round, minutes=int(row.minutes))
        for row in await tx.execute(_GIVEN_BACK, key)
    ]


async def add_statement(tx: Transaction, contract_id: UUID, issued: Issued) -> None:
    """Note that the statement of a month was issued: once."""
    row = {"period": issued.period, "issued_at": issued.issued_at}
    row |= {"last_sequence": issued.last_sequence, "provider": issued.provider}
    await tx.execute(_ADD, {"tenant": tx.tenant, "contract_id": contract_id, **row})


async def issued(tx: Transaction, contract_id: UUID, period: str) -> Issued | None:
    """The statement of a month, None when it was not issued yet."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "period": period}
    row = (await tx.execute(_ISSUED, key)).first()
    return _issued(row) if row else None


async def issued_before(tx: Transaction, contract_id: UUID, *, period: str, most: int) -> Sequence[Issued]:
    """The issued months before one, newest first."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "period": period, "most": most}
    return [_issued(row) for row in await tx.execute(_ISSUED_BEFORE, key)]


def _issued(row: sa.Row[Any]) -> Issued:
    return Issued(period=row.period, issued_at=row.issued_at, last_sequence=row.last_sequence, provider=row.provider)


_end = sa.bindparam("end", type_=sa.Date)
_minutes = sa.func.sum(entries.c.minutes).label("minutes")
_is_its = sa.and_(
    entries.c.tenant == sa.bindparam("tenant", type_=sa.Text),
    entries.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    entries.c.local_date < _end,
)
_since = entries.c.local_date >= sa.bindparam("month", type_=sa.Date)

_BY_DAY = (
    sa.select(entries.c.local_date, entries.c.kind, _minutes)
    .where(_is_its, _since)
    .group_by(entries.c.local_date, entries.c.kind)
    .order_by(entries.c.local_date, entries.c.kind)
)
_LOT = (
    entries.c.lot_id,
    entries.c.lot_seq,
    entries.c.lot_source,
    entries.c.lot_cycle_start,
    entries.c.lot_effective_date,
    entries.c.lot_expires_date,
)
_BY_LOT = (
    sa.select(*_LOT, entries.c.kind, _minutes)
    .where(_is_its, entries.c.lot_id.is_not(None))
    .group_by(*_LOT, entries.c.kind)
    .order_by(entries.c.lot_seq, entries.c.kind)
)
_GIVEN_BACK = (
    sa.select(entries.c.ticket_id, entries.c.round, entries.c.kind, _minutes)
    .where(
        _is_its,
        _since,
        entries.c.kind.in_([EntryKind.RESTORE.value, EntryKind.OVERAGE_REVERSED.value]),
        entries.c.ticket_id.is_not(None),
    )
    .group_by(entries.c.ticket_id, entries.c.round, entries.c.kind)
    .order_by(entries.c.ticket_id, entries.c.round)
)
_ADD = sa.insert(statements)
_OF_CONTRACT = sa.select(statements).where(
    statements.c.tenant == sa.bindparam("tenant", type_=sa.Text),
    statements.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
)
_ISSUED = _OF_CONTRACT.where(statements.c.period == sa.bindparam("period", type_=sa.Text))
_ISSUED_BEFORE = (
    _OF_CONTRACT.where(statements.c.period < sa.bindparam("period", type_=sa.Text))
    .order_by(statements.c.period.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
