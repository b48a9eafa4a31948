"""The beginning of a ticket: its first fact and the clock that it starts, in one statement where the database can."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.sla.domain import AnyFact, Clock, to_text
from services.sla.store.clocks import add, row_of, wake
from services.sla.store.tables import clocks, facts
from services.sla.store.told import append_fact
from shared.db import Transaction


async def begin(tx: Transaction, *, ticket_id: UUID, fact: AnyFact, started: Sequence[Clock]) -> None:
    """Keep a ticket's first fact and the clocks that it starts. Every ticket comes this way, so it is kept short."""
    if tx.dialect == "postgresql" and len(started) == 1:
        first = {"first_tenant": tx.tenant, "first_ticket_id": ticket_id, "first_fact": to_text(fact)}
        await tx.execute(_BEGIN_POSTGRESQL, first | {f"new_{k}": v for k, v in row_of(tx.tenant, started[0]).items()})
        wake(tx, started)
        return
    await append_fact(tx, ticket_id=ticket_id, number=1, fact=fact)
    for clock in started:
        await add(tx, clock)


_FIRST_FACT = sa.insert(facts).values(
    tenant=sa.bindparam("first_tenant"),
    ticket_id=sa.bindparam("first_ticket_id"),
    number=sa.literal_column("1"),
    fact=sa.bindparam("first_fact"),
)
_BEGIN_POSTGRESQL = (
    sa.insert(clocks)
    .values({column.name: sa.bindparam(f"new_{column.name}") for column in clocks.c})
    .add_cte(_FIRST_FACT.cte("first_fact"))
)
