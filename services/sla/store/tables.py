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

# The days that people laid over the calendars of the offer: they stay when the offer is applied again (4.1).
calendar_days = sa.Table(
    "calendar_days",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("calendar", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("windows", Json, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
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
    sa.Column("calendar_version", sa.Integer, nullable=False),
    sa.Column("calendar_name", sa.Text, nullable=False),
    sa.Column("counting", sa.Text, nullable=False),
    sa.Column("is_quiet", sa.Boolean, nullable=False),
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
    sa.Column("settled_at", Instant),
    # Where it stands in the queue: what is owed by its due instant, then what stands still, then what is owed no more.
    sa.Column("queue_at", Instant, nullable=False),
    # When its next level is to be announced: set exactly while it runs.
    sa.Column("next_due_at", Instant),
    sa.Index("clocks_of_ticket", "tenant", "ticket_id"),
    sa.Index("clocks_of_organization", "tenant", "organization_id", "queue_at", "id"),
)

# What somebody still waits for, as the queue and the board show it; an edit of a calendar counts these anew.
sa.Index(
    "clocks_queue",
    clocks.c.tenant,
    clocks.c.queue_at,
    clocks.c.id,
    postgresql_where=clocks.c.settled_at.is_(None),
    sqlite_where=clocks.c.settled_at.is_(None),
)

# The clocks that run, narrowly, kept by triggers of `clocks`: what falls due is found here, and goes from here. So a
# warning or a breach changes no column of `clocks` that an index knows, and PostgreSQL keeps it within the page (HOT):
# of twenty thousand breaches at one instant, entries into six indexes were most of the work.
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("clock_id", sa.Uuid, primary_key=True),
    sa.Column("next_due_at", Instant, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("priority", sa.Text),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("percent_said", sa.Integer, nullable=False),
    sa.Index("alarms_due", "next_due_at"),
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

timeboxes = sa.Table(
    "timeboxes",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("box", sa.Text, primary_key=True),
    sa.Column("ticket_number", sa.Integer, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("level", sa.Integer),
    sa.Column("timer_id", sa.Uuid),
    sa.Column("at_limit", sa.Text, nullable=False),
    sa.Column("limit_minutes", sa.Integer, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("used_seconds", sa.Integer, nullable=False),
    # When it will be used up: set exactly while it runs.
    sa.Column("due_at", Instant),
    sa.Column("reached_at", Instant),
)

sa.Index(
    "timeboxes_due",
    timeboxes.c.due_at,
    postgresql_where=timeboxes.c.due_at.is_not(None),
    sqlite_where=timeboxes.c.due_at.is_not(None),
)

# Each time-box of a ticket is told of once, whatever comes late.
timeboxes_told = sa.Table(
    "timeboxes_told",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("box", sa.Text, primary_key=True),
    sa.Column("reached_at", Instant, nullable=False),
    sa.Column("told_at", Instant, nullable=False),
)
