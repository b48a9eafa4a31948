"""Contracts change: plans, prices, an end; price lists are kept, index rates typed in, hours bought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("organizations", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("contracts", sa.Column("life", _JSON))
    op.add_column("contracts", sa.Column("changes_at", _INSTANT))
    op.add_column("contracts", sa.Column("adjusts_at", _INSTANT))
    for name in ("index_missing", "next_invoice_final"):
        op.add_column("contracts", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("contracts_to_change", "contracts", ["changes_at"])
    op.create_index("contracts_to_adjust", "contracts", ["adjusts_at"])
    op.create_index("contracts_without_index", "contracts", ["tenant", "index_missing", "id"])
    op.create_table(
        "price_lists",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("prices", _JSON, nullable=False),
        sa.Column("listed_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "index_rates",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("percent", sa.Text, nullable=False),
        sa.Column("noted_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("validity_months", sa.Integer, nullable=False),
        sa.Column("effective_date", sa.Date, nullable=False),
        sa.Column("purchased_at", _INSTANT, nullable=False),
        sa.Column("voided_at", _INSTANT),
        sa.Column("void_refused", sa.Text),
    )
    op.create_index("purchases_of_contract", "purchases", ["tenant", "contract_id", "id"])
    with op.batch_alter_table("invoices") as batch:
        batch.add_column(sa.Column("is_final", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.drop_constraint("one_invoice_per_run", type_="unique")
        batch.create_unique_constraint("one_invoice_per_run", ["tenant", "contract_id", "month", "is_final"])
