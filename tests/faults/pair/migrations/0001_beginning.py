"""The machinery's tables, and what each of the two writes down."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import create_audit, create_machinery

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_machinery(op)
    create_audit(op)
    op.create_table(
        "counters", sa.Column("stream", sa.Uuid, primary_key=True), sa.Column("last", sa.Integer, nullable=False)
    )
    op.create_table(
        "reminders",
        sa.Column("stream", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    for table in ("sent", "heard", "returned", "reminded"):
        op.create_table(
            table,
            sa.Column("place", sa.BigInteger, sa.Identity(), primary_key=True),
            sa.Column("stream", sa.Uuid, nullable=False),
            sa.Column("number", sa.Integer, nullable=False),
            sa.Column("note", sa.Text, nullable=False),
        )
