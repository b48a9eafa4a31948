"""A statement keeps the name of the provider who issued it; those that were issued before name none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("statements", sa.Column("provider", sa.Text))
