"""What is broken and not made good is found by an index; a scrape tells clocks apart without reading their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_DUE = sa.text("next_due_at IS NOT NULL")
_OWED = sa.text("settled_at IS NULL AND state = 'breached'")


def upgrade() -> None:
    op.create_index(
        "clocks_unanswered", "clocks", ["tenant", "due_at", "id"], postgresql_where=_OWED, sqlite_where=_OWED
    )
    op.drop_index("clocks_due", "clocks")
    op.create_index(
        "clocks_due",
        "clocks",
        ["next_due_at"],
        postgresql_where=_DUE,
        sqlite_where=_DUE,
        postgresql_include=["tenant", "metric", "due_at", "plan_code", "priority", "percent_said"],
    )
