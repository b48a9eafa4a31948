"""Timers that run, and those that became time entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.timing import Timer
from services.ticketing.store.work_tables import timers
from shared.db import Transaction
from shared.errors import NotFound


async def add_timer(tx: Transaction, timer: Timer) -> None:
    """Keep a timer that was started."""
    await tx.execute(_ADD, {"tenant": tx.tenant} | {name: getattr(timer, name) for name in _TIMER})


async def timer_of(tx: Transaction, ticket_id: UUID, timer_id: UUID) -> Timer:
    """A timer of a ticket. Raises NotFound."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "ticket_id": ticket_id, "id": timer_id})).first()
    if row is None:
        raise NotFound("the ticket has no such timer")
    return _timer(row)


async def timers_of(tx: Transaction, ticket_id: UUID) -> Sequence[Timer]:
    """All timers of a ticket, the oldest first."""
    return [_timer(row) for row in await tx.execute(_OF_TICKET, {"tenant": tx.tenant, "ticket_id": ticket_id})]


async def running_of(tx: Transaction, professional_id: str) -> Timer | None:
    """The timer of a professional that runs, on whatever ticket."""
    row = (await tx.execute(_RUNNING, {"tenant": tx.tenant, "professional_id": professional_id})).first()
    return None if row is None else _timer(row)


async def save_stop(tx: Transaction, timer: Timer) -> None:
    """Keep that a timer was stopped."""
    values = {"own_id": timer.id, "own_tenant": tx.tenant, "stopped_at": timer.stopped_at, "seconds": timer.seconds}
    await tx.execute(_STOP, values)


def _timer(row: sa.Row[Any]) -> Timer:
    return Timer(**{name: getattr(row, name) for name in _TIMER})


_TIMER = tuple(Timer.__dataclass_fields__)
_ADD = sa.insert(timers)
_SELECT = sa.select(timers).where(timers.c.tenant == sa.bindparam("tenant"))
_OF_TICKET = _SELECT.where(timers.c.ticket_id == sa.bindparam("ticket_id")).order_by(timers.c.id)
_ONE = _OF_TICKET.where(timers.c.id == sa.bindparam("id"))
_RUNNING = _SELECT.where(timers.c.professional_id == sa.bindparam("professional_id"), timers.c.stopped_at.is_(None))
_STOP = (
    sa.update(timers)
    .where(timers.c.tenant == sa.bindparam("own_tenant"), timers.c.id == sa.bindparam("own_id"))
    .values(stopped_at=sa.bindparam("stopped_at"), seconds=sa.bindparam("seconds"))
)
