"""The beginning: the machinery's tables, contracts, tickets and what hangs on a ticket."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_machinery

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
OPEN = sa.text("status NOT IN ('closed', 'cancelled')")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    create_machinery(op)
    create_contracts()
    op.create_table("tickets", *columns_of_demand(), *columns_of_life())
    create_indexes_of_tickets()
    create_estimates()
    create_messages_and_work()
    create_history_and_debits()


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def ticket_id() -> sa.Column[object]:
    return sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False)


def create_contracts() -> None:
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        text("plan_code"),
        text("kind"),
        text("product"),
        text("timezone"),
        sa.Column("queue_rank", sa.Integer, nullable=False),
        sa.Column("account_manager_id", sa.Text),
        sa.Column("activated_at", INSTANT, nullable=False),
    )
    op.create_index("contracts_of_organization", "contracts", ["tenant", "organization_id"])


def columns_of_demand() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("queue_rank", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("area", sa.Text),
        sa.Column("item", sa.Text),
        sa.Column("hosting", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("detected_at", INSTANT),
        sa.Column("opened_by", sa.Text, nullable=False),
    ]


def columns_of_life() -> list[sa.Column[object]]:
    return [
        sa.Column("priority", sa.Text),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("waiting", sa.Text),
        sa.Column("waiting_reason", sa.Text),
        sa.Column("waiting_until", INSTANT),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("promised_at", INSTANT),
        sa.Column("promise_changes", sa.Integer, nullable=False),
        sa.Column("resolved_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("auto_close_at", INSTANT),
        sa.Column("rounding", JSON),
        sa.Column("due_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
    ]


def create_indexes_of_tickets() -> None:
    op.create_index("tickets_number", "tickets", ["tenant", "number"], unique=True)
    op.create_index("tickets_of_organization", "tickets", ["tenant", "organization_id", "number"])
    op.create_index("tickets_open", "tickets", ["tenant", "status", "number"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("tickets_due", "tickets", ["due_at"], postgresql_where=DUE, sqlite_where=DUE)


def create_estimates() -> None:
    op.create_table(
        "estimates",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        ticket_id(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        text("kind"),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("justification", sa.Text),
        text("state"),
        sa.Column("published_at", INSTANT, nullable=False),
        text("published_by"),
        sa.Column("minutes_from_bank", sa.Integer),
        sa.Column("minutes_over", sa.Integer),
        sa.Column("hour_price_cents", sa.BigInteger),
        sa.Column("overage_cents", sa.BigInteger),
        sa.Column("requested_at", INSTANT),
        sa.Column("valid_until", INSTANT),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("ticket_id", "number", name="estimates_number"),
    )


def create_messages_and_work() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        ticket_id(),
        text("author_id"),
        text("author_role"),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("asks_customer", sa.Boolean, nullable=False),
        text("text"),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("messages_of_ticket", "messages", ["ticket_id", "version"], unique=True)
    op.create_table(
        "work",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        ticket_id(),
        sa.Column("round", sa.Integer, nullable=False),
        text("professional_id"),
        text("kind"),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("billable", sa.Boolean, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("logged_at", INSTANT, nullable=False),
        text("logged_by"),
        sa.Column("note", sa.Text),
    )
    op.create_index("work_of_ticket", "work", ["ticket_id", "id"])


def create_history_and_debits() -> None:
    op.create_table(
        "history",
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        text("tenant"),
        text("act"),
        text("status"),
        sa.Column("old_value", sa.Text),
        sa.Column("new_value", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("acted_at", INSTANT, nullable=False),
        text("acted_by"),
    )
    op.create_table(
        "debits",
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True),
        text("tenant"),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("minutes_written_off", sa.Integer, nullable=False),
        sa.Column("minutes_over", sa.Integer, nullable=False),
        sa.Column("by_lot", JSON, nullable=False),
        sa.Column("balance_after", sa.Integer, nullable=False),
        sa.Column("debited_at", INSTANT, nullable=False),
    )
