"""Time-boxes that are used up: tell it once (B20, B26, S33)."""

from __future__ import annotations

from services.sla import store
from shared.db import Transaction
from shared.events.sla import TimeboxReached

REACH_BOXES = 500  # in one transaction


async def reach_limits(tx: Transaction, *, most: int = REACH_BOXES) -> int:
    """Tell of the time-boxes that are used up, each once; answer how many those were."""
    limits = await store.lock_limits(tx, most=most)
    for limit in limits:
        await reach(tx.as_tenant(limit.tenant), limit)
    return len(limits)


async def reach(tx: Transaction, limit: store.Limit) -> None:
    """Tell that a time-box is used up, dated by when it was."""
    await store.keep_reached(tx, limit)
    await tx.publish(
        TimeboxReached(
            ticket_id=limit.ticket_id,
            contract_id=limit.contract_id,
            organization_id=limit.organization_id,
            ticket_number=limit.ticket_number,
            box=limit.box,
            level=limit.level,
            timer_id=limit.timer_id,
            at_limit=limit.at_limit,
            limit_minutes=limit.limit_minutes,
            reached_at=limit.reached_at,
        )
    )
