"""The days that people laid over the calendars of the offer, and the tickets whose promises are counted by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Clock
from services.sla.offer import Day
from services.sla.store.clocks import clock_of
from services.sla.store.tables import calendar_days, clocks
from shared.db import Transaction

AT_ONCE_TICKETS = 200  # whose facts are held in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidDay:
    """A day as somebody laid it over a calendar."""

    day: Day
    changed_at: dt.datetime
    changed_by: str


async def laid_days(tx: Transaction) -> dict[str, list[LaidDay]]:
    """The days laid over each calendar, by its name, in order."""
    found: dict[str, list[LaidDay]] = {}
    for row in await tx.execute(_DAYS, {"tenant_": tx.tenant}):
        found.setdefault(row.calendar, []).append(_laid(row))
    return found


async def lay_day(tx: Transaction, calendar: str, day: Day) -> None:
    """Lay a day over a calendar, in the place of the one that was laid on that date."""
    await lift_day(tx, calendar, day.date)
    row = {
        "tenant": tx.tenant,
        "calendar": calendar,
        "date": day.date,
        "kind": day.kind,
        "windows": [list(window) for window in day.windows],
        "reason": day.reason,
        "source": day.source,
        "changed_at": tx.now,
        "changed_by": tx.actor,
    }
    await tx.execute(_LAY, row)


async def lift_day(tx: Transaction, calendar: str, date: dt.date) -> bool:
    """Take a laid day away; whether there was one."""
    gone = await tx.execute(_LIFT, {"tenant_": tx.tenant, "calendar_": calendar, "date_": date})
    return gone.rowcount > 0


async def tickets_owed(tx: Transaction, calendars: Iterable[str] | None) -> list[UUID]:
    """The tickets that wait for something that is counted by these calendars (None: by any), oldest first."""
    named = {} if calendars is None else {"calendars": sorted(calendars)}
    rows = await tx.execute(_OWED if calendars is None else _OWED_BY, {"tenant_": tx.tenant, **named})
    return [row.ticket_id for row in rows]


async def tickets_of_contract(tx: Transaction, *, contract_id: UUID, organization_id: UUID) -> list[UUID]:
    """The tickets of a contract that wait for something, oldest first."""
    values = {"tenant_": tx.tenant, "contract": contract_id, "organization": organization_id}
    return [row.ticket_id for row in await tx.execute(_OF_CONTRACT, values)]


async def clocks_of_tickets(tx: Transaction, ticket_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Clock]]:
    """The clocks of some tickets, locked against the job that announces what falls due."""
    found: dict[UUID, dict[UUID, Clock]] = {ticket_id: {} for ticket_id in ticket_ids}
    for row in await tx.execute(_CLOCKS, {"tenant_": tx.tenant, "tickets": list(ticket_ids)}):
        found[row.ticket_id][row.id] = clock_of(row)
    return found


def _laid(row: sa.Row[Any]) -> LaidDay:
    windows = tuple((opens, closes) for opens, closes in row.windows)
    day = Day(date=row.date, kind=row.kind, windows=windows, reason=row.reason, source=row.source)
    return LaidDay(day=day, changed_at=row.changed_at, changed_by=row.changed_by)


_DAYS = (
    sa.select(calendar_days)
    .where(calendar_days.c.tenant == sa.bindparam("tenant_"))
    .order_by(calendar_days.c.calendar, calendar_days.c.date)
)
_LAY = sa.insert(calendar_days)
_LIFT = sa.delete(calendar_days).where(
    calendar_days.c.tenant == sa.bindparam("tenant_"),
    calendar_days.c.calendar == sa.bindparam("calendar_"),
    calendar_days.c.date == sa.bindparam("date_"),
)
_IS_OWED = sa.and_(clocks.c.tenant == sa.bindparam("tenant_"), clocks.c.settled_at.is_(None))
_OWED = sa.select(clocks.c.ticket_id).distinct().where(_IS_OWED).order_by(clocks.c.ticket_id)
_OWED_BY = _OWED.where(clocks.c.calendar_name.in_(sa.bindparam("calendars", expanding=True)))
_OF_CONTRACT = (
    sa.select(clocks.c.ticket_id)
    .distinct()
    .where(
        _IS_OWED,
        clocks.c.organization_id == sa.bindparam("organization"),
        clocks.c.contract_id == sa.bindparam("contract"),
    )
    .order_by(clocks.c.ticket_id)
)
_CLOCKS = (
    sa.select(clocks)
    .where(clocks.c.tenant == sa.bindparam("tenant_"), clocks.c.ticket_id.in_(sa.bindparam("tickets", expanding=True)))
    .order_by(clocks.c.ticket_id, clocks.c.id)
    .with_for_update()
)
