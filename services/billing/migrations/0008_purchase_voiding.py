"""That the hour bank gave up the minutes of a purchase which was taken back; those of before were not refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("purchases") as batch:
        batch.add_column(sa.Column("is_void_confirmed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE purchases SET is_void_confirmed = (1 = 1) WHERE voided_at IS NOT NULL")
