"""What falls due while nobody works: put off until the calendar opens (S-32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Armed, TermsRef
from services.sla.store.falling import LATE
from services.sla.store.tables import clocks, terms
from services.sla.store.told import book_of
from shared.db import Transaction


async def openings_of(tx: Transaction, armed: Sequence[Armed]) -> dict[UUID, datetime]:
    """When the calendars open by which these clocks are announced; those of the clocks whose calendar is closed now."""
    found: dict[UUID, datetime] = {}
    for row in await tx.execute(_COUNTED, {"ids": [one.id for one in armed]}):
        ref = TermsRef(version=row.calendar_version, sha256=row.sha256)
        book = await book_of(tx.as_tenant(row.tenant), [ref])
        calendars = book[ref].calendars.get(row.calendar_name)
        if calendars and not (calendars.hours.is_open(tx.now) or calendars.hours.is_open(tx.now - LATE)):
            found[row.id] = calendars.hours.next_open(tx.now)
    return found


async def put_off(tx: Transaction, until: Mapping[UUID, datetime]) -> None:
    """Let clocks that are locked be announced later; their levels keep their instants."""
    await tx.execute(_PUT_OFF, [{"clock": clock, "until": at} for clock, at in until.items()])
    tx.falls_due(min(until.values()))


_COUNTED = (
    sa.select(clocks.c.id, clocks.c.tenant, clocks.c.calendar_name, clocks.c.calendar_version, terms.c.sha256)
    .join(terms, sa.and_(terms.c.tenant == clocks.c.tenant, terms.c.version == clocks.c.calendar_version))
    .where(clocks.c.id.in_(sa.bindparam("ids", expanding=True)))
)
_PUT_OFF = sa.update(clocks).where(clocks.c.id == sa.bindparam("clock")).values(next_due_at=sa.bindparam("until"))
