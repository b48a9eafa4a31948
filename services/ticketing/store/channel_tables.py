"""The tables of chats: who writes under which id, and what was answered to each message."""

from __future__ import annotations

import sqlalchemy as sa

from services.ticketing.store.tables import metadata
from shared.db import Instant

channel_contacts = sa.Table(
    "channel_contacts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("channel_user_id", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Uuid, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("answered_at", Instant),
)

# The channel's own id of a message is its key: what is delivered twice is answered the same, and done once.
channel_messages = sa.Table(
    "channel_messages",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Uuid),
    sa.Column("reply_text", sa.Text, nullable=False),
    sa.Column("heard_at", Instant, nullable=False),
    sa.Index("channel_messages_heard", "heard_at"),
)
