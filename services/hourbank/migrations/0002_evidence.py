"""The work, the approvals and the invoice lines behind the minutes, so that each can be explained."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "closings",
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.Column("minutes_actual", sa.Integer, nullable=False),
        sa.Column("entries", JSON, nullable=False),
        sa.Column("rounding", JSON),
    )
    op.create_table(
        "agreements",
        sa.Column("estimate_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("minutes_over", sa.Integer, nullable=False),
        sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
        sa.Column("is_automatic", sa.Boolean, nullable=False),
        sa.Column("approved_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
    )
    op.create_table(
        "charges",
        sa.Column("overage_id", sa.Uuid, primary_key=True),
        sa.Column("invoice_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("invoice_number", sa.Text, nullable=False),
        sa.Column("issue_date", sa.Date, nullable=False),
        sa.Column("due_date", sa.Date, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
    )
