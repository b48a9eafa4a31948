"""Who did what."""

from alembic import op

from shared.migrations import create_audit

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_audit(op)
