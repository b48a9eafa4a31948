"""What falls due, in sets: narrow rows locked in the order of their instants, and one statement that keeps a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.sla.domain import Armed, Fallen, Level, State
from services.sla.store.tables import alarms, announcements, clocks
from shared.db import Instant, Transaction

LATE = timedelta(minutes=15)  # what is announced sooner after its instant, or after closing time, disturbs nobody


async def next_due(tx: Transaction) -> datetime | None:
    """When the next level of any clock of any provider is to be announced."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return due


async def lock_due(tx: Transaction, *, most: int) -> list[Armed]:
    """Lock clocks of any providers that have something to announce, earliest first; others take other ones."""
    rows = await tx.execute(_LOCK_DUE[tx.dialect], {"now": tx.now, "most": most, "late": tx.now - LATE})
    return [Armed._make((*row[:-3], _levels(row.levels, row.percent_said), row.may_be_night)) for row in rows]


async def keep_fallen(tx: Transaction, fallen: Sequence[Fallen]) -> None:
    """Keep what time has passed of clocks that are locked, and write down each level that is announced of them."""
    if tx.dialect == "postgresql":
        await _keep_as_sets(tx, fallen)
    else:
        await _keep_one_by_one(tx, fallen)
    upcoming = [one.next_due_at for one in fallen if one.next_due_at is not None]
    if upcoming:
        tx.falls_due(min(upcoming))


async def _keep_as_sets(tx: Transaction, fallen: Sequence[Fallen]) -> None:
    """Two statements at most: a breach whose warnings were said in time, the usual one, needs no more than its id."""
    usual = [one for one in fallen if one.is_broken and len(one.levels) == 1]
    others = [one for one in fallen if not one.is_broken or len(one.levels) > 1]
    if usual:
        ids, said_at = [one.armed.id for one in usual], [one.levels[0].at for one in usual]
        await tx.execute(_BREAK_POSTGRESQL, {"ids": ids, "said_at": said_at, "now": tx.now})
    if others:
        await tx.execute(_KEEP_POSTGRESQL, _columns(others, now=tx.now))


async def _keep_one_by_one(tx: Transaction, fallen: Sequence[Fallen]) -> None:
    warned = [
        {"clock": one.armed.id, "percent": one.percent, "next_at": one.next_due_at}
        for one in fallen
        if not one.is_broken
    ]
    broken = [{"clock": one.armed.id} for one in fallen if one.is_broken]
    for statement, rows in ((_WARNED, warned), (_BROKEN, broken)):
        if rows:
            await tx.execute(statement, rows)
    said = [_said(one, level, now=tx.now) for one in fallen for level in one.levels]
    await tx.execute(_SAY, said)


def _levels(kept: Sequence[tuple[int, str]], percent_said: int) -> list[Level]:
    return [Level(percent=percent, at=datetime.fromisoformat(at)) for percent, at in kept if percent > percent_said]


def _said(one: Fallen, level: Level, *, now: datetime) -> dict[str, Any]:
    armed = one.armed
    return {
        "tenant": armed.tenant,
        "ticket_id": armed.ticket_id,
        "metric": armed.metric,
        "generation": armed.generation,
        "percent": level.percent,
        "clock_id": armed.id,
        "plan_code": armed.plan_code,
        "priority": armed.priority,
        "level_at": level.at,
        "announced_at": now,
    }


def _columns(fallen: Sequence[Fallen], *, now: datetime) -> dict[str, Any]:
    return {
        "ids": [one.armed.id for one in fallen],
        "percents": [one.levels[-1].percent for one in fallen],
        "nexts": [one.next_due_at for one in fallen],
        "said_ids": [one.armed.id for one in fallen for _ in one.levels],
        "said_percents": [level.percent for one in fallen for level in one.levels],
        "said_at": [level.at for one in fallen for level in one.levels],
        "now": now,
    }


