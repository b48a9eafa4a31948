"""What is done at a time and a place: timers, meetings, visits; and time entries that were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)
RUNS = sa.text("stopped_at IS NULL")


def upgrade() -> None:
    op.add_column("work", sa.Column("removed_at", INSTANT))
    op.add_column("work", sa.Column("removed_by", sa.Text))
    op.add_column("work", sa.Column("removed_reason", sa.Text))
    create_timers()
    create_meetings()
    create_visits()


def of_ticket() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    ]


def create_timers() -> None:
    op.create_table(
        "timers",
        *of_ticket(),
        sa.Column("professional_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("billable", sa.Boolean, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("stopped_at", INSTANT),
        sa.Column("seconds", sa.Integer),
    )
    op.create_index("timers_of_ticket", "timers", ["ticket_id", "id"])
    running = ["tenant", "professional_id"]
    op.create_index("timers_running", "timers", running, unique=True, postgresql_where=RUNS, sqlite_where=RUNS)


def create_meetings() -> None:
    op.create_table(
        "meetings",
        *of_ticket(),
        sa.Column("reason_code", sa.Text),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("professionals", sa.Integer, nullable=False),
        sa.Column("by_customer", sa.Boolean, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
    )
    op.create_index("meetings_of_ticket", "meetings", ["ticket_id", "id"])
    op.create_index("meetings_of_tenant", "meetings", ["tenant", "requested_at"])


def create_visits() -> None:
    op.create_table(
        "visits",
        *of_ticket(),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("technician_id", sa.Text, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("scheduled_at", INSTANT, nullable=False),
        sa.Column("scheduled_by", sa.Text, nullable=False),
    )
    op.create_index("visits_of_ticket", "visits", ["ticket_id", "id"])
    op.create_index("visits_of_contract", "visits", ["tenant", "contract_id", "starts_at"])
