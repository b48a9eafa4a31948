"""What reports are counted from: a row a ticket and a row a meeting, and the counts, made by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import Taken
from services.sla.store.tables import clocks, metadata
from shared.db import Instant, Transaction

Grouping = Literal["month", "plan", "priority", "team"]

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("priority", sa.Text),
    sa.Column("team", sa.Text),
    sa.Column("level", sa.Integer, nullable=False),
    # Local to the provider's calendar: the month and the day that a ticket is counted in.
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("registered_date", sa.Date, nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("business_seconds", sa.Integer),
    sa.Column("paused_seconds", sa.Integer),
    sa.Column("band", sa.Text),
    sa.Index("tickets_by_date", "tenant", "registered_date"),
)

meetings = sa.Table(
    "meetings",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("meeting_id", sa.Uuid, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Index("meetings_by_time", "tenant", "requested_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A ticket as reports count it when it is opened; month and date are local."""

    ticket_id: UUID
    number: int
    organization_id: UUID
    plan_code: str
    priority: str | None
    registered_at: datetime
    registered_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Local dates of registration, both included; `by` None counts everything together."""

    first: date
    last: date
    by: Grouping | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How one promise of one group was kept."""

    group: str | None
    metric: str
    met: int
    breached: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolutions:
    """What the resolved tickets of one group took, in business seconds, and where they fall beside the band (N30)."""

    group: str | None
    tickets: int
    resolved: int
    business_seconds: int
    paused_seconds: int
    quicker: int
    within: int
    slower: int
    third_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A ticket that took long."""

    ticket_id: UUID
    number: int
    plan_code: str
    priority: str | None
    registered_at: datetime
    resolved_at: datetime
    business_seconds: int
    paused_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meetings:
    """Meetings asked for and tickets received in a time (N47)."""

    meetings: int
    tickets: int


async def register(tx: Transaction, one: Registered) -> None:
    """Count one more ticket."""
    row = {
        "tenant": tx.tenant,
        "ticket_id": one.ticket_id,
        "number": one.number,
        "organization_id": one.organization_id,
        "plan_code": one.plan_code,
        "priority": one.priority,
        "level": 1,
        "month": f"{one.registered_date:%Y-%m}",
        "registered_date": one.registered_date,
        "registered_at": one.registered_at,
    }
    await tx.execute(_REGISTER, row)


async def set_priority(tx: Transaction, *, ticket_id: UUID, priority: str) -> None:
    """Count it under another priority."""
    await tx.execute(_SET_PRIORITY, {"tenant_": tx.tenant, "ticket": ticket_id, "to": priority})


async def set_team(tx: Transaction, *, ticket_id: UUID, team: str | None) -> None:
    """Count it for another team."""
    await tx.execute(_SET_TEAM, {"tenant_": tx.tenant, "ticket": ticket_id, "to": team})


async def raise_level(tx: Transaction, *, ticket_id: UUID, level: int) -> None:
    """Remember the highest level that it has come to (B29)."""
    await tx.execute(_RAISE_LEVEL, {"tenant_": tx.tenant, "ticket": ticket_id, "to": level})


async def set_resolved(tx: Transaction, *, ticket_id: UUID, at: datetime, took: Taken) -> None:
    """Count what it took; the first word of a round holds: a close after the resolution changes nothing."""
    values = {"at": at, "business": took.business_seconds, "paused": took.paused_seconds, "in_band": took.band}
    await tx.execute(_SET_RESOLVED, {"tenant_": tx.tenant, "ticket": ticket_id} | values)


async def set_unresolved(tx: Transaction, *, ticket_id: UUID) -> None:
    """It was reopened: nothing is resolved yet."""
    await tx.execute(_SET_UNRESOLVED, {"tenant_": tx.tenant, "ticket": ticket_id})


async def add_meeting(tx: Transaction, *, meeting_id: UUID, ticket_id: UUID, at: datetime) -> None:
    """Count a meeting that was asked for."""
    row = {"tenant": tx.tenant, "meeting_id": meeting_id, "ticket_id": ticket_id, "requested_at": at}
    await tx.execute(_ADD_MEETING, row)


async def count_kept(tx: Transaction, span: Span) -> list[Kept]:
    """How promises were kept, by group and metric; a customer's own organization only."""
    rows = await tx.execute(_KEPT[span.by, tx.organization_id is not None], _binds(tx, span))
    return [Kept(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name


async def count_resolutions(tx: Transaction, span: Span) -> list[Resolutions]:
    """What tickets took, by group."""
    rows = await tx.execute(_RESOLUTIONS[span.by], _binds(tx, span))
    return [Resolutions(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name


async def slowest(tx: Transaction, span: Span, *, most: int) -> list[Slow]:
    """The resolved tickets that took most business time, the longest first."""
    rows = await tx.execute(_SLOWEST, _binds(tx, span) | {"most": most})
    return [Slow(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name


async def count_meetings(tx: Transaction, *, since: datetime) -> Meetings:
    """Meetings and tickets after an instant."""
    row = (await tx.execute(_MEETINGS, {"tenant_": tx.tenant, "since": since})).one()
    return Meetings(meetings=row.meetings, tickets=row.tickets)


def _binds(tx: Transaction, span: Span) -> dict[str, Any]:
    binds = {"tenant_": tx.tenant, "first": span.first, "last": span.last}
    return binds | ({"organization": tx.organization_id} if tx.organization_id is not None else {})


_OF_TENANT = tickets.c.tenant == sa.bindparam("tenant_")
_ONE = sa.and_(_OF_TENANT, tickets.c.ticket_id == sa.bindparam("ticket"))
_REGISTER = sa.insert(tickets)
_SET_PRIORITY = sa.update(tickets).where(_ONE).values(priority=sa.bindparam("to"))
_SET_TEAM = sa.update(tickets).where(_ONE).values(team=sa.bindparam("to"))
_RAISE_LEVEL = sa.update(tickets).where(_ONE, tickets.c.level < sa.bindparam("to")).values(level=sa.bindparam("to"))
_SET_RESOLVED = (
    sa.update(tickets)
    .where(_ONE, tickets.c.resolved_at.is_(None))
    .values(
        resolved_at=sa.bindparam("at"),
        business_seconds=sa.bindparam("business"),
        paused_seconds=sa.bindparam("paused"),
        band=sa.bindparam("in_band"),
    )
)
_SET_UNRESOLVED = (
    sa.update(tickets).where(_ONE).values(resolved_at=None, business_seconds=None, paused_seconds=None, band=None)
)
_ADD_MEETING = sa.insert(meetings)

_GROUPS: Mapping[Grouping | None, sa.ColumnElement[Any]] = {
    None: sa.null(),
    "month": tickets.c.month,
    "plan": tickets.c.plan_code,
    "priority": tickets.c.priority,
    "team": tickets.c.team,
}
_IN_SPAN = sa.and_(
    _OF_TENANT,
    tickets.c.registered_date >= sa.bindparam("first"),
    tickets.c.registered_date <= sa.bindparam("last"),
)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


def _kept(group: sa.ColumnElement[Any], *, narrowed: bool) -> sa.Select[Any]:
    ordered = (group, clocks.c.metric) if group is not _GROUPS[None] else (clocks.c.metric,)
    chosen = (
        sa.select(
            group.label("group"),
            clocks.c.metric,
            _count(clocks.c.state == "met").label("met"),
            _count(clocks.c.state == "breached").label("breached"),
            _count(clocks.c.state.in_(("running", "paused"))).label("open"),
        )
        .join(tickets, sa.and_(tickets.c.tenant == clocks.c.tenant, tickets.c.ticket_id == clocks.c.ticket_id))
        .where(_IN_SPAN, clocks.c.state != "cancelled")
        .group_by(*ordered)
        .order_by(*ordered)
    )
    return chosen.where(tickets.c.organization_id == sa.bindparam("organization")) if narrowed else chosen


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)


def _resolutions(group: sa.ColumnElement[Any]) -> sa.Select[Any]:
    chosen = sa.select(
        group.label("group"),
        sa.func.count().label("tickets"),
        _count(tickets.c.resolved_at.is_not(None)).label("resolved"),
        _sum(tickets.c.business_seconds).label("business_seconds"),
        _sum(tickets.c.paused_seconds).label("paused_seconds"),
        *(_count(tickets.c.band == band).label(band) for band in ("quicker", "within", "slower")),
        _count(tickets.c.level >= sa.literal_column("3")).label("third_level"),
    ).where(_IN_SPAN)
    return chosen if group is _GROUPS[None] else chosen.group_by(group).order_by(group)


_KEPT = {(by, narrowed): _kept(group, narrowed=narrowed) for by, group in _GROUPS.items() for narrowed in (False, True)}
_RESOLUTIONS = {by: _resolutions(group) for by, group in _GROUPS.items()}
_SLOWEST = (
    sa.select(*(tickets.c[name] for name in Slow.__dataclass_fields__))
    .where(_IN_SPAN, tickets.c.resolved_at.is_not(None))
    .order_by(tickets.c.business_seconds.desc(), tickets.c.number)
    .limit(sa.bindparam("most"))
)
_MEETINGS = sa.select(
    sa.select(sa.func.count())
    .select_from(meetings)
    .where(meetings.c.tenant == sa.bindparam("tenant_"), meetings.c.requested_at > sa.bindparam("since", type_=Instant))
    .scalar_subquery()
    .label("meetings"),
    sa.select(sa.func.count())
    .select_from(tickets)
    .where(_OF_TENANT, tickets.c.registered_at > sa.bindparam("since", type_=Instant))
    .scalar_subquery()
    .label("tickets"),
)
