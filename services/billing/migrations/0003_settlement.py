"""What becomes of invoices: papers, deliveries, payments, credit, disputes; lines that wait; notices of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _grow_invoices()
    _create_waiting()
    _create_papers()
    _create_money()
    _create_credit_notes()
    _create_disputes()


def _grow_invoices() -> None:
    op.add_column("overages", sa.Column("reversed_minutes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("overages", sa.Column("reversed_cents", sa.BigInteger, nullable=False, server_default="0"))
    for name in ("withheld_cents", "paid_cents", "credited_cents"):
        op.add_column("invoices", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("invoices", sa.Column("charge_cancelled", sa.Boolean, nullable=False, server_default=sa.false()))
    for name in ("reminds_at", "overdue_at", "renders_at"):
        op.add_column("invoices", sa.Column(name, _INSTANT))
    op.create_index("invoices_of_state", "invoices", ["tenant", "state", "id"])
    op.create_index("invoices_to_remind", "invoices", ["reminds_at"])
    op.create_index("invoices_to_fall_due", "invoices", ["overdue_at"])
    op.create_index("invoices_to_render", "invoices", ["renders_at"])
    # Those that were finalized before have no paper and were never followed: from now on they are, once.
    op.execute("UPDATE invoices SET renders_at = finalized_at, overdue_at = finalized_at")


def _create_waiting() -> None:
    op.create_table(
        "pending_lines",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("line", _JSON, nullable=False),
        sa.Column("noted_at", _INSTANT, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id")),
    )
    op.create_index("pending_lines_of_contract", "pending_lines", ["tenant", "contract_id", "invoice_id"])
    op.create_index("pending_lines_of_cause", "pending_lines", ["tenant", "contract_id", "kind", "cause"])
    op.create_table(
        "run_notices",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("contracts.id"), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT),
        sa.Column("failed_month", sa.Text),
    )
    op.create_index("run_notices_due", "run_notices", ["due_at"])


def _create_papers() -> None:
    op.create_table(
        "invoice_files",
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("rendered_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=False),
        sa.Column("sent_by", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant", "invoice_id", "channel", "reference", name="one_delivery_per_reference"),
    )


def _create_money() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant", "invoice_id", "method", "reference", name="one_payment_per_reference"),
    )
    op.create_table(
        "customer_credits",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("noted_at", _INSTANT, nullable=False),
    )
    op.create_index("customer_credits_of_organization", "customer_credits", ["tenant", "organization_id"])


def _create_credit_notes() -> None:
    op.create_table(
        "credit_notes",
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
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "series", "year", "sequence", name="one_credit_note_per_number"),
    )
    op.create_index("credit_notes_of_invoice", "credit_notes", ["tenant", "invoice_id"])
    op.create_index("credit_notes_of_tenant", "credit_notes", ["tenant", "id"])
    op.create_table(
        "overage_reversals",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("reversal_id", sa.Uuid, primary_key=True),
        sa.Column("overage_id", sa.Uuid, primary_key=True),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("heard_at", _INSTANT, nullable=False),
    )


def _create_disputes() -> None:
    op.create_table(
        "disputes",
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
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("settled_minutes", sa.Integer),
        sa.Column("settlement", sa.Text),
        sa.Column("settled_at", _INSTANT),
        sa.Column("settled_by", sa.Text),
    )
    op.create_index("disputes_of_invoice", "disputes", ["tenant", "invoice_id", "line"])
