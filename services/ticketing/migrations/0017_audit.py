"""Who did what."""

from alembic import op

from shared.migrations import create_audit

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    create_audit(op)
