"""Letters that wait for somebody to look at them (5.2)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mail_quarantine",
        sa.Column("id", sa.Uuid, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("tenant", "sender", "subject", "text", "reason")),
        sa.Column("ticket_id", sa.Uuid),
        sa.Column("received_at", _INSTANT, nullable=False),
    )
    op.create_index("mail_quarantine_of_tenant", "mail_quarantine", ["tenant", "id"])
    op.create_index("mail_quarantine_received", "mail_quarantine", ["received_at"])
    op.create_table(
        "mail_senders",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("heard_at", _INSTANT, nullable=False),
        sa.Column("answered_at", _INSTANT),
    )
    op.create_index("mail_senders_heard", "mail_senders", ["heard_at"])
