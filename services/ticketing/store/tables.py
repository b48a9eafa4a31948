"""The tables of ticketing. Primary keys are UUIDs that grow with time; every row carries its tenant."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.db import Instant, Json

metadata = sa.MetaData()

NO_CLOCK = datetime(9999, 12, 31, tzinfo=UTC)  # the due instant of a ticket with no promise that runs: the last
_SEARCH = sa.Text().with_variant(TSVECTOR(), "postgresql")

_OPEN = "status NOT IN ('closed', 'cancelled')"
_HAS_WORDS = "closed_at IS NOT NULL AND description <> ''"
_ALARM = "monitor_check IS NOT NULL AND status NOT IN ('closed', 'cancelled')"

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
    sa.Column("rounding", Json),
    sa.Column("account_manager_deputy_id", sa.Text),
    sa.Column("suspended_at", Instant),
    sa.Column("ends_on", sa.Date),
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
    sa.Column("agent_id", sa.Text),
    sa.Column("team", sa.Text),
    sa.Column("split_from", sa.Uuid),
    sa.Column("merged_into", sa.Uuid),
    sa.Column("asset_id", sa.Uuid),
    sa.Column("monitor_check", sa.Text),
    sa.Column("recovered_at", Instant),
    sa.Column("template", sa.Text),
    sa.Column("search", _SEARCH),
    sa.Column("clock_due_at", Instant, nullable=False),
    sa.Column("search_public", _SEARCH),
    sa.Column("remind_at", Instant),
    sa.Column("reminders", sa.Integer, nullable=False),
    sa.Column("emergency_at", Instant),
    sa.Column("planned_on", sa.Date),
    sa.Column("recurrence_id", sa.Uuid),
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
        "tickets_queue",
        "tenant",
        "clock_due_at",
        "queue_rank",
        "number",
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    ),
    sa.Index("tickets_search", "search", postgresql_using="gin"),
    # One ticket for each alarm while it is open (B17): whoever is second finds the first one's.
    sa.Index(
        "tickets_alarm",
        "tenant",
        "asset_id",
        "monitor_check",
        unique=True,
        postgresql_where=sa.text(_ALARM),
        sqlite_where=sa.text(_ALARM),
    ),
    sa.Index(
        "tickets_forgettable",
        "closed_at",
        postgresql_where=sa.text(_HAS_WORDS),
        sqlite_where=sa.text(_HAS_WORDS),
    ),
    sa.Index("tickets_of_asset", "tenant", "asset_id", "number"),
    sa.Index("tickets_of_person", "tenant", "opened_by", "number"),
    sa.Index(
        "tickets_due",
        "due_at",
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    ),
)

# When each promise of a ticket is due, as the sla service tells it; None while it stands still or when it is over.
clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("due_at", Instant),
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
    sa.Column("remind_at", Instant),
    sa.Column("repeats", sa.Integer),
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
    sa.Column("html", sa.Text),
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
    sa.Column("removed_at", Instant),
    sa.Column("removed_by", sa.Text),
    sa.Column("removed_reason", sa.Text),
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

# Two tickets that have to do with each other; a pair is kept once, and read from both ends.
links = sa.Table(
    "links",
    metadata,
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("other_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("linked_at", Instant, nullable=False),
    sa.Column("linked_by", sa.Text, nullable=False),
    sa.Index("links_of_other", "other_id"),
)
