"""Who writes in a chat, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_contacts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("channel_user_id", sa.Text, primary_key=True),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("answered_at", INSTANT),
    )
    op.create_table(
        "channel_messages",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid),
        sa.Column("reply_text", sa.Text, nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
    )
