"""The figures that Prometheus is told: breaches announced, clocks that run, and how long until they are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from services.sla.store.tables import announcements, clocks
from shared.db import Transaction

WITHIN_SECONDS = (0, 300, 900, 3600, 14_400, 86_400)  # five minutes to a day: what an agent can still act upon


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaches:
    """Breaches announced so far of one provider, plan, priority and metric."""

    tenant: str
    metric: str
    plan_code: str
    priority: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running clocks of one provider and metric; `due_within[i]` of them are due within WITHIN_SECONDS[i]."""

    tenant: str
    metric: str
    count: int
    first_due_at: datetime
    due_within: Sequence[int]


async def count_breaches(tx: Transaction) -> list[Breaches]:
    """Every provider's breaches, as announced."""
    return [Breaches(**row._mapping) for row in await tx.execute(_BREACHES)]  # noqa: SLF001  SQLAlchemy's public name


async def count_running(tx: Transaction) -> list[Running]:
    """Every provider's running clocks."""
    bounds = {f"within_{seconds}": tx.now + timedelta(seconds=seconds) for seconds in WITHIN_SECONDS}
    return [
        Running(
            tenant=row.tenant,
            metric=row.metric,
            count=row.count_,
            first_due_at=row.first_due_at,
            due_within=[getattr(row, f"due_{seconds}") for seconds in WITHIN_SECONDS],
        )
        for row in await tx.execute(_RUNNING, bounds)
    ]


_BREACHES = (
    sa.select(
        announcements.c.tenant,
        announcements.c.metric,
        announcements.c.plan_code,
        announcements.c.priority,
        sa.func.count().label("count"),
    )
    .where(announcements.c.percent == sa.literal_column("100"))
    .group_by(announcements.c.tenant, announcements.c.metric, announcements.c.plan_code, announcements.c.priority)
    .order_by(announcements.c.tenant, announcements.c.metric, announcements.c.plan_code, announcements.c.priority)
)
_RUNNING = (
    sa.select(
        clocks.c.tenant,
        clocks.c.metric,
        sa.func.count().label("count_"),
        sa.func.min(clocks.c.due_at).label("first_due_at"),
        *(
            sa.func.count().filter(clocks.c.due_at <= sa.bindparam(f"within_{seconds}")).label(f"due_{seconds}")
            for seconds in WITHIN_SECONDS
        ),
    )
    .where(clocks.c.next_due_at.is_not(None))
    .group_by(clocks.c.tenant, clocks.c.metric)
    .order_by(clocks.c.tenant, clocks.c.metric)
)
