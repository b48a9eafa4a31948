"""The clocks as they stand, the announcements made of them, and the queue that people look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.sla.domain import Announcement, Clock, Level, Metric, Said, State, said_too
from services.sla.store.places import Place, Queued
from services.sla.store.tables import announcements, clocks, contracts
from shared.db import Instant, Transaction
from shared.pages import Page, Slice

STANDING_STILL = datetime(9000, 1, 1, tzinfo=UTC)  # in the queue after everything that runs
ENDED = datetime(9999, 1, 1, tzinfo=UTC)  # and after that, what is over
RANK_LAST = 1_000_000  # a contract without a rank comes last where due instants are equal (N8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A clock of some provider with a level that has fallen due."""

    tenant: str
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which clocks a reader asks for; None asks for any."""

    ticket_id: UUID | None
    state: State | None
    metric: Metric | None


async def add(tx: Transaction, clock: Clock) -> None:
    """Keep a clock that has just started."""
    await tx.execute(_ADD, row_of(tx.tenant, clock))
    wake(tx, [clock])


async def save(tx: Transaction, clock: Clock) -> None:
    """Keep a clock that has changed; its row is locked."""
    row = row_of(tx.tenant, clock)
    await tx.execute(_SAVE, {f"new_{name}": value for name, value in row.items()})
    wake(tx, [clock])


async def save_passed(tx: Transaction, passed: Sequence[Due]) -> None:
    """Keep clocks of any providers in which nothing but time has passed; their rows are locked."""
    if tx.dialect == "postgresql":
        await tx.execute(_PASSED_POSTGRESQL, _columns(passed))
    else:
        rows = [{f"new_{name}": value for name, value in row_of(one.tenant, one.clock).items()} for one in passed]
        await tx.execute(_SAVE, rows)
    wake(tx, [one.clock for one in passed])


async def lock_of_ticket(tx: Transaction, ticket_id: UUID) -> dict[UUID, Clock]:
    """Lock the clocks of a ticket against the job that announces what falls due, and give them."""
    rows = await tx.execute(_LOCK, {"tenant_": tx.tenant, "ticket": ticket_id})
    return {row.id: _clock(row) for row in rows}


async def forget(tx: Transaction, ticket_id: UUID) -> None:
    """Remove what is derived of a ticket, to derive it again."""
    await tx.execute(_FORGET, {"tenant_": tx.tenant, "ticket": ticket_id})


async def next_due(tx: Transaction) -> datetime | None:
    """When the next level of any clock of any provider is to be announced."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return due


async def lock_due(tx: Transaction, *, most: int) -> list[Due]:
    """Lock clocks of any providers that have something to announce, earliest first; others take other ones."""
    rows = await tx.execute(_LOCK_DUE, {"now": tx.now, "most": most})
    return [Due(tenant=row.tenant, clock=_clock(row)) for row in rows]


async def say(tx: Transaction, said: Iterable[tuple[str, Announcement]]) -> None:
    """Write down what is announced, each level of each winding once; pairs of provider and announcement."""
    rows = [
        {
            "tenant": tenant,
            "ticket_id": one.clock.ticket_id,
            "metric": one.clock.metric.value,
            "generation": one.clock.generation,
            "percent": one.level.percent,
            "clock_id": one.clock.id,
            "plan_code": one.clock.plan_code,
            "priority": one.clock.priority,
            "level_at": one.level.at,
            "announced_at": tx.now,
        }
        for tenant, one in said
    ]
    if rows:
        await tx.execute(_SAY, rows)


async def said_of_ticket(tx: Transaction, ticket_id: UUID) -> dict[UUID, Said]:
    """What has been announced of each clock of a ticket."""
    found: dict[UUID, Said] = {}
    for row in await tx.execute(_SAID, {"tenant_": tx.tenant, "ticket": ticket_id}):
        found[row.clock_id] = said_too(found.get(row.clock_id), generation=row.generation, percent=row.percent)
    return found


async def find(tx: Transaction, clock_id: UUID) -> Clock | None:
    """One clock, unless it is another provider's, or for a customer another organization's."""
    narrowed = tx.organization_id is not None
    values = {"tenant_": tx.tenant, "clock": clock_id} | ({"organization": tx.organization_id} if narrowed else {})
    row = (await tx.execute(_ONE_OF_ORGANIZATION if narrowed else _ONE, values)).first()
    return row and _clock(row)


async def page(tx: Transaction, wanted: Wanted, asked: Slice) -> Page[Queued]:
    """The queue, as far as the reader may see it. Raises Invalid for a cursor of another list."""
    given = {
        "ticket_id": wanted.ticket_id,
        "state": wanted.state,
        "metric": wanted.metric,
        "organization_id": tx.organization_id,
    }
    values = {name: value for name, value in given.items() if value is not None}
    after = asked.after(Place, _START)
    place = {"queue_at_": after.queue_at, "rank_": after.queue_rank, "id_": after.id}
    binds = {f"{name}_": value for name, value in values.items()} | place
    found = await tx.execute(_QUEUE[frozenset(values)], binds | {"tenant_": tx.tenant, "most": asked.most})
    return asked.page([_queued(row) for row in found], lambda queued: queued.place)


def wake(tx: Transaction, changed: Iterable[Clock]) -> None:
    """Say when the first of these clocks has something to announce."""
    dues = [clock.next_due_at for clock in changed if clock.next_due_at is not None]
    if dues:
        tx.falls_due(min(dues))


