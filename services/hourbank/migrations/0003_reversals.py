"""What an account agrees on after its start, what is taken back of closed rounds, and what a job puts off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")

# What the plan granted for the month at hand: of accounts that were there before, what their newest plan lot brought.
_GRANTED = """
    UPDATE accounts SET cycle_minutes = (
        SELECT lots.granted_minutes FROM lots
        WHERE lots.contract_id = accounts.contract_id AND lots.source = 'plan'
        ORDER BY lots.cycle_start DESC LIMIT 1
    )
"""


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("accounts", sa.Column("plan_price_cents", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("on_termination", sa.Text, nullable=False, server_default="forfeit"))
    op.add_column(
        "accounts", sa.Column("grant_requires_payment", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("accounts", sa.Column("agreed", JSON))
    op.add_column("accounts", sa.Column("cycle_minutes", sa.Integer))
    op.add_column("accounts", sa.Column("put_off_until", INSTANT))
    op.create_index("ix_accounts_put_off_until", "accounts", ["put_off_until"])
    op.add_column("holds", sa.Column("remind_at", INSTANT))
    op.create_index("ix_holds_remind_at", "holds", ["remind_at"])
    op.execute(_GRANTED)
    _create_reversals()
    _create_disputes()


def _create_reversals() -> None:
    op.create_table(
        "reversals",
        sa.Column("reversal_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("overages", JSON, nullable=False),
        sa.Column("by_lot", JSON, nullable=False),
        sa.Column("corrections", JSON, nullable=False),
        sa.Column("forfeited_minutes", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("dispute_id", sa.Uuid),
        sa.Column("reversed_at", INSTANT, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id", "round"], ["debits.ticket_id", "debits.round"], name="reversals_of_a_debit"
        ),
        sa.CheckConstraint("minutes > 0", name="reversals_take_something_back"),
    )
    op.create_index("reversals_of_a_round", "reversals", ["ticket_id", "round"])
    op.create_index("reversals_by_day", "reversals", ["contract_id", "local_date"])


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("dispute_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("overage_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("settled_at", INSTANT),
    )
    op.create_table(
        "fees",
        sa.Column("invoice_id", sa.Uuid, primary_key=True),
        sa.Column("cycle", sa.Date, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
    )
