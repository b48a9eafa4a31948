"""The beginning: the machinery's tables, the ledger, and the projections of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_machinery

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make all tables."""
    create_machinery(op)
    _create_accounts()
    _create_lots()
    _create_holds()
    _create_entries()
    _create_debits()
    _create_statements()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("contract_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("monthly_minutes", sa.Integer, nullable=False),
        sa.Column("validity_months", sa.Integer, nullable=False),
        sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
        sa.Column("first_cycle", sa.Text, nullable=False),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("reached", sa.Date, nullable=False),
        sa.Column("next_cycle", sa.Date),
        sa.Column("next_statement", sa.Date, nullable=False),
        sa.Column("stated_until", sa.Date, nullable=False),
        sa.Column("lots_granted", sa.Integer, nullable=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("alert", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("next_due_at", INSTANT, index=True),
        sa.Column("statement_due_at", INSTANT, nullable=False, index=True),
        sa.CheckConstraint("last_sequence >= 0 AND lots_granted >= 0", name="accounts_count_up"),
    )


def _create_lots() -> None:
    op.create_table(
        "lots",
        sa.Column("lot_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("cycle_start", sa.Date),
        sa.Column("effective_date", sa.Date, nullable=False),
        sa.Column("expires_date", sa.Date, nullable=False),
        sa.Column("granted_minutes", sa.Integer, nullable=False),
        sa.Column("available_minutes", sa.Integer, nullable=False),
        sa.Column("held_minutes", sa.Integer, nullable=False),
        sa.Column("consumed_minutes", sa.Integer, nullable=False),
        sa.Column("expired_minutes", sa.Integer, nullable=False),
        sa.Column("voided_minutes", sa.Integer, nullable=False),
        sa.UniqueConstraint("contract_id", "seq", name="lots_one_seq"),
        sa.UniqueConstraint("contract_id", "cycle_start", name="lots_one_per_cycle"),
        sa.CheckConstraint(
            "granted_minutes = available_minutes + held_minutes + consumed_minutes + expired_minutes + voided_minutes",
            name="lots_conserve_minutes",
        ),
        sa.CheckConstraint(
            "available_minutes >= 0 AND held_minutes >= 0 AND consumed_minutes >= 0 AND expired_minutes >= 0"
            " AND voided_minutes >= 0",
            name="lots_never_negative",
        ),
    )
    op.execute("CREATE INDEX lots_live ON lots (contract_id) WHERE available_minutes > 0 OR held_minutes > 0")


def _create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("estimate_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("minutes_over", sa.Integer, nullable=False),
        sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
        sa.Column("shares", JSON, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.UniqueConstraint("ticket_id", "number", name="holds_one_per_number"),
        sa.CheckConstraint("minutes >= 0 AND minutes_over >= 0 AND minutes_over <= minutes", name="holds_add_up"),
    )
    op.execute("CREATE INDEX holds_open ON holds (contract_id) WHERE state IN ('waiting', 'approved')")


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Uuid),
        sa.Column("lot_seq", sa.Integer),
        sa.Column("lot_source", sa.Text),
        sa.Column("lot_cycle_start", sa.Date),
        sa.Column("lot_effective_date", sa.Date),
        sa.Column("lot_expires_date", sa.Date),
        sa.Column("ticket_id", sa.Uuid, index=True),
        sa.Column("round", sa.Integer),
        sa.Column("estimate_id", sa.Uuid),
        sa.Column("tranche", sa.Integer),
        sa.Column("hour_price_cents", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("caused_by", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.CheckConstraint("minutes > 0", name="entries_move_something"),
    )
    op.create_index("entries_by_day", "entries", ["contract_id", "local_date"])
    for change in ("UPDATE", "DELETE"):
        _refuse(change)


def _refuse(change: str) -> None:
    """The ledger is append-only, whoever is connected to the database (invariant 4)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER entries_no_{change.lower()} BEFORE {change} ON entries"
            " FOR EACH ROW EXECUTE FUNCTION entries_are_append_only()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER entries_no_{change.lower()} BEFORE {change} ON entries"
            " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )


def _create_debits() -> None:
    op.create_table(
        "debits",
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("ticket_number", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("minutes_written_off", sa.Integer, nullable=False),
        sa.Column("by_lot", JSON, nullable=False),
        sa.Column("debited_at", INSTANT, nullable=False),
        sa.Column("local_date", sa.Date, nullable=False),
    )
    op.create_index("debits_by_day", "debits", ["contract_id", "local_date"])
    op.create_table(
        "overages",
        sa.Column("overage_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("tranche", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("billing_month", sa.Text, nullable=False),
        sa.UniqueConstraint("ticket_id", "round", "tranche", name="overages_one_per_tranche"),
        sa.ForeignKeyConstraint(
            ["ticket_id", "round"], ["debits.ticket_id", "debits.round"], name="overages_of_a_debit"
        ),
    )


def _create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("contract_id", sa.Uuid, sa.ForeignKey("accounts.contract_id"), primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
    )
