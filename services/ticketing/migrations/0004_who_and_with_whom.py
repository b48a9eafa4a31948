"""Who is in charge of a ticket, what it has to do with others, and what became of its contract."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
ALARM = sa.text("monitor_check IS NOT NULL AND status NOT IN ('closed', 'cancelled')")


def upgrade() -> None:
    op.add_column("contracts", sa.Column("account_manager_deputy_id", sa.Text))
    op.add_column("contracts", sa.Column("suspended_at", INSTANT))
    op.add_column("contracts", sa.Column("ends_on", sa.Date))
    op.add_column("tickets", sa.Column("agent_id", sa.Text))
    op.add_column("tickets", sa.Column("team", sa.Text))
    op.add_column("tickets", sa.Column("split_from", sa.Uuid))
    op.add_column("tickets", sa.Column("merged_into", sa.Uuid))
    op.add_column("tickets", sa.Column("asset_id", sa.Uuid))
    op.add_column("tickets", sa.Column("monitor_check", sa.Text))
    op.add_column("tickets", sa.Column("recovered_at", INSTANT))
    op.add_column("tickets", sa.Column("template", sa.Text))
    alarm = ["tenant", "asset_id", "monitor_check"]
    op.create_index("tickets_alarm", "tickets", alarm, unique=True, postgresql_where=ALARM, sqlite_where=ALARM)
    op.create_index("tickets_of_asset", "tickets", ["tenant", "asset_id", "number"])
    create_links()


def create_links() -> None:
    op.create_table(
        "links",
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("other_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.Column("linked_by", sa.Text, nullable=False),
    )
    op.create_index("links_of_other", "links", ["other_id"])
