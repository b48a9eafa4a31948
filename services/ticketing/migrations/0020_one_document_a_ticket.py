"""A ticket is searched as one document with its messages; on SQLite by FTS5."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0020"
down_revision = "0019"

_SEARCH = sa.Text().with_variant(TSVECTOR(), "postgresql")
_FOLDED = "translate(lower({0}), 'áàâãäéèêëíìîïóòôõöúùûüçñ', 'aaaaaeeeeiiiiooooouuuucn')"
_SAID = "strip(to_tsvector('portuguese', {0}) || to_tsvector('english', {0}))"
_GROW = f"""
    UPDATE tickets SET
        search = coalesce(search, ''::tsvector) || {_SAID.format(_FOLDED.format("left(said.words, 200000)"))},
        search_public = CASE WHEN said.is_inside THEN coalesce(search, ''::tsvector)
            || {_SAID.format(_FOLDED.format("left(coalesce(said.open_words, ' '), 200000)"))} END
    FROM (
        SELECT ticket_id, string_agg(text, ' ') AS words, string_agg(text, ' ') FILTER (WHERE public) AS open_words,
            bool_or(NOT public) AS is_inside
        FROM messages GROUP BY ticket_id
    ) AS said
    WHERE said.ticket_id = tickets.id
"""  # noqa: S608  of constants
_FTS = (
    """
    CREATE VIRTUAL TABLE ticket_words USING fts5(words, ticket_id UNINDEXED, tenant UNINDEXED, public UNINDEXED,
        prefix='2 3', tokenize='unicode61 remove_diacritics 2')
    """,
    """
    INSERT INTO ticket_words (words, ticket_id, tenant, public)
    SELECT subject || ' ' || description, id, tenant, 1 FROM tickets
    """,
    "INSERT INTO ticket_words (words, ticket_id, tenant, public) SELECT text, ticket_id, tenant, public FROM messages",
    "UPDATE tickets SET search = NULL",
)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("search_public", _SEARCH))
    for statement in [_GROW] if op.get_bind().dialect.name == "postgresql" else _FTS:
        op.execute(sa.text(statement))
    op.drop_index("messages_search", "messages")
    op.drop_column("messages", "search")
