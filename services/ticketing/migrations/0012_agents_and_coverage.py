"""The provider's own people, and who of them knows which customer."""

import sqlalchemy as sa
from alembic import op

from shared.db import Json

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("levels", Json, nullable=False),
        sa.Column("skills", Json, nullable=False),
        sa.Column("teams", Json, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "trainings",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("tour", sa.Text, nullable=False),
        sa.Column("toured_on", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date),
    )
