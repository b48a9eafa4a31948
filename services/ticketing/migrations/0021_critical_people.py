"""Whose operation is critical (B15)."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("people", sa.Column("critical", sa.Boolean, nullable=False, server_default=sa.false()))
