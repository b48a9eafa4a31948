"""What customers have, and who speaks for them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("is_device", sa.Boolean, nullable=False),
        sa.Column("critical", sa.Boolean, nullable=False),
        sa.Column("hosting", sa.Text),
        sa.Column("purchased_on", sa.Date),
        sa.Column("warranty_until", sa.Date),
        sa.Column("replace_on", sa.Date),
        sa.Column("retired_on", sa.Date),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("assets_of_organization", "assets", ["tenant", "organization_id", "id"])
    op.create_table(
        "people",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("can_open", sa.Boolean, nullable=False),
        sa.Column("can_approve_spend", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
