"""Lists of tickets: narrowed, searched, the newest first or the most urgent first, a page at a time by their keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain import Ticket
from services.ticketing.store.searching import PLAN_FOR_THE_WORDS, QUERY, beginnings, folded, ticket_words
from services.ticketing.store.tables import NO_CLOCK, clocks, tickets
from services.ticketing.store.tickets import OF_TENANT, ticket_of
from shared.db import Transaction

Order = Literal["newest", "due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to; None does not narrow. `words` are looked for as people write them."""

    status: str | None = None
    contract_id: UUID | None = None
    organization_id: UUID | None = None
    level: int | None = None
    priority: str | None = None
    team: str | None = None
    agent_id: str | None = None
    asset_id: UUID | None = None
    opened_by: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The last ticket of the page before, by the keys of both orders."""

    number: int
    due_at: datetime
    queue_rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A ticket in a list, and when the first of its promises is due; None when none runs."""

    ticket: Ticket
    clock_due_at: datetime

    @property
    def due_at(self) -> datetime | None:
        """When the first promise is due."""
        return None if self.clock_due_at == NO_CLOCK else self.clock_due_at


async def page(tx: Transaction, wanted: Filter, *, order: Order, behind: Behind | None, most: int) -> Sequence[Queued]:
    """Tickets without their estimates. By `due`: those that are open, by promise, plan and age (N8)."""
    given: dict[str, Any] = {name: getattr(wanted, name) for name in _NARROW if hasattr(wanted, name)}
    given |= {"own_organization": tx.organization_id, **_searched(wanted.words, tx.dialect)}
    if behind is not None:
        given["number"] = behind.number
        if order == "due":
            given |= {"due": behind.due_at, "rank": behind.queue_rank}
    values = {name: value for name, value in given.items() if value is not None}
    looks_inside = tx.organization_id is None
    statement = _page(frozenset(values), order, looks_inside, tx.dialect)
    if "words" in values and tx.dialect == "postgresql":
        await tx.execute(PLAN_FOR_THE_WORDS)
    rows = await tx.execute(statement, {**values, "tenant": tx.tenant, "most": most})
    return [Queued(ticket=ticket_of(row), clock_due_at=row.clock_due_at) for row in rows]


async def note_clock(tx: Transaction, ticket_id: UUID, *, metric: str, due_at: datetime | None) -> None:
    """Remember when a promise of a ticket is due, None when none runs; and with the ticket the first of them."""
    own = {"ticket_id": ticket_id, "metric": metric, "due_at": due_at, "tenant": tx.tenant}
    await tx.execute(_NOTE[tx.dialect], own)
    await tx.execute(_FIRST_DUE, {"own_tenant": tx.tenant, "own_id": ticket_id})


def _searched(words: str | None, dialect: str) -> dict[str, Any]:
    """The parameters of a search: a ticket's number, or words."""
    if words is None:
        return {}
    if re.fullmatch(r"#?[0-9]{1,9}", words.strip()):
        return {"called": int(words.strip().lstrip("#"))}
    return {"words": folded(words) if dialect == "postgresql" else beginnings(words)}


@cache
def _page(narrowed: frozenset[str], order: Order, looks_inside: bool, dialect: str) -> sa.Executable:  # noqa: FBT001
    """The list with these filters: built once for each combination that is asked for."""
    conditions = [_NARROW[name] for name in sorted(narrowed & _NARROW.keys())]
    if "words" in narrowed:
        conditions.append(_matches(looks_inside=looks_inside, dialect=dialect))
    statement = OF_TENANT.add_columns(tickets.c.clock_due_at).where(*conditions).limit(sa.bindparam("most"))
    if order == "newest":
        behind = [tickets.c.number < sa.bindparam("number")] if "number" in narrowed else []
        return statement.where(*behind).order_by(tickets.c.number.desc())
    keys = (tickets.c.clock_due_at, tickets.c.queue_rank, tickets.c.number)
    place = sa.tuple_(
        sa.bindparam("due", type_=tickets.c.clock_due_at.type), sa.bindparam("rank"), sa.bindparam("number")
    )
    behind = [sa.tuple_(*keys) > place] if "number" in narrowed else []
    return statement.where(_IS_OPEN, *behind).order_by(*keys)


def _matches(*, looks_inside: bool, dialect: str) -> sa.ColumnElement[bool]:
    """Tickets whose own words or messages match; a customer finds nothing by an internal note."""
    if dialect == "postgresql":
        of_all = tickets.c.search
        document = of_all if looks_inside else sa.func.coalesce(tickets.c.search_public, of_all, type_=of_all.type)
        return document.op("@@")(QUERY)
    may_see = sa.true() if looks_inside else ticket_words.c.public
    found = sa.select(ticket_words.c.ticket_id).where(
        ticket_words.c.words.op("MATCH")(sa.bindparam("words", type_=sa.Text)),
        ticket_words.c.tenant == sa.bindparam("tenant"),
        may_see,
    )
    return tickets.c.id.in_(found)


_IS_OPEN = sa.text("tickets.status NOT IN ('closed', 'cancelled')")  # word for word the condition of the index
_NARROW: dict[str, sa.ColumnElement[bool]] = {
    **{
        name: tickets.c[name] == sa.bindparam(name)
        for name in (
            *("status", "contract_id", "organization_id", "level", "priority"),
            *("team", "agent_id", "asset_id", "opened_by"),
        )
    },
    "own_organization": tickets.c.organization_id == sa.bindparam("own_organization"),
    "called": tickets.c.number == sa.bindparam("called"),
}
_NOTE: dict[str, sa.Executable] = {
    name: insert(clocks).on_conflict_do_update(
        index_elements=[clocks.c.ticket_id, clocks.c.metric], set_={"due_at": insert(clocks).excluded.due_at}
    )
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_FIRST_DUE = (
    sa.update(tickets)
    .where(tickets.c.tenant == sa.bindparam("own_tenant"), tickets.c.id == sa.bindparam("own_id"))
    .values(
        clock_due_at=sa.func.coalesce(
            sa.select(sa.func.min(clocks.c.due_at))
            .where(clocks.c.tenant == sa.bindparam("own_tenant"), clocks.c.ticket_id == sa.bindparam("own_id"))
            .scalar_subquery(),
            sa.literal(NO_CLOCK, type_=tickets.c.clock_due_at.type),
        )
    )
)
