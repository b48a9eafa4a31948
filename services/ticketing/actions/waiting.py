"""When the promises of a ticket are due, as the sla service tells: the desk serves what is due first (N8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.ticketing import store
from shared.db import Transaction


async def note_clock(tx: Transaction, *, ticket_id: UUID, metric: str, due_at: datetime | None) -> None:
    """Remember when a promise is due; None while it stands still or when it was kept."""
    await store.note_clock(tx, ticket_id, metric=metric, due_at=due_at)
