"""Messages that ask for an answer know of what and until when: their link is signed when they leave."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("messages", sa.Column("estimate_id", sa.Uuid))
    op.add_column("messages", sa.Column("answer_until", sa.DateTime(timezone=True)))
