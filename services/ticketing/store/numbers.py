"""The numbers that people call tickets by: per tenant, rising, with gaps.

A counter row would let tickets be opened one after the other only. On PostgreSQL each tenant has a sequence of its own,
made when its offer is applied (so every tenant begins at 1 and none sees how much another has to do); SQLite has one
writer, and takes the highest number plus one.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from services.ticketing.store.tables import tickets
from shared.db import Transaction


def sequence_of(tenant: str) -> str:
    """The name of a tenant's sequence: a hash, for a tenant's name may hold what an identifier may not."""
    return f"ticket_numbers_{hashlib.blake2b(tenant.encode(), digest_size=8).hexdigest()}"


async def prepare_numbers(tx: Transaction) -> None:
    """Make the tenant's sequence, once."""
    if tx.dialect == "postgresql":
        await tx.execute(sa.text(f"CREATE SEQUENCE IF NOT EXISTS {sequence_of(tx.tenant)} AS integer"))


NEXT_POSTGRESQL = sa.func.nextval(sa.cast(sa.cast(sa.bindparam("sequence"), sa.Text), REGCLASS), type_=sa.Integer)
NEXT_SQLITE = (
    sa.select(sa.func.coalesce(sa.func.max(tickets.c.number), 0) + 1)
    .where(tickets.c.tenant == sa.bindparam("tenant"))
    .scalar_subquery()
)
