"""Visits and meetings of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.visits import Visit, VisitState
from services.ticketing.store.tables import contracts
from services.ticketing.store.work_tables import meetings, visits
from shared.db import Transaction
from shared.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting that was asked for: so many minutes of so many professionals (N34, N49)."""

    id: UUID
    ticket_id: UUID
    reason_code: str | None
    minutes: int
    professionals: int
    by_customer: bool
    requested_at: datetime
    requested_by: str


async def add_visit(tx: Transaction, visit: Visit) -> None:
    """Keep an appointment."""
    await tx.execute(_ADD, {"tenant": tx.tenant} | _values(visit))


async def save_visit(tx: Transaction, visit: Visit) -> None:
    """Keep what became of an appointment."""
    values = {name: value for name, value in _values(visit).items() if name in _CHANGING}
    await tx.execute(_SAVE, {"own_tenant": tx.tenant, "own_id": visit.id} | values)


async def visit_of(tx: Transaction, ticket_id: UUID, visit_id: UUID) -> Visit:
    """A visit of a ticket. Raises NotFound."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "ticket_id": ticket_id, "id": visit_id})).first()
    if row is None:
        raise NotFound("the ticket has no such visit")
    return _visit(row)


async def visits_of(tx: Transaction, ticket_id: UUID) -> Sequence[Visit]:
    """The visits of a ticket, the oldest appointment first."""
    return [_visit(row) for row in await tx.execute(_OF_TICKET, {"tenant": tx.tenant, "ticket_id": ticket_id})]


async def visits_between(tx: Transaction, contract_id: UUID, since: datetime, until: datetime) -> Sequence[Visit]:
    """The visits of a contract that begin in a time (B21).

    The contract's row is locked first, so that two tickets of it do not both take the last one.
    """
    await tx.execute(_LOCK_CONTRACT, {"tenant": tx.tenant, "contract_id": contract_id})
    values = {"tenant": tx.tenant, "contract_id": contract_id, "since": since, "until": until}
    return [_visit(row) for row in await tx.execute(_BETWEEN, values)]


async def add_meeting(tx: Transaction, meeting: Meeting) -> None:
    """Keep that a meeting was asked for."""
    await tx.execute(_ADD_MEETING, {"tenant": tx.tenant} | {name: getattr(meeting, name) for name in _MEETING})


async def meetings_of(tx: Transaction, ticket_id: UUID) -> Sequence[Meeting]:
    """The meetings that were asked for in a ticket, the oldest first."""
    rows = await tx.execute(_MEETINGS, {"tenant": tx.tenant, "ticket_id": ticket_id})
    return [Meeting(**{name: getattr(row, name) for name in _MEETING}) for row in rows]


def _values(visit: Visit) -> dict[str, Any]:
    return {name: getattr(visit, name) for name in _VISIT} | {"state": visit.state.value}


def _visit(row: sa.Row[Any]) -> Visit:
    return Visit(**{name: getattr(row, name) for name in _VISIT} | {"state": VisitState(row.state)})


_VISIT = tuple(Visit.__dataclass_fields__)
_MEETING = tuple(Meeting.__dataclass_fields__)
_CHANGING = frozenset(_VISIT) - {"id", "ticket_id", "contract_id", "timezone"}
_ADD = sa.insert(visits)
_ADD_MEETING = sa.insert(meetings)
_SELECT = sa.select(visits).where(visits.c.tenant == sa.bindparam("tenant"))
_OF_TICKET = _SELECT.where(visits.c.ticket_id == sa.bindparam("ticket_id")).order_by(visits.c.id)
_ONE = _OF_TICKET.where(visits.c.id == sa.bindparam("id"))
_BETWEEN = _SELECT.where(
    visits.c.contract_id == sa.bindparam("contract_id"),
    visits.c.starts_at >= sa.bindparam("since"),
    visits.c.starts_at < sa.bindparam("until"),
)
_LOCK_CONTRACT = (
    sa.select(contracts.c.id)
    .where(contracts.c.tenant == sa.bindparam("tenant"), contracts.c.id == sa.bindparam("contract_id"))
    .with_for_update()
)
_SAVE = (
    sa.update(visits)
    .where(visits.c.tenant == sa.bindparam("own_tenant"), visits.c.id == sa.bindparam("own_id"))
    .values({name: sa.bindparam(name) for name in sorted(_CHANGING)})
)
_MEETINGS = (
    sa.select(meetings)
    .where(meetings.c.tenant == sa.bindparam("tenant"), meetings.c.ticket_id == sa.bindparam("ticket_id"))
    .order_by(meetings.c.id)
)
