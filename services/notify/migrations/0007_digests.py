"""Messages that are told in a digest say in which; what a recipient had lately is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("messages", sa.Column("digest_id", sa.Uuid))
    op.create_index("messages_of_recipient", "messages", ["tenant", "contact_id", "first_attempt_at"])
    op.create_index(
        "messages_of_digest",
        "messages",
        ["digest_id", "position"],
        postgresql_where=sa.text("digest_id IS NOT NULL"),
        sqlite_where=sa.text("digest_id IS NOT NULL"),
    )
