"""The beginning: versions of the offer, contracts, facts, clocks and what was announced of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import create_machinery

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_machinery(op)
    _create_what_is_told()
    _create_clocks()
    _create_announcements()


def _create_what_is_told() -> None:
    op.create_table(
        "terms",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("applied_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "contracts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("contract_id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("queue_rank", sa.Integer, nullable=False),
        sa.Column("activated_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fact", sa.Text, nullable=False),
    )


def _create_clocks() -> None:
    op.create_table(
        "clocks",
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
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("levels", _JSON, nullable=False),
        sa.Column("percent_said", sa.Integer, nullable=False),
        sa.Column("paused_at", _INSTANT),
        sa.Column("paused_for", sa.Text),
        sa.Column("remaining_seconds", sa.Integer),
        sa.Column("elapsed_seconds", sa.Integer),
        sa.Column("ended_at", _INSTANT),
        sa.Column("queue_at", _INSTANT, nullable=False),
        sa.Column("next_due_at", _INSTANT),
    )
    op.create_index("clocks_of_ticket", "clocks", ["tenant", "ticket_id"])
    op.create_index("clocks_queue", "clocks", ["tenant", "queue_at", "id"])
    op.create_index("clocks_of_organization", "clocks", ["tenant", "organization_id", "queue_at", "id"])
    op.create_index(
        "clocks_due",
        "clocks",
        ["next_due_at"],
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_include=["tenant", "metric", "due_at"],
    )


def _create_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("percent", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("clock_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("priority", sa.Text),
        sa.Column("level_at", _INSTANT, nullable=False),
        sa.Column("announced_at", _INSTANT, nullable=False),
    )
    op.create_index(
        "announcements_of_breaches",
        "announcements",
        ["tenant", "metric", "plan_code", "priority"],
        postgresql_where=sa.text("percent = 100"),
        sqlite_where=sa.text("percent = 100"),
    )
