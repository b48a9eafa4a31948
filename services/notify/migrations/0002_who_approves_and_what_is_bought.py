"""Contacts say whether they may approve; contracts how many minutes a month they bring."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # A release that does not know the columns yet goes on writing without them.
    op.add_column("contacts", sa.Column("may_approve", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("contracts", sa.Column("monthly_minutes", sa.Integer))
