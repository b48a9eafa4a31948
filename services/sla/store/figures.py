"""The figures that Prometheus is told: breaches announced, clocks that run, and how long until they are due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.sla.domain.labels import Group, bounded
from services.sla.store.tables import alarms, announcements
from shared.db import Transaction

WITHIN_SECONDS = (0, 300, 900, 3600, 14_400, 86_400)  # five minutes to a day: what an agent can still act upon
NO_PRIORITY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running clocks of a group; `due_within[i]` of them are due within WITHIN_SECONDS[i], `warned` have been said
    to become late.
    """

    group: Group
    count: int
    warned: int
    first_due_at: datetime
    due_within: Sequence[int]

    def with_more(self, other: Running) -> Running:
        """Both together."""
        return Running(
            group=self.group,
            count=self.count + other.count,
            warned=self.warned + other.warned,
            first_due_at=min(self.first_due_at, other.first_due_at),
            due_within=[mine + more for mine, more in zip(self.due_within, other.due_within, strict=True)],
        )


async def count_breaches(tx: Transaction) -> Counter[Group]:
    """Every provider's breaches, as announced, under labels of bounded variety."""
    rows = {_group(row): row.count_ for row in await tx.execute(_BREACHES)}
    labels, found = bounded(rows), Counter[Group]()
    for group, count in rows.items():
        found[labels[group]] += count
    return found


async def count_running(tx: Transaction) -> list[Running]:
    """Every provider's running clocks, under labels of bounded variety."""
    bounds = {f"within_{seconds}": tx.now + timedelta(seconds=seconds) for seconds in WITHIN_SECONDS}
    rows = {_group(row): row for row in await tx.execute(_RUNNING, bounds)}
    labels, found = bounded(rows), dict[Group, Running]()
    for group, row in rows.items():
        one = _running(labels[group], row)
        known = found.get(one.group)
        found[one.group] = known.with_more(one) if known else one
    return list(found.values())


def _group(row: sa.Row[Any]) -> Group:
    return Group(tenant=row.tenant, plan_code=row.plan_code, priority=row.priority or NO_PRIORITY, metric=row.metric)


def _running(group: Group, row: sa.Row[Any]) -> Running:
    return Running(
        group=group,
        count=row.count_,
        warned=row.warned,
        first_due_at=row.first_due_at,
        due_within=[getattr(row, f"due_{seconds}") for seconds in WITHIN_SECONDS],
    )


_BREACHES_BY = (announcements.c.tenant, announcements.c.metric, announcements.c.plan_code, announcements.c.priority)
_BREACHES = (
    sa.select(*_BREACHES_BY, sa.func.count().label("count_"))
    .where(announcements.c.percent == sa.literal_column("100"))
    .group_by(*_BREACHES_BY)
    .order_by(*_BREACHES_BY)
)
_RUNNING_BY = (alarms.c.tenant, alarms.c.metric, alarms.c.plan_code, alarms.c.priority)
_RUNNING = (
    sa.select(
        *_RUNNING_BY,
        sa.func.count().label("count_"),
        sa.func.count().filter(alarms.c.percent_said > 0).label("warned"),
        sa.func.min(alarms.c.due_at).label("first_due_at"),
        *(
            sa.func.count().filter(alarms.c.due_at <= sa.bindparam(f"within_{seconds}")).label(f"due_{seconds}")
            for seconds in WITHIN_SECONDS
        ),
    )
    .group_by(*_RUNNING_BY)
    .order_by(*_RUNNING_BY)
)