def row_of(tenant: str, clock: Clock) -> dict[str, Any]:
    """A clock as its row."""
    row = {name: getattr(clock, name) for name in _FIELDS}
    return row | {
        "tenant": tenant,
        "metric": clock.metric.value,
        "state": clock.state.value,
        "levels": [[level.percent, level.at.astimezone(UTC).isoformat()] for level in clock.levels],
        "queue_at": _queue_at(clock),
        "next_due_at": clock.next_due_at,
    }


def _queue_at(clock: Clock) -> datetime:
    if clock.state is State.RUNNING:
        return clock.due_at
    return STANDING_STILL if clock.state is State.PAUSED else ENDED


def _clock(row: sa.Row[Any]) -> Clock:
    values = {name: getattr(row, name) for name in _FIELDS}
    levels = tuple(Level(percent=percent, at=datetime.fromisoformat(at)) for percent, at in row.levels)
    return Clock(**values | {"metric": Metric(row.metric), "state": State(row.state), "levels": levels})


def _queued(row: sa.Row[Any]) -> Queued:
    place = Place(queue_at=row.queue_at, queue_rank=row.queue_rank, id=row.id)
    return Queued(clock=_clock(row), place=place)


def _columns(passed: Sequence[Due]) -> Mapping[str, Sequence[Any]]:
    return {
        "ids": [one.clock.id for one in passed],
        "tenants": [one.tenant for one in passed],
        "states": [one.clock.state.value for one in passed],
        "percents": [one.clock.percent_said for one in passed],
        "levels": [msgspec.json.encode(row_of(one.tenant, one.clock)["levels"]).decode() for one in passed],
        "ends": [one.clock.ended_at for one in passed],
        "queues": [_queue_at(one.clock) for one in passed],
        "nexts": [one.clock.next_due_at for one in passed],
    }


_FIELDS = tuple(field.name for field in fields(Clock))
_START = Place(queue_at=datetime(1, 1, 1, tzinfo=UTC), queue_rank=0, id=UUID(int=0))
_MINE = clocks.c.tenant == sa.bindparam("tenant_")
_OF_TICKET = clocks.c.ticket_id == sa.bindparam("ticket")

_ADD = sa.insert(clocks)
_SAVE = (
    sa.update(clocks)
    .where(clocks.c.id == sa.bindparam("new_id"), clocks.c.tenant == sa.bindparam("new_tenant"))
    .values({column.name: sa.bindparam(f"new_{column.name}") for column in clocks.c if not column.primary_key})
)
# One text for any number of clocks, so that it is prepared once.
_PASSED_POSTGRESQL = sa.text(
    """
    UPDATE clocks SET state = passed.state, percent_said = passed.percent, levels = CAST(passed.levels AS jsonb),
                      ended_at = passed.ended_at, queue_at = passed.queue_at, next_due_at = passed.next_due_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:states AS text[]), CAST(:percents AS int[]),
                CAST(:levels AS text[]), CAST(:ends AS timestamptz[]), CAST(:queues AS timestamptz[]),
                CAST(:nexts AS timestamptz[]))
         AS passed (id, tenant, state, percent, levels, ended_at, queue_at, next_due_at)
    WHERE clocks.id = passed.id AND clocks.tenant = passed.tenant
    """
)
_LOCK = sa.select(clocks).where(_MINE, _OF_TICKET).order_by(clocks.c.id).with_for_update()
_FORGET = sa.delete(clocks).where(_MINE, _OF_TICKET)
_NEXT_DUE = sa.select(sa.func.min(clocks.c.next_due_at)).where(clocks.c.next_due_at.is_not(None))
_LOCK_DUE = (
    sa.select(clocks)
    .where(clocks.c.next_due_at <= sa.bindparam("now"))
    .order_by(clocks.c.next_due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SAY = sa.insert(announcements)
_SAID = (
    sa.select(announcements.c.clock_id, announcements.c.generation, announcements.c.percent)
    .where(announcements.c.tenant == sa.bindparam("tenant_"), announcements.c.ticket_id == sa.bindparam("ticket"))
    .order_by(announcements.c.generation, announcements.c.percent)
)
_ONE = sa.select(clocks).where(_MINE, clocks.c.id == sa.bindparam("clock"))
_ONE_OF_ORGANIZATION = _ONE.where(clocks.c.organization_id == sa.bindparam("organization"))

_RANK = sa.func.coalesce(contracts.c.queue_rank, sa.literal_column(str(RANK_LAST)))
_IN_QUEUE = (
    sa.select(clocks, _RANK.label("queue_rank"))
    .outerjoin(
        contracts, sa.and_(contracts.c.tenant == clocks.c.tenant, contracts.c.contract_id == clocks.c.contract_id)
    )
    .where(
        _MINE,
        clocks.c.queue_at
        >= sa.bindparam("queue_at_", type_=Instant),  # implied by the next line, and what an index can use
        sa.tuple_(clocks.c.queue_at, _RANK, clocks.c.id)
        > sa.tuple_(
            sa.bindparam("queue_at_", type_=Instant),
            sa.bindparam("rank_", type_=sa.Integer),
            sa.bindparam("id_", type_=sa.Uuid),
        ),
    )
    .order_by(clocks.c.queue_at, _RANK, clocks.c.id)
    .limit(sa.bindparam("most"))
)
_FILTERS = ("ticket_id", "state", "metric", "organization_id")
_QUEUE: Mapping[frozenset[str], sa.Select[Any]] = {
    frozenset(name for name, wanted in zip(_FILTERS, chosen, strict=True) if wanted): _IN_QUEUE.where(
        *(clocks.c[name] == sa.bindparam(f"{name}_") for name, wanted in zip(_FILTERS, chosen, strict=True) if wanted)
    )
    for chosen in product((False, True), repeat=len(_FILTERS))
}
