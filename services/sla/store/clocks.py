"""The clocks as they stand, the announcements made of them, and the queue that people look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import compress, product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Announcement, Clock, Level, Metric, Said, State, said_too
from services.sla.store.places import Place, Queued
from services.sla.store.tables import announcements, clocks, contracts
from shared.db import Instant, Transaction
from shared.pages import Page, Slice

STANDING_STILL = datetime(9000, 1, 1, tzinfo=UTC)  # in the queue after everything that runs
ENDED = datetime(9999, 1, 1, tzinfo=UTC)  # and after that, what nobody waits for any more
RANK_LAST = 1_000_000  # a contract without a rank comes last where due instants are equal (N8)


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


async def lock_of_ticket(tx: Transaction, ticket_id: UUID) -> dict[UUID, Clock]:
    """Lock the clocks of a ticket against the job that announces what falls due, and give them."""
    rows = await tx.execute(_LOCK, {"tenant_": tx.tenant, "ticket": ticket_id})
    return {row.id: clock_of(row) for row in rows}


async def forget(tx: Transaction, ticket_id: UUID) -> None:
    """Remove what is derived of a ticket, to derive it again."""
    await tx.execute(_FORGET, {"tenant_": tx.tenant, "ticket": ticket_id})


async def say(tx: Transaction, said: Iterable[tuple[str, Announcement]]) -> None:
    """Write down what is announced, each level of each winding once; pairs of provider and announcement."""
    rows = [
        {
            "tenant": tenant,
            "ticket_id": one.clock.ticket_id,
            "metric": str(one.clock.metric),
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
    return row and clock_of(row)


async def page(tx: Transaction, wanted: Wanted, asked: Slice) -> Page[Queued]:
    """The queue, as far as the reader may see it: what is owed, then what is over. Raises Invalid for a cursor of
    another list.
    """
    given = {
        "ticket_id": wanted.ticket_id,
        "state": wanted.state,
        "metric": wanted.metric,
        "organization_id": tx.organization_id,
    }
    values = {name: value for name, value in given.items() if value is not None}
    after = asked.after(Place, _START)
    place = {"queue_at_": after.queue_at, "rank_": after.queue_rank, "id_": after.id}
    binds = {f"{name}_": value for name, value in values.items()} | {"tenant_": tx.tenant, "most": asked.most}
    chosen, found = frozenset(values), list[sa.Row[Any]]()
    if after.queue_at < ENDED:
        found += await tx.execute(_OWED[chosen], binds | place)
    if len(found) < asked.most:
        last = after.id if after.queue_at >= ENDED else _START.id
        found += await tx.execute(_OVER[chosen], binds | {"id_": last, "most": asked.most - len(found)})
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
    if not clock.is_owed:
        return ENDED
    return STANDING_STILL if clock.state is State.PAUSED else clock.due_at


def clock_of(row: sa.Row[Any]) -> Clock:
    """A row as its clock."""
    values = {name: getattr(row, name) for name in _FIELDS}
    levels = tuple(Level(percent=percent, at=datetime.fromisoformat(at)) for percent, at in row.levels)
    return Clock(**values | {"metric": Metric(row.metric), "state": State(row.state), "levels": levels})


def _queued(row: sa.Row[Any]) -> Queued:
    place = Place(queue_at=row.queue_at, queue_rank=row.queue_rank, id=row.id)
    return Queued(clock=clock_of(row), place=place)


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
_LOCK = sa.select(clocks).where(_MINE, _OF_TICKET).order_by(clocks.c.id).with_for_update()
_FORGET = sa.delete(clocks).where(_MINE, _OF_TICKET)
_SAY = sa.insert(announcements)
_SAID = (
    sa.select(announcements.c.clock_id, announcements.c.generation, announcements.c.percent)
    .where(announcements.c.tenant == sa.bindparam("tenant_"), announcements.c.ticket_id == sa.bindparam("ticket"))
    .order_by(announcements.c.generation, announcements.c.percent)
)
_ONE = sa.select(clocks).where(_MINE, clocks.c.id == sa.bindparam("clock"))
_ONE_OF_ORGANIZATION = _ONE.where(clocks.c.organization_id == sa.bindparam("organization"))

RANK = sa.func.coalesce(contracts.c.queue_rank, sa.literal_column(str(RANK_LAST)))
_WITH_RANK = sa.select(clocks, RANK.label("queue_rank")).outerjoin(
    contracts, sa.and_(contracts.c.tenant == clocks.c.tenant, contracts.c.contract_id == clocks.c.contract_id)
)
_IN_QUEUE = (
    _WITH_RANK.where(
        _MINE,
        clocks.c.settled_at.is_(None),
        clocks.c.queue_at
        >= sa.bindparam("queue_at_", type_=Instant),  # implied by the next line, and what an index can use
        sa.tuple_(clocks.c.queue_at, RANK, clocks.c.id)
        > sa.tuple_(
            sa.bindparam("queue_at_", type_=Instant),
            sa.bindparam("rank_", type_=sa.Integer),
            sa.bindparam("id_", type_=sa.Uuid),
        ),
    )
    .order_by(clocks.c.queue_at, RANK, clocks.c.id)
    .limit(sa.bindparam("most"))
)
# What is over has no rank any more: its ids are an order that an index has, however much there is of it.
_AFTERWARDS = (
    _WITH_RANK.where(_MINE, clocks.c.queue_at == ENDED, clocks.c.id > sa.bindparam("id_", type_=sa.Uuid))
    .order_by(clocks.c.id)
    .limit(sa.bindparam("most"))
)
_FILTERS = ("ticket_id", "state", "metric", "organization_id")


def _narrowed(query: sa.Select[Any]) -> Mapping[frozenset[str], sa.Select[Any]]:
    """A query for each choice of filters, built once."""
    return {
        frozenset(compress(_FILTERS, chosen)): query.where(
            *(
                clocks.c[name] == sa.bindparam(f"{name}_")
                for name, wanted in zip(_FILTERS, chosen, strict=True)
                if wanted
            )
        )
        for chosen in product((False, True), repeat=len(_FILTERS))
    }


_OWED, _OVER = _narrowed(_IN_QUEUE), _narrowed(_AFTERWARDS)
