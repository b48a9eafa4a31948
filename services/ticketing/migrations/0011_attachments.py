"""Files that come with tickets: what is known of them; their bytes lie in a store of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("removed_at", _INSTANT),
        sa.Column("removed_by", sa.Text),
        sa.Column("removed_reason", sa.Text),
        sa.Column("due_at", _INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("attachments_of_ticket", "attachments", ["ticket_id", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("attachments_due", "attachments", ["due_at"], postgresql_where=due, sqlite_where=due)
