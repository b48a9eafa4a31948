"""The machinery's tables; contacts, noted contracts and tickets, messages."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import create_machinery

revision = "0001"
down_revision = None

_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_machinery(op)
    op.create_table(
        "contacts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("contact_id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("topics", _JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
    )
    op.create_index("contacts_of_organization", "contacts", ["tenant", "organization_id"])
    op.create_table(
        "contracts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("contract_id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("plan_code", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
    )
    op.create_table(
        "tickets",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("contract_id", sa.Uuid, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
    _create_messages()
    _create_indexes()


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("position", _POSITION, sa.Identity(), primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("fact_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("contact_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("contract_id", sa.Uuid, nullable=False),
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
        sa.Column("reference_ids", _JSON, nullable=False),
        sa.Column("written_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", _INSTANT),
        sa.Column("next_attempt_at", _INSTANT),
        sa.Column("settled_at", _INSTANT),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("tenant", "fact_id", "contact_id", "template", name="messages_once"),
    )


def _create_indexes() -> None:
    op.create_index(
        "messages_due",
        "messages",
        ["next_attempt_at", "position"],
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_index("messages_of_tenant", "messages", ["tenant", "position"])
    op.create_index("messages_of_organization", "messages", ["tenant", "organization_id", "position"])
    op.create_index("messages_of_contract", "messages", ["tenant", "contract_id", "position"])
    op.create_index("messages_of_ticket", "messages", ["tenant", "ticket_id", "contact_id", "position"])
