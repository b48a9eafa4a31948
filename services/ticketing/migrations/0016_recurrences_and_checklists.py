"""Demands that come again, and checklists of tickets (N13, B50)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("planned_on", sa.Date))
    op.add_column("tickets", sa.Column("recurrence_id", sa.Uuid))
    op.create_table(
        "checklist",
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("done_at", _INSTANT),
        sa.Column("done_by", sa.Text),
    )
    op.create_table(
        "recurrences",
        sa.Column("id", sa.Uuid, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("tenant", "subject", "description", "rule")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("first_local", "timezone", "state", "created_by")),
        *(sa.Column(name, sa.Uuid, nullable=False) for name in ("contract_id", "organization_id")),
        *(sa.Column(name, sa.Text) for name in ("item", "area", "template", "stopped_because")),
        sa.Column("asset_id", sa.Uuid),
        sa.Column("next_at", _INSTANT),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("opened", "missed", "version")),
    )
    op.create_index("recurrences_of_tenant", "recurrences", ["tenant", "id"])
    op.create_index("recurrences_of_contract", "recurrences", ["tenant", "contract_id", "id"])
    active = sa.text("state = 'active'")
    op.create_index("recurrences_due", "recurrences", ["next_at"], postgresql_where=active, sqlite_where=active)
    op.create_table(
        "occurrences",
        sa.Column("recurrence_id", sa.Uuid, sa.ForeignKey("recurrences.id"), primary_key=True),
        sa.Column("occurs_at", _INSTANT, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
    )
