"""Who is let in: machines and their secrets, people's logins, sessions, and the links that log in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    create_machines()
    create_logins()
    create_sessions()


def create_machines() -> None:
    op.create_table(
        "machines",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, primary_key=True),
        text("name"),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("organization_id", sa.Uuid),
        instant("created_at"),
        sa.Column("revoked_at", INSTANT),
    )
    op.create_table(
        "machine_secrets",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        text("client_id"),
        hashed("hash"),
        sa.Column("until", INSTANT),
    )
    op.create_index("secrets_of_machine", "machine_secrets", ["tenant", "client_id"])


def create_logins() -> None:
    op.create_table(
        "logins",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        text("email"),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("organization_id", sa.Uuid),
        sa.Column("password", sa.Text),
        sa.Column("blocked_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "email", name="one_login_an_email"),
    )


def create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        text("subject"),
        hashed("renewal"),
        instant("renewed_at"),
        instant("expires_at"),
        sa.Column("ended_at", INSTANT),
    )
    op.create_index("sessions_of_login", "sessions", ["tenant", "subject"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "login_links",
        sa.Column("id", sa.Uuid, primary_key=True),
        text("tenant"),
        text("subject"),
        instant("expires_at"),
        sa.Column("used_at", INSTANT),
    )
    op.create_index("ix_login_links_expires_at", "login_links", ["expires_at"])


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def hashed(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=False)
