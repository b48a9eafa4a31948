"""What is kept of an approval: who, when, by which way, from where, and the text that was shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.DateTime(timezone=True)
_ORIGIN = sa.text("address_digest IS NOT NULL OR user_agent IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("estimate_id", sa.Uuid, nullable=False),
        sa.Column("estimate_number", sa.Integer, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("address_digest", sa.Text),
        sa.Column("user_agent", sa.Text),
    )
    op.create_index("approvals_of_ticket", "approvals", ["ticket_id", "id"])
    op.create_index(
        "approvals_with_origin", "approvals", ["decided_at"], postgresql_where=_ORIGIN, sqlite_where=_ORIGIN
    )
