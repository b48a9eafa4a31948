"""Reminders of quotes and impediments, a yes after a no, work before its approval (A-03, A-05, A-07, N38)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("estimates", sa.Column("remind_at", _INSTANT))
    op.add_column("estimates", sa.Column("repeats", sa.Integer))
    op.add_column("tickets", sa.Column("remind_at", _INSTANT))
    op.add_column("tickets", sa.Column("reminders", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("tickets", sa.Column("emergency_at", _INSTANT))
