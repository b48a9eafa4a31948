"""The tables of ticketing. Primary keys are UUIDs that grow with time; every row carries its tenant."""

from __future__ import annotations

import sqlalchemy as sa

from shared.db import Instant, Json

metadata = sa.MetaData()

_OPEN = "status NOT IN ('closed', 'cancelled')"

contracts = sa.Table(
    "contracts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("queue_rank", sa.Integer, nullable=False),
    sa.Column("account_manager_id", sa.Text),
    sa.Column("activated_at", Instant, nullable=False),
    sa.Index("contracts_of_organization", "tenant", "organization_id"),
)

# No foreign key to contracts: on PostgreSQL it would lock the contract's row for every ticket that is opened, and a
# contract is never deleted. `number` counts per tenant: from a sequence there, from the highest one on SQLite.
tickets = sa.Table(
    "tickets",
    metadata,
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
    sa.Column("fields", Json, nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
    sa.Column("detected_at", Instant),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("priority", sa.Text),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("waiting", sa.Text),
    sa.Column("waiting_reason", sa.Text),
    sa.Column("waiting_until", Instant),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("promised_at", Instant),
    sa.Column("promise_changes", sa.Integer, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("auto_close_at", Instant),
    sa.Column("rounding", Json),
    sa.Column("due_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("tickets_number", "tenant", "number", unique=True),
    sa.Index("tickets_of_organization", "tenant", "organization_id", "number"),
    sa.Index(
        "tickets_open",
        "tenant",
        "status",
        "number",
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    ),
    sa.Index(
        "tickets_due",
        "due_at",
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    ),
)

estimates = sa.Table(
    "estimates",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("justification", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
    sa.Column("minutes_from_bank", sa.Integer),
    sa.Column("minutes_over", sa.Integer),
    sa.Column("hour_price_cents", sa.BigInteger),
    sa.Column("overage_cents", sa.BigInteger),
    sa.Column("requested_at", Instant),
    sa.Column("valid_until", Instant),
    sa.Column("decided_at", Instant),
    sa.Column("decided_by", sa.Text),
    sa.Column("reason", sa.Text),
    sa.UniqueConstraint("ticket_id", "number", name="estimates_number"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("author_role", sa.Text, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("asks_customer", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("posted_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("messages_of_ticket", "ticket_id", "version", unique=True),
)

work = sa.Table(
    "work",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("professional_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("billable", sa.Boolean, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("logged_at", Instant, nullable=False),
    sa.Column("logged_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Index("work_of_ticket", "ticket_id", "id"),
)

# Every version of a ticket but the first is one act, given while the ticket is locked: whoever has read up to a version
# misses nothing that comes after it. The same holds for the messages, whose ids only tell when they were begun.
history = sa.Table(
    "history",
    metadata,
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("old_value", sa.Text),
    sa.Column("new_value", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("acted_at", Instant, nullable=False),
    sa.Column("acted_by", sa.Text, nullable=False),
)

debits = sa.Table(
    "debits",
    metadata,
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("minutes_written_off", sa.Integer, nullable=False),
    sa.Column("minutes_over", sa.Integer, nullable=False),
    sa.Column("by_lot", Json, nullable=False),
    sa.Column("balance_after", sa.Integer, nullable=False),
    sa.Column("debited_at", Instant, nullable=False),
)
