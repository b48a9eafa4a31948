"""Tickets with their estimates: opened, locked, saved, listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.ticketing.domain import Status, Ticket
from services.ticketing.offer import Policy
from services.ticketing.store.estimates import estimates_of, save_estimates
from services.ticketing.store.numbers import NEXT_POSTGRESQL, NEXT_SQLITE, sequence_of
from services.ticketing.store.searching import SEARCHED, add_words, folded
from services.ticketing.store.tables import NO_CLOCK, tickets
from shared.db import Transaction
from shared.errors import NotFound, Stale

DUE_MOST_TICKETS = 200  # changed by time in one transaction of the job


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the customer wrote when opening: they stay in this service."""

    description: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCount:
    """How many tickets of a tenant are in a status that is no end."""

    tenant: str
    status: str
    tickets: int


async def insert(tx: Transaction, ticket: Ticket, words: Words) -> int:
    """Keep a new ticket in one statement; answer the number that it got (`ticket.number` is not looked at)."""
    values = {
        "id": ticket.id,
        "tenant": tx.tenant,
        "contract_id": ticket.contract_id,
        "organization_id": ticket.organization_id,
        "plan_code": ticket.plan_code,
        "queue_rank": ticket.queue_rank,
        "channel": ticket.channel,
        "source": ticket.source,
        "area": ticket.area,
        "item": ticket.item,
        "hosting": ticket.hosting,
        "subject": ticket.subject,
        "description": words.description,
        "fields": words.fields,
        "registered_at": ticket.registered_at,
        "detected_at": ticket.detected_at,
        "opened_by": ticket.opened_by,
        "priority": ticket.priority,
        "stage": ticket.stage.value,
        "status": ticket.status.value,
        "split_from": ticket.split_from,
        "asset_id": ticket.asset_id,
        "monitor_check": ticket.monitor_check,
        "template": ticket.template,
        "planned_on": ticket.planned_on,
        "recurrence_id": ticket.recurrence_id,
        "clock_due_at": NO_CLOCK,
    }
    return await _insert(tx, values, said=f"{ticket.subject} {words.description}")


async def _insert(tx: Transaction, values: dict[str, Any], *, said: str) -> int:
    if tx.dialect == "postgresql":
        found = {"sequence": sequence_of(tx.tenant), "search": folded(said)}
        return int((await tx.execute(_OPEN_POSTGRESQL, values | found)).scalar_one())
    number = int((await tx.execute(_OPEN_SQLITE, values)).scalar_one())
    await add_words(tx, values["id"], said, public=True)
    return number


async def locked(tx: Transaction, ticket_id: UUID, *, version: int | None = None) -> Ticket:
    """The ticket, locked until this transaction ends.

    Raises NotFound, also for another organization's; Stale when `version` is given and is not the current one.
    """
    ticket = await _one(tx, _LOCKED, ticket_id)
    if version is not None and version != ticket.version:
        raise Stale(f"the ticket is at version {ticket.version}, not {version}: read it again", field="If-Match")
    return ticket


async def one(tx: Transaction, ticket_id: UUID) -> Ticket:
    """The ticket as it is. Raises NotFound, also for another organization's."""
    return await _one(tx, _ONE, ticket_id)


async def tickets_among(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Ticket]:
    """Those of some ids that are tickets here, without their estimates."""
    rows = await tx.execute(_SEVERAL, {"tenant": tx.tenant, "several": list(ids)})
    return {row.id: ticket_of(row) for row in rows}


async def words_of(tx: Transaction, ticket_id: UUID) -> Words:
    """What the customer wrote when opening."""
    row = (await tx.execute(_WORDS, {"tenant": tx.tenant, "id": ticket_id})).one()
    return Words(description=row.description, fields=row.fields)


async def save(tx: Transaction, before: Ticket, after: Ticket) -> None:
    """Keep what an act changed; `after` has the next version."""
    assert after.version == before.version + 1, "every change is a version"
    rounding = None if after.rounding is None else msgspec.to_builtins(after.rounding)
    values = {
        "own_tenant": tx.tenant,
        "own_id": before.id,
        "own_version": before.version,
        "area": after.area,
        "item": after.item,
        "priority": after.priority,
        "level": after.level,
        "stage": after.stage.value,
        "waiting": after.waiting.value if after.waiting else None,
        "waiting_reason": after.waiting_reason,
        "waiting_until": after.waiting_until,
        "status": after.status.value,
        "round": after.round,
        "promised_at": after.promised_at,
        "promise_changes": after.promise_changes,
        "resolved_at": after.resolved_at,
        "closed_at": after.closed_at,
        "auto_close_at": after.auto_close_at,
        "rounding": rounding,
        "due_at": after.due_at,
        "version": after.version,
        "registered_at": after.registered_at,
        "agent_id": after.agent_id,
        "team": after.team,
        "merged_into": after.merged_into,
        "asset_id": after.asset_id,
        "recovered_at": after.recovered_at,
        "remind_at": after.remind_at,
        "reminders": after.reminders,
        "emergency_at": after.emergency_at,
    }
    changed = await tx.execute(_SAVE, values)
    assert changed.rowcount == 1, "the row was locked: nobody else can have changed it"
    await save_estimates(tx, before, after)


