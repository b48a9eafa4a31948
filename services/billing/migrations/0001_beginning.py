"""The beginning: organizations, contracts, overage, invoices, their lines and their counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_machinery

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_machinery(op)
    _create_contracts()
    _create_invoices()
    _create_lines_and_counters()
    _create_overages()


def _create_contracts() -> None:
    op.create_table(
        "organizations",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("cnpj", sa.CHAR(14)),
        sa.Column("party", _JSON, nullable=False),
        sa.Column("devices", sa.Integer),
        sa.Column("cnpj_active_on", sa.Date),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("tenant", "cnpj", name="one_organization_per_cnpj"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("terms", _JSON, nullable=False),
        sa.Column("account_manager_id", sa.Text),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("first_cycle", sa.Text, nullable=False),
        sa.Column("next_fee_month", sa.Text, nullable=False),
        sa.Column("next_invoice_month", sa.Text),
        sa.Column("next_invoice_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("activated_at", _INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["tenant", "organization_id"], ["organizations.tenant", "organizations.id"]),
    )
    op.create_index("contracts_of_tenant", "contracts", ["tenant", "id"])
    op.create_index("contracts_of_organization", "contracts", ["tenant", "organization_id", "id"])
    op.create_index("contracts_due", "contracts", ["next_invoice_at"])


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("issue_date", sa.Date, nullable=False),
        sa.Column("due_date", sa.Date, nullable=False),
        sa.Column("total_cents", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("finalized_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "contract_id", "month", name="one_invoice_per_run"),
        sa.UniqueConstraint("tenant", "series", "year", "sequence", name="one_invoice_per_number"),
    )
    op.create_index("invoices_of_tenant", "invoices", ["tenant", "id"])
    op.create_index("invoices_of_organization", "invoices", ["tenant", "organization_id", "id"])
    op.create_index("invoices_of_month", "invoices", ["tenant", "month", "id"])


def _create_lines_and_counters() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid),
        sa.Column("minutes", sa.Integer),
        sa.Column("unit_cents_per_hour", sa.BigInteger),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "contract_id", "kind", "cause", name="one_line_per_cause"),
    )
    op.create_index("lines_of_invoice", "invoice_lines", ["tenant", "invoice_id", "position"])
    op.create_table(
        "invoice_counters",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("series", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_number", sa.Integer, nullable=False),
    )


def _create_overages() -> None:
    op.create_table(
        "overages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("overage_id", sa.Uuid, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("accrued_at", _INSTANT, nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id")),
        sa.UniqueConstraint("tenant", "overage_id", name="one_line_per_overage"),
    )
    op.create_index("overages_of_contract", "overages", ["tenant", "contract_id", "invoice_id"])
