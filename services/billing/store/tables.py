"""The tables of billing."""

from __future__ import annotations

import sqlalchemy as sa

from shared.db import Instant, Json

metadata = sa.MetaData()

organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("cnpj", sa.CHAR(14)),
    sa.Column("party", Json, nullable=False),
    sa.Column("devices", sa.Integer),
    sa.Column("cnpj_active_on", sa.Date),
    sa.Column("changed_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "cnpj", name="one_organization_per_cnpj"),
)

contracts = sa.Table(
    "contracts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("terms", Json, nullable=False),
    sa.Column("account_manager_id", sa.Text),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("start_date", sa.Date, nullable=False),
    sa.Column("first_cycle", sa.Text, nullable=False),
    sa.Column("next_fee_month", sa.Text, nullable=False),
    sa.Column("next_invoice_month", sa.Text),
    sa.Column("next_invoice_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("activated_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("applicant", Json),
    sa.ForeignKeyConstraint(["tenant", "organization_id"], ["organizations.tenant", "organizations.id"]),
    sa.Index("contracts_of_tenant", "tenant", "id"),
    sa.Index("contracts_of_organization", "tenant", "organization_id", "id"),
    sa.Index("contracts_due", "next_invoice_at"),
)

overages = sa.Table(
    "overages",
    metadata,
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
    sa.Column("accrued_at", Instant, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id")),
    sa.UniqueConstraint("tenant", "overage_id", name="one_line_per_overage"),
    sa.Index("overages_of_contract", "tenant", "contract_id", "invoice_id"),
)

invoices = sa.Table(
    "invoices",
    metadata,
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
    sa.Column("finalized_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "contract_id", "month", name="one_invoice_per_run"),
    sa.UniqueConstraint("tenant", "series", "year", "sequence", name="one_invoice_per_number"),
    sa.Index("invoices_of_tenant", "tenant", "id"),
    sa.Index("invoices_of_organization", "tenant", "organization_id", "id"),
    sa.Index("invoices_of_month", "tenant", "month", "id"),
)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
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
    sa.Index("lines_of_invoice", "tenant", "invoice_id", "position"),
)

invoice_counters = sa.Table(
    "invoice_counters",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.Integer, nullable=False),
)
