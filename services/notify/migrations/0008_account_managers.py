"""Who of the team looks after a contract's customer, and who when that person is away (N10)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("contracts", sa.Column("account_manager_id", sa.Text))
    op.add_column("contracts", sa.Column("account_manager_deputy_id", sa.Text))
