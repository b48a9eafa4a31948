"""The tables of what contracts stand on and bring: price lists, index rates, purchases."""

from __future__ import annotations

import sqlalchemy as sa

from services.billing.store.tables import metadata
from shared.db import Instant, Json

price_lists = sa.Table(
    "price_lists",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("prices", Json, nullable=False),
    sa.Column("listed_at", Instant, nullable=False),
)

index_rates = sa.Table(
    "index_rates",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),
    sa.Column("percent", sa.Text, nullable=False),
    sa.Column("noted_at", Instant, nullable=False),
)

purchases = sa.Table(
    "purchases",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("validity_months", sa.Integer, nullable=False),
    sa.Column("effective_date", sa.Date, nullable=False),
    sa.Column("purchased_at", Instant, nullable=False),
    sa.Column("voided_at", Instant),
    sa.Column("is_void_confirmed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("void_refused", sa.Text),
    sa.Index("purchases_of_contract", "tenant", "contract_id", "id"),
)
