"""What was answered in a channel is found by its age, to be forgotten."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_index("channel_messages_heard", "channel_messages", ["heard_at"])
