"""Contracts that come from an older system: from which month on their hours are granted here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("grants_from", sa.Date))
