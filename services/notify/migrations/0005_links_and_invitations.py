"""Messages that log in, which are of no contract, and messages with a calendar's invitation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("messages") as messages:
        messages.alter_column("contract_id", nullable=True)
        messages.add_column(sa.Column("login_link_id", sa.Uuid))
        messages.add_column(sa.Column("invitation", _JSON))
