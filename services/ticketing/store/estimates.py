"""The estimates of a ticket, kept with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain import Estimate, Kind, State, Ticket
from services.ticketing.store.tables import estimates
from shared.db import Transaction


async def estimates_of(tx: Transaction, ticket_id: UUID) -> Sequence[Estimate]:
    """All estimates of a ticket, the first one first."""
    rows = await tx.execute(_OF_TICKET, {"tenant": tx.tenant, "ticket_id": ticket_id})
    return [_estimate(row) for row in rows]


async def save_estimates(tx: Transaction, before: Ticket, after: Ticket) -> None:
    """Keep the estimates that an act added or changed."""
    known = {one.id: one for one in before.estimates}
    for one in after.estimates:
        if one.id not in known:
            await tx.execute(_ADD, {**_values(one), "tenant": tx.tenant, "ticket_id": after.id})
        elif one != known[one.id]:
            own = {"own_tenant": tx.tenant, "own_id": one.id}
            await tx.execute(_CHANGE, {name: value for name, value in _values(one).items() if name in _ANSWER} | own)


def _values(one: Estimate) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _COLUMNS}
    return values | {"kind": one.kind.value, "state": one.state.value}


def _estimate(row: sa.Row[Any]) -> Estimate:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Estimate(**values | {"kind": Kind(row.kind), "state": State(row.state)})


_COLUMNS = [column.name for column in estimates.c if column.name not in ("tenant", "ticket_id")]
_ANSWER = (
    "state",
    "minutes_from_bank",
    "minutes_over",
    "hour_price_cents",
    "overage_cents",
    "requested_at",
    "valid_until",
    "decided_at",
    "decided_by",
    "reason",
    "remind_at",
)
_OF_TICKET = (
    sa.select(estimates)
    .where(estimates.c.tenant == sa.bindparam("tenant"), estimates.c.ticket_id == sa.bindparam("ticket_id"))
    .order_by(estimates.c.number)
)
_ADD = sa.insert(estimates)
_CHANGE = (
    sa.update(estimates)
    .where(estimates.c.tenant == sa.bindparam("own_tenant"), estimates.c.id == sa.bindparam("own_id"))
    .values({name: sa.bindparam(name) for name in _ANSWER})
)
