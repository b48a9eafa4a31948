"""Who is anonymised, under which number, and who asked for what is kept of them (LGPD)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "anonymised",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("anonymised_at", _INSTANT, nullable=False),
        sa.Column("anonymised_by", sa.Text, nullable=False),
    )
    op.create_table(
        "anonymised_counts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "privacy_exports",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
    )
    op.create_index("exports_of_person", "privacy_exports", ["tenant", "person_id", "id"])
