"""What somebody asked for before is found again (B23)."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index("tickets_of_person", "tickets", ["tenant", "opened_by", "number"])
