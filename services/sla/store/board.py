"""What the board shows: clocks that are owed, each with the calendar that it is counted by; a hundred of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from services.sla.domain import Clock, State, TermsRef
from services.sla.store.clocks import RANK, STANDING_STILL, clock_of
from services.sla.store.tables import clocks, contracts, terms
from shared.db import Instant, Transaction

BOARD_MOST: Final = 100  # more than anybody reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A clock that is owed, and the version of the terms whose calendar it is counted by."""

    clock: Clock
    ref: TermsRef


async def broken(tx: Transaction) -> list[Owed]:
    """What is broken and not made good, the oldest first; one more than a board shows, to know whether there is."""
    return await _owed(tx, _BROKEN, now=tx.now)


async def running(tx: Transaction) -> list[Owed]:
    """What runs, what is due first before the rest, then by the rank of the plan (N8)."""
    return await _owed(tx, _RUNNING)


async def paused(tx: Transaction) -> list[Owed]:
    """What stands still, the least time left first."""
    return await _owed(tx, _PAUSED)


async def _owed(tx: Transaction, queries: Mapping[bool, sa.Select[Any]], **more: object) -> list[Owed]:
    narrowed = tx.organization_id is not None
    binds = {"tenant_": tx.tenant} | more | ({"organization": tx.organization_id} if narrowed else {})
    return [
        Owed(clock=clock_of(row), ref=TermsRef(version=row.calendar_version, sha256=row.sha256))
        for row in await tx.execute(queries[narrowed], binds)
    ]


def _both(query: sa.Select[Any]) -> Mapping[bool, sa.Select[Any]]:
    """For the provider's people, and narrowed to an organization for a customer."""
    return {False: query, True: query.where(clocks.c.organization_id == sa.bindparam("organization"))}


_COUNTED = (
    sa.select(clocks, terms.c.sha256)
    .join(terms, sa.and_(terms.c.tenant == clocks.c.tenant, terms.c.version == clocks.c.calendar_version))
    .where(clocks.c.tenant == sa.bindparam("tenant_"), clocks.c.settled_at.is_(None))
    .limit(BOARD_MOST + 1)
)
_BROKEN = _both(
    _COUNTED.where(
        clocks.c.queue_at <= sa.bindparam("now", type_=Instant),  # what runs comes behind it
        clocks.c.state == State.BREACHED.value,
    ).order_by(clocks.c.queue_at, clocks.c.id)
)
_RUNNING = _both(
    _COUNTED.outerjoin(
        contracts, sa.and_(contracts.c.tenant == clocks.c.tenant, contracts.c.contract_id == clocks.c.contract_id)
    )
    .where(clocks.c.queue_at < STANDING_STILL, clocks.c.state == State.RUNNING.value)
    .order_by(clocks.c.queue_at, RANK, clocks.c.id)
)
_PAUSED = _both(_COUNTED.where(clocks.c.queue_at == STANDING_STILL).order_by(clocks.c.remaining_seconds, clocks.c.id))
