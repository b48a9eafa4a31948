"""Messages may have formatting; where secrets were found is kept, never what they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("messages", sa.Column("html", sa.Text))
    op.create_table(
        "redactions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.Column("found_by", sa.Text, nullable=False),
        sa.Column("not_secret_at", _INSTANT),
        sa.Column("not_secret_by", sa.Text),
    )
    op.create_index("redactions_of_ticket", "redactions", ["ticket_id", "id"])
