"""A message knows which document it gives to its reader, so that who made that can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("messages", sa.Column("about", sa.Uuid))
