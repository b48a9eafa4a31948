"""The tables of customers' inventories and people, and of the provider's agents."""

from __future__ import annotations

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Json

assets = sa.Table(
    "assets",
    metadata,
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
    sa.Index("assets_of_organization", "tenant", "organization_id", "id"),
)

# Who speaks for a customer, by the subject of their tokens. An organization with none here goes by the tokens' roles.
people = sa.Table(
    "people",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("can_open", sa.Boolean, nullable=False),
    sa.Column("can_approve_spend", sa.Boolean, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("critical", sa.Boolean, nullable=False, server_default=sa.false()),
)

# The provider's own people: which levels they serve (B28, B29), what they know, and their teams.
agents = sa.Table(
    "agents",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("agent_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("levels", Json, nullable=False),
    sa.Column("skills", Json, nullable=False),
    sa.Column("teams", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

# Who was shown a customer's environment, on which day, and until when that is good (B30, B31).
trainings = sa.Table(
    "trainings",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Uuid, primary_key=True),
    sa.Column("agent_id", sa.Text, primary_key=True),
    sa.Column("tour", sa.Text, nullable=False),
    sa.Column("toured_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date),
)
