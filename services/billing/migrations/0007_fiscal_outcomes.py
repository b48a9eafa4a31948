"""What the authority said of a fiscal document: its key and where it is shown, or why it was not taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("fiscal_documents") as batch:
        batch.add_column(sa.Column("state", sa.Text, nullable=False, server_default="requested"))
        batch.add_column(sa.Column("nfse_key", sa.Text))
        batch.add_column(sa.Column("url", sa.Text))
        batch.add_column(sa.Column("messages", sa.JSON().with_variant(JSONB(), "postgresql")))
        batch.add_column(sa.Column("noted_at", sa.DateTime(timezone=True)))