_NEXT_DUE = sa.select(sa.func.min(alarms.c.next_due_at))
_LATE_AT = sa.bindparam("late", type_=Instant)
_RINGING = (
    sa.select(alarms.c.clock_id)
    .where(alarms.c.next_due_at <= sa.bindparam("now"))
    .order_by(alarms.c.next_due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
# What is counted by business time falls due in open hours. Only what comes late, what the wall counts, and what is past
# already when it is counted anew, may be at night.
_ARMED = (
    sa.select(
        clocks.c.tenant,
        clocks.c.id,
        clocks.c.ticket_id,
        clocks.c.ticket_number,
        clocks.c.contract_id,
        clocks.c.organization_id,
        clocks.c.plan_code,
        clocks.c.priority,
        clocks.c.metric,
        clocks.c.generation,
        clocks.c.due_at,
        clocks.c.levels,
        clocks.c.percent_said,
        sa.and_(
            clocks.c.is_quiet,
            sa.or_(
                clocks.c.counting == "wall",
                clocks.c.metric == "delivery",
                clocks.c.next_due_at < _LATE_AT,
                clocks.c.next_due_at > clocks.c.due_at,
            ),
        ).label("may_be_night"),
    )
    .order_by(clocks.c.next_due_at)
    .with_for_update(skip_locked=True)
)
_STILL_DUE = clocks.c.next_due_at <= sa.bindparam("now")  # a fact that was under way may have moved or ended it
_LOCK_DUE = {
    "sqlite": _ARMED.where(_STILL_DUE, clocks.c.id.in_(_RINGING)),
    # An array of ids, so that whatever the planner guesses of their number, each is looked up by its key.
    "postgresql": _ARMED.where(_STILL_DUE, clocks.c.id == sa.any_(sa.func.array(_RINGING.scalar_subquery()))),
}
# One text for any number of clocks, so that it is prepared once: 100 percent is the breach.
_BREAK_POSTGRESQL = sa.text(
    """
    WITH broken AS (
        UPDATE clocks
        SET percent_said = 100, next_due_at = NULL, state = 'breached', levels = CAST('[]' AS jsonb),
            ended_at = due_at
        FROM unnest(CAST(:ids AS uuid[]), CAST(:said_at AS timestamptz[])) AS fallen (id, at)
        WHERE clocks.id = fallen.id
        RETURNING tenant, ticket_id, metric, generation, clocks.id, plan_code, priority, fallen.at
    )
    INSERT INTO announcements (tenant, ticket_id, metric, generation, percent, clock_id, plan_code, priority,
                               level_at, announced_at)
    SELECT tenant, ticket_id, metric, generation, 100, id, plan_code, priority, at, CAST(:now AS timestamptz)
    FROM broken
    """
)
_KEEP_POSTGRESQL = sa.text(
    """
    WITH kept AS (
        UPDATE clocks
        SET percent_said = fallen.percent,
            next_due_at = fallen.next_at,
            state = CASE WHEN fallen.percent = 100 THEN 'breached' ELSE state END,
            levels = CASE WHEN fallen.percent = 100 THEN CAST('[]' AS jsonb) ELSE levels END,
            ended_at = CASE WHEN fallen.percent = 100 THEN due_at END
        FROM unnest(CAST(:ids AS uuid[]), CAST(:percents AS int[]), CAST(:nexts AS timestamptz[]))
             AS fallen (id, percent, next_at)
        WHERE clocks.id = fallen.id
    )
    INSERT INTO announcements (tenant, ticket_id, metric, generation, percent, clock_id, plan_code, priority,
                               level_at, announced_at)
    SELECT tenant, ticket_id, metric, generation, said.percent, clocks.id, plan_code, priority, said.at,
           CAST(:now AS timestamptz)
    FROM unnest(CAST(:said_ids AS uuid[]), CAST(:said_percents AS int[]), CAST(:said_at AS timestamptz[]))
         AS said (id, percent, at)
    JOIN clocks ON clocks.id = said.id
    """
)
_MINE = clocks.c.id == sa.bindparam("clock")
_WARNED = (
    sa.update(clocks).where(_MINE).values(percent_said=sa.bindparam("percent"), next_due_at=sa.bindparam("next_at"))
)
_BROKEN = (
    sa.update(clocks)
    .where(_MINE)
    .values(
        state=State.BREACHED.value,
        percent_said=100,
        levels=[],
        ended_at=clocks.c.due_at,
        next_due_at=None,
    )
)
_SAY = sa.insert(announcements)
