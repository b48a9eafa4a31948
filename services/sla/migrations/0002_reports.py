"""What reports are counted from: a row a ticket and a row a meeting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("priority", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("registered_date", sa.Date, nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("resolved_at", _INSTANT),
        sa.Column("business_seconds", sa.Integer),
        sa.Column("paused_seconds", sa.Integer),
        sa.Column("band", sa.Text),
    )
    op.create_index("tickets_by_date", "tickets", ["tenant", "registered_date"])
    op.create_table(
        "meetings",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("meeting_id", sa.Uuid, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("requested_at", _INSTANT, nullable=False),
    )
    op.create_index("meetings_by_time", "meetings", ["tenant", "requested_at"])
