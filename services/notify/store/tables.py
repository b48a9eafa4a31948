"""The tables of notify; their history is in `migrations/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.db import Instant, Json

metadata = sa.MetaData()

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("locale", sa.Text),
    sa.Column("topics", Json, nullable=False),
    sa.Column("may_approve", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index("contacts_of_organization", "tenant", "organization_id"),
)

contracts = sa.Table(
    "contracts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Uuid, primary_key=True),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("monthly_minutes", sa.Integer),
    sa.Column("account_manager_id", sa.Text),
    sa.Column("account_manager_deputy_id", sa.Text),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)

# `position` keeps the order of writing; ids do not within one millisecond, nor while a virtual clock stands still.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("message_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("fact_id", sa.Uuid, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("contract_id", sa.Uuid),
    sa.Column("ticket_id", sa.Uuid),
    sa.Column("to_name", sa.Text),
    sa.Column("to_email", sa.Text, nullable=False),
    sa.Column("from_name", sa.Text, nullable=False),
    sa.Column("from_email", sa.Text, nullable=False),
    sa.Column("reply_to", sa.Text),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("header_id", sa.Text, nullable=False),
    sa.Column("reference_ids", Json, nullable=False),
    sa.Column("written_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_attempt_at", Instant),
    sa.Column("next_attempt_at", Instant),
    sa.Column("settled_at", Instant),
    sa.Column("error", sa.Text),
    sa.Column("estimate_id", sa.Uuid),
    sa.Column("answer_until", Instant),
    sa.Column("about", sa.Uuid),
    sa.Column("login_link_id", sa.Uuid),
    sa.Column("invitation", Json),
    sa.Column("digest_id", sa.Uuid),
    sa.UniqueConstraint("tenant", "fact_id", "contact_id", "template", name="messages_once"),
    sa.Index(
        "messages_due",
        "next_attempt_at",
        "position",
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
    ),
    sa.Index("messages_of_recipient", "tenant", "contact_id", "first_attempt_at"),
    sa.Index(
        "messages_of_digest",
        "digest_id",
        "position",
        postgresql_where=sa.text("digest_id IS NOT NULL"),
        sqlite_where=sa.text("digest_id IS NOT NULL"),
    ),
    sa.Index("messages_of_tenant", "tenant", "position"),
    sa.Index("messages_of_organization", "tenant", "organization_id", "position"),
    sa.Index("messages_of_contract", "tenant", "contract_id", "position"),
    sa.Index("messages_of_ticket", "tenant", "ticket_id", "contact_id", "position"),
)


def per_dialect(make: Callable[[Any], sa.Executable]) -> dict[str, sa.Executable]:
    """The same statement for both databases, which spell ON CONFLICT alike but not as one construct."""
    return {"postgresql": make(postgresql.insert), "sqlite": make(sqlite.insert)}
