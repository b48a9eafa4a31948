"""The tables: what was told (terms, contracts, facts, announcements) and what is derived from it (clocks)."""

from __future__ import annotations

import sqlalchemy as sa

from shared.db import Instant, Json

metadata = sa.MetaData()

terms = sa.Table(
    "terms",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("applied_at", Instant, nullable=False),
)

contracts = sa.Table(
    "contracts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("queue_rank", sa.Integer, nullable=False),
    sa.Column("activated_at", Instant, nullable=False),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fact", sa.Text, nullable=False),
)

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False),
    sa.Column("ticket_number", sa.Integer, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("priority", sa.Text),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("terms_version", sa.Integer, nullable=False),
    sa.Column("calendar_name", sa.Text, nullable=False),
    sa.Column("counting", sa.Text, nullable=False),
    sa.Column("target_seconds", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("levels", Json, nullable=False),
    sa.Column("percent_said", sa.Integer, nullable=False),
    sa.Column("paused_at", Instant),
    sa.Column("paused_for", sa.Text),
    sa.Column("remaining_seconds", sa.Integer),
    sa.Column("elapsed_seconds", sa.Integer),
    sa.Column("ended_at", Instant),
    # Where it stands in the queue: running clocks by their due instant, then those that stand still, then the ended.
    sa.Column("queue_at", Instant, nullable=False),
    # When its next level is to be announced: set exactly while it runs.
    sa.Column("next_due_at", Instant),
    sa.Index("clocks_of_ticket", "tenant", "ticket_id"),
    sa.Index("clocks_queue", "tenant", "queue_at", "id"),
    sa.Index("clocks_of_organization", "tenant", "organization_id", "queue_at", "id"),
)

sa.Index(
    "clocks_due",
    clocks.c.next_due_at,
    postgresql_where=clocks.c.next_due_at.is_not(None),
    sqlite_where=clocks.c.next_due_at.is_not(None),
    postgresql_include=["tenant", "metric", "due_at"],  # so that a scrape reads no row
)

announcements = sa.Table(
    "announcements",
    metadata,
    # Each level of each winding of a ticket's promise is said once, whoever runs and however often.
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("percent", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("clock_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("priority", sa.Text),
    sa.Column("level_at", Instant, nullable=False),
    sa.Column("announced_at", Instant, nullable=False),
)

sa.Index(
    "announcements_of_breaches",
    announcements.c.tenant,
    announcements.c.metric,
    announcements.c.plan_code,
    announcements.c.priority,
    postgresql_where=announcements.c.percent == sa.literal_column("100"),
    sqlite_where=announcements.c.percent == sa.literal_column("100"),
)
