"""The tables of what is done at a time and a place: running timers, meetings, visits."""

from __future__ import annotations

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Instant

_RUNS = "stopped_at IS NULL"

# A professional is in one place at a time (N34): the unique index says so to those who start two at once, too.
timers = sa.Table(
    "timers",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("professional_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("billable", sa.Boolean, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("stopped_at", Instant),
    sa.Column("seconds", sa.Integer),
    sa.Index("timers_of_ticket", "ticket_id", "id"),
    sa.Index(
        "timers_running",
        "tenant",
        "professional_id",
        unique=True,
        postgresql_where=sa.text(_RUNS),
        sqlite_where=sa.text(_RUNS),
    ),
)

meetings = sa.Table(
    "meetings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("reason_code", sa.Text),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("professionals", sa.Integer, nullable=False),
    sa.Column("by_customer", sa.Boolean, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Index("meetings_of_ticket", "ticket_id", "id"),
    sa.Index("meetings_of_tenant", "tenant", "requested_at"),
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("technician_id", sa.Text, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("scheduled_at", Instant, nullable=False),
    sa.Column("scheduled_by", sa.Text, nullable=False),
    sa.Index("visits_of_ticket", "ticket_id", "id"),
    sa.Index("visits_of_contract", "tenant", "contract_id", "starts_at"),
)
