"""Tickets that were closed long ago lose their words: found by when they were closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_HAS_WORDS = sa.text("closed_at IS NOT NULL AND description <> ''")


def upgrade() -> None:
    op.create_index(
        "tickets_forgettable", "tickets", ["closed_at"], postgresql_where=_HAS_WORDS, sqlite_where=_HAS_WORDS
    )
