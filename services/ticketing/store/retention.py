"""Tickets that were closed long ago: what people wrote in them goes, what was done, agreed and debited stays (5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.store.approvals import approvals
from services.ticketing.store.searching import reindex
from services.ticketing.store.tables import estimates, history, messages, tickets, work
from services.ticketing.store.work_tables import visits
from shared.db import Instant, Transaction

TICKETS_AT_ONCE = 200  # of one transaction of the job: a dozen statements
FORGOTTEN = "[...]"  # stands where words stood, in every language


async def oldest_closed(tx: Transaction) -> datetime | None:
    """When the ticket was closed whose words have been kept for the longest, over all tenants."""
    oldest: datetime | None = (await tx.execute(_OLDEST)).scalar()
    return oldest


async def forget_words(tx: Transaction, *, before: datetime) -> int:
    """Forget the words of some tickets that were closed before an instant; how many tickets they were."""
    rows = (await tx.execute(_DUE, {"before": before, "most": TICKETS_AT_ONCE})).all()
    several: Sequence[UUID] = [row.id for row in rows]
    if several:
        for statement in _FORGET:
            await tx.execute(statement, {"several": several})
        await reindex(tx, several)
    return len(several)


_HAS_WORDS = sa.text("tickets.closed_at IS NOT NULL AND tickets.description <> ''")  # the condition of the index
_OLDEST = sa.select(sa.func.min(tickets.c.closed_at, type_=Instant)).where(_HAS_WORDS)
_DUE = (
    sa.select(tickets.c.id)
    .where(_HAS_WORDS, tickets.c.closed_at < sa.bindparam("before", type_=Instant))
    .order_by(tickets.c.closed_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SEVERAL: sa.BindParameter[Sequence[UUID]] = sa.bindparam("several", expanding=True)
_FORGET = (
    sa.update(messages).where(messages.c.ticket_id.in_(_SEVERAL)).values(text=FORGOTTEN, html=None),
    sa.update(history).where(history.c.ticket_id.in_(_SEVERAL)).values(reason=None),
    sa.update(estimates).where(estimates.c.ticket_id.in_(_SEVERAL)).values(justification=None, reason=None),
    sa.update(approvals).where(approvals.c.ticket_id.in_(_SEVERAL)).values(reason=None),
    sa.update(work).where(work.c.ticket_id.in_(_SEVERAL)).values(note=None, removed_reason=None),
    sa.update(visits).where(visits.c.ticket_id.in_(_SEVERAL)).values(reason=None),
    sa.update(tickets)
    .where(tickets.c.id.in_(_SEVERAL))
    .values(subject=FORGOTTEN, description="", fields={}, version=tickets.c.version + 1),
)