async def next_due(tx: Transaction) -> datetime | None:
    """When time itself changes the next ticket, over all tenants."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one_or_none()
    return due


async def due_tickets(tx: Transaction) -> Sequence[tuple[str, UUID]]:
    """Tenant and id of tickets that are due, locked; those that somebody else works on are left for the next time."""
    rows = await tx.execute(_DUE, {"now": tx.now, "most": DUE_MOST_TICKETS})
    return [(row.tenant, row.id) for row in rows]


async def count_open(tx: Transaction) -> Sequence[OpenCount]:
    """The open tickets by tenant and status, over all tenants."""
    return [OpenCount(tenant=row.tenant, status=row.status, tickets=row.open) for row in await tx.execute(_COUNT)]


async def _one(tx: Transaction, statement: sa.Executable, ticket_id: UUID) -> Ticket:
    row = (await tx.execute(statement, {"tenant": tx.tenant, "id": ticket_id})).first()
    if row is None or tx.organization_id not in (None, row.organization_id):
        raise NotFound("there is no such ticket")
    return ticket_of(row, await estimates_of(tx, ticket_id))


def ticket_of(row: sa.Row[Any], estimates: Any = ()) -> Ticket:
    """The ticket of a row."""
    values = {name: getattr(row, name) for name in _READ_AS_THEY_ARE}
    return Ticket(
        **values,
        stage=Status(row.stage),
        waiting=Status(row.waiting) if row.waiting else None,
        rounding=msgspec.convert(row.rounding, Policy) if row.rounding else None,
        estimates=tuple(estimates),
    )


_READ_AS_THEY_ARE = tuple(Ticket.__dataclass_fields__.keys() - {"stage", "waiting", "rounding", "estimates"})

# A new ticket has these values, and what only later acts give it is left out of its insert.
_FRESH: dict[str, sa.ColumnElement[int]] = {
    "level": sa.literal_column("1"),
    "round": sa.literal_column("1"),
    "version": sa.literal_column("1"),
    "promise_changes": sa.literal_column("0"),
    "reminders": sa.literal_column("0"),
}
_LATER = frozenset(
    {
        "waiting",
        "waiting_reason",
        "waiting_until",
        "promised_at",
        "resolved_at",
        "closed_at",
        "auto_close_at",
        "rounding",
        "due_at",
        "agent_id",
        "team",
        "merged_into",
        "recovered_at",
        "remind_at",
        "emergency_at",
    }
)
_CHANGING = _LATER | _FRESH.keys() | {"area", "item", "priority", "stage", "status", "registered_at", "asset_id"}
_GIVEN: dict[str, sa.BindParameter[Any]] = {
    column.name: sa.bindparam(column.name)
    for column in tickets.c
    if column.name not in _LATER | _FRESH.keys() | {"number", "search", "search_public"}
}
_OPEN = sa.insert(tickets).returning(tickets.c.number)
_OPEN_POSTGRESQL = _OPEN.values(**{**_GIVEN, "search": SEARCHED}, **_FRESH, number=NEXT_POSTGRESQL)
_OPEN_SQLITE = _OPEN.values(**_GIVEN, **_FRESH, number=NEXT_SQLITE)

_NOT_READ = ("description", "fields", "status", "due_at", "search", "search_public", "clock_due_at")
_COLUMNS = [column for column in tickets.c if column.name not in _NOT_READ]
OF_TENANT = sa.select(*_COLUMNS).where(tickets.c.tenant == sa.bindparam("tenant"))
_ONE = OF_TENANT.where(tickets.c.id == sa.bindparam("id"))
_LOCKED = _ONE.with_for_update()
_SEVERAL = OF_TENANT.where(tickets.c.id.in_(sa.bindparam("several", expanding=True)))
_WORDS = sa.select(tickets.c.description, tickets.c.fields).where(
    tickets.c.tenant == sa.bindparam("tenant"), tickets.c.id == sa.bindparam("id")
)
_SAVE = (
    sa.update(tickets)
    .where(
        tickets.c.tenant == sa.bindparam("own_tenant"),
        tickets.c.id == sa.bindparam("own_id"),
        tickets.c.version == sa.bindparam("own_version"),
    )
    .values({name: sa.bindparam(name) for name in sorted(_CHANGING)})
)
_NEXT_DUE = sa.select(sa.func.min(tickets.c.due_at)).where(tickets.c.due_at.is_not(None))
_DUE = (
    sa.select(tickets.c.tenant, tickets.c.id)
    .where(tickets.c.due_at <= sa.bindparam("now"))
    .order_by(tickets.c.due_at, tickets.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_COUNT = (
    sa.select(tickets.c.tenant, tickets.c.status, sa.func.count().label("open"))
    .where(tickets.c.status.not_in(["closed", "cancelled"]))
    .group_by(tickets.c.tenant, tickets.c.status)
)
