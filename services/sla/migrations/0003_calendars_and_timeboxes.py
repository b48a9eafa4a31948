"""Days laid over calendars, what a clock is counted by and whether it is still owed, and time-boxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_calendar_days()
    _extend_clocks()
    _create_timeboxes()


def _create_calendar_days() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("calendar", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("windows", _JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )


def _extend_clocks() -> None:
    """Clocks of before are counted by the version that they were made under, and wait for nobody once ended."""
    with op.batch_alter_table("clocks") as clocks:
        clocks.add_column(sa.Column("calendar_version", sa.Integer))
        clocks.add_column(sa.Column("is_quiet", sa.Boolean))
        clocks.add_column(sa.Column("settled_at", _INSTANT))
    op.execute(sa.text("UPDATE clocks SET calendar_version = terms_version, is_quiet = true, settled_at = ended_at"))
    with op.batch_alter_table("clocks") as clocks:
        clocks.alter_column("calendar_version", nullable=False)
        clocks.alter_column("is_quiet", nullable=False)
    op.create_index(
        "clocks_owed",
        "clocks",
        ["tenant", "calendar_name"],
        postgresql_where=sa.text("settled_at IS NULL"),
        sqlite_where=sa.text("settled_at IS NULL"),
    )


def _create_timeboxes() -> None:
    op.create_table(
        "timeboxes",
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
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("used_seconds", sa.Integer, nullable=False),
        sa.Column("due_at", _INSTANT),
        sa.Column("reached_at", _INSTANT),
    )
    op.create_index(
        "timeboxes_due",
        "timeboxes",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "timeboxes_told",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("box", sa.Text, primary_key=True),
        sa.Column("reached_at", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
    )
