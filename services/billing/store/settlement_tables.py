"""The tables of what becomes of invoices: papers, deliveries, payments, credit, disputes; and of what waits for one."""

from __future__ import annotations

import sqlalchemy as sa

from services.billing.store.tables import metadata
from shared.db import Instant, Json

pending_lines = sa.Table(
    "pending_lines",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("line", Json, nullable=False),
    sa.Column("noted_at", Instant, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id")),
    sa.Index("pending_lines_of_contract", "tenant", "contract_id", "invoice_id"),
    sa.Index("pending_lines_of_cause", "tenant", "contract_id", "kind", "cause"),
)

invoice_files = sa.Table(
    "invoice_files",
    metadata,
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.CHAR(64), nullable=False),
    sa.Column("rendered_at", Instant, nullable=False),
)

# `rules` is the fiscal part of the offer as it was then: a document says the same for ever.
fiscal_documents = sa.Table(
    "fiscal_documents",
    metadata,
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("rules", Json, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="requested"),
    sa.Column("nfse_key", sa.Text),
    sa.Column("url", sa.Text),
    sa.Column("messages", Json),
    sa.Column("noted_at", Instant),
    sa.UniqueConstraint("tenant", "series", "number", name="one_dps_per_number"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Column("sent_by", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "invoice_id", "channel", "reference", name="one_delivery_per_reference"),
)

payments = sa.Table(
    "payments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("paid_on", sa.Date, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "invoice_id", "method", "reference", name="one_payment_per_reference"),
)

# What the customer has to its credit is the sum: what came in is positive, what an invoice used is negative.
customer_credits = sa.Table(
    "customer_credits",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("noted_at", Instant, nullable=False),
    sa.Index("customer_credits_of_organization", "tenant", "organization_id"),
)

credit_notes = sa.Table(
    "credit_notes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("reversal_id", sa.Uuid),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.CHAR(64), nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "series", "year", "sequence", name="one_credit_note_per_number"),
    sa.Index("credit_notes_of_invoice", "tenant", "invoice_id"),
    sa.Index("credit_notes_of_tenant", "tenant", "id"),
)

overage_reversals = sa.Table(
    "overage_reversals",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("reversal_id", sa.Uuid, primary_key=True),
    sa.Column("overage_id", sa.Uuid, primary_key=True),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("overage_id", sa.Uuid, nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("settled_minutes", sa.Integer),
    sa.Column("settlement", sa.Text),
    sa.Column("settled_at", Instant),
    sa.Column("settled_by", sa.Text),
    sa.Index("disputes_of_invoice", "tenant", "invoice_id", "line"),
)

run_notices = sa.Table(
    "run_notices",
    metadata,
    sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("failed_month", sa.Text),
    sa.Index("run_notices_due", "due_at"),
)
