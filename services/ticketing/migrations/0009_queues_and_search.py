"""Queues by what is due first, and a search in the words of tickets and messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0009"
down_revision = "0008"

_INSTANT = sa.DateTime(timezone=True)
_SEARCH = sa.Text().with_variant(TSVECTOR(), "postgresql")
_OPEN = sa.text("status NOT IN ('closed', 'cancelled')")
_LAST = {"postgresql": "9999-12-31 00:00:00+00", "sqlite": "9999-12-31 00:00:00.000000"}
# Accents that PostgreSQL folds here once, for what was written before; what comes later is folded by the service.
_FOLDED = "translate(lower({0}), 'áàâãäéèêëíìîïóòôõöúùûüçñ', 'aaaaaeeeeiiiiooooouuuucn')"
_FILL = {
    "postgresql": "to_tsvector('portuguese', {0}) || to_tsvector('english', {0})",
    "sqlite": "' ' || lower({0}) || ' '",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    last = sa.text(f"'{_LAST[dialect]}'")
    op.add_column("tickets", sa.Column("search", _SEARCH))
    op.add_column("tickets", sa.Column("clock_due_at", _INSTANT, nullable=False, server_default=last))
    op.add_column("messages", sa.Column("search", _SEARCH))
    op.create_table(
        "clocks",
        sa.Column("ticket_id", sa.Uuid, primary_key=True),
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT),
    )
    for table, words in (("tickets", "subject || ' ' || description"), ("messages", "text")):
        text = _FOLDED.format(f"({words})") if dialect == "postgresql" else f"({words})"
        filled: sa.ColumnElement[str] = sa.literal_column(_FILL[dialect].format(text))
        op.execute(sa.update(sa.table(table, sa.column("search"))).values(search=filled))
        op.create_index(f"{table}_search", table, ["search"], postgresql_using="gin")
    op.create_index(
        "tickets_queue",
        "tickets",
        ["tenant", "clock_due_at", "queue_rank", "number"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
