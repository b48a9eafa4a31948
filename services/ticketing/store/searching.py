"""Words as they are searched, in Portuguese and in English: without accents, capitals and signs, by their stems.

On PostgreSQL each ticket has one document of all its words, its own and those of its messages, and a second one without
the internal notes once there are any: one condition on one row, whose rarity the planner knows. SQLite has FTS5: a row
for each text, found by the beginnings of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from services.ticketing.store.tables import tickets
from shared.db import Transaction

WORDS_MOST = 8  # of a search; more narrow nothing any more
LEXEMES_MOST = 10_000  # of a ticket's document: PostgreSQL refuses one beyond a megabyte


def folded(text: str) -> str:
    """The words as they are searched: without accents, capitals and signs.

    >>> folded("Não envia: FORMULÁRIO!")
    'nao envia formulario'
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"\w+", plain.lower()))


def beginnings(words: str) -> str:
    """What FTS5 is asked for: texts that have words which begin so.

    >>> beginnings("Não envia")
    '"nao"* "envia"*'
    """
    return " ".join(f'"{word}"*' for word in folded(words).split()[:WORDS_MOST]) or '""'


async def add_words(tx: Transaction, ticket_id: UUID, text: str, *, public: bool) -> None:
    """Let a ticket be found by what was written in it after its opening; by internal words only by the team."""
    values = {"own_tenant": tx.tenant, "own_id": ticket_id, "search": folded(text), "public": public}
    if tx.dialect == "postgresql":
        await tx.execute(_GROW if public else _GROW_INSIDE, values)
    else:
        await tx.execute(_ADD, values)


async def reindex(tx: Transaction, several: Sequence[UUID]) -> None:
    """Let tickets be found by the words that are in them now, and by no other: some have been taken out."""
    if not several:
        return
    for statement in _REINDEX[tx.dialect]:
        await tx.execute(statement, {"several": list(several)})


_PORTUGUESE: sa.ColumnElement[str] = sa.literal_column("'portuguese'::regconfig")
_ENGLISH: sa.ColumnElement[str] = sa.literal_column("'english'::regconfig")
_TEXT = sa.bindparam("search", type_=sa.Text)
_WORDS = sa.bindparam("words", type_=sa.Text)
SEARCHED = sa.func.to_tsvector(_PORTUGUESE, _TEXT).op("||")(sa.func.to_tsvector(_ENGLISH, _TEXT))
QUERY = sa.func.websearch_to_tsquery(_PORTUGUESE, _WORDS).op("||")(sa.func.websearch_to_tsquery(_ENGLISH, _WORDS))
# Planned for the very words: one in twenty tickets is found by walking down the list, one in a million by the index. To
# match a document costs more than PostgreSQL thinks, to fetch a page less: by its own costs it walked past 51,000
# tickets for a word of one in a thousand (184 ms), where the index finds them in 30.
PLAN_FOR_THE_WORDS = sa.text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '1.1', true), "
    "set_config('cpu_operator_cost', '0.25', true)"
)


def _grown(document: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    here = sa.func.coalesce(document, sa.literal_column("''::tsvector"), type_=TSVECTOR())
    more: sa.ColumnElement[str] = here.op("||")(sa.func.strip(SEARCHED))
    return sa.case((sa.func.length(here) < LEXEMES_MOST, more), else_=here)


_OWN = (tickets.c.tenant == sa.bindparam("own_tenant"), tickets.c.id == sa.bindparam("own_id"))
_OPEN_ONES = tickets.c.search_public
_GROW = (
    sa.update(tickets)
    .where(*_OWN)
    .values(
        search=_grown(tickets.c.search),
        search_public=sa.case((_OPEN_ONES.is_not(None), _grown(_OPEN_ONES)), else_=sa.null()),
    )
)
_GROW_INSIDE = (
    sa.update(tickets)
    .where(*_OWN)
    .values(search=_grown(tickets.c.search), search_public=sa.func.coalesce(_OPEN_ONES, tickets.c.search))
)

# A virtual table of SQLite: it is in no metadata, its history is in the migrations.
ticket_words = sa.table(
    "ticket_words",
    sa.column("words", sa.Text),
    sa.column("ticket_id", sa.Uuid),
    sa.column("tenant", sa.Text),
    sa.column("public", sa.Boolean),
)
_ADD = sa.insert(ticket_words).values(
    words=_TEXT,
    ticket_id=sa.bindparam("own_id", type_=sa.Uuid),
    tenant=sa.bindparam("own_tenant"),
    public=sa.bindparam("public"),
)
_SEVERAL = sa.bindparam("several", expanding=True, type_=sa.Uuid)
_FOLDED = "translate(lower({0}), 'áàâãäéèêëíìîïóòôõöúùûüçñ', 'aaaaaeeeeiiiiooooouuuucn')"
_BOTH = "to_tsvector('portuguese', {0}) || to_tsvector('english', {0})"
_OWN_WORDS = _BOTH.format(_FOLDED.format("tickets.subject || ' ' || tickets.description"))
_SAID = """
    SELECT string_agg(text, ' ') AS words, string_agg(text, ' ') FILTER (WHERE public) AS open_words,
        bool_or(NOT public) AS is_inside
    FROM messages WHERE messages.ticket_id = tickets.id
"""
_SAID_WORDS, _SAID_OPEN = (
    f"strip({_BOTH.format(_FOLDED.format(f'left(coalesce(said.{name}, chr(32)), 200000)'))})"
    for name in ("words", "open_words")
)
_REINDEX: dict[str, tuple[sa.Executable, ...]] = {
    "postgresql": (
        sa.text(
            f"""
            UPDATE tickets SET search = {_OWN_WORDS} || found.words,
                search_public = CASE WHEN found.is_inside THEN {_OWN_WORDS} || found.open_words END
            FROM (
                SELECT tickets.id, said.is_inside, {_SAID_WORDS} AS words, {_SAID_OPEN} AS open_words
                FROM tickets CROSS JOIN LATERAL ({_SAID}) AS said WHERE tickets.id IN :several
            ) AS found
            WHERE tickets.id = found.id
            """  # noqa: S608  of constants
        ).bindparams(_SEVERAL),
    ),
    "sqlite": (
        sa.delete(ticket_words).where(ticket_words.c.ticket_id.in_(_SEVERAL)),
        sa.text(
            "INSERT INTO ticket_words (words, ticket_id, tenant, public) "
            "SELECT subject || ' ' || description, id, tenant, 1 FROM tickets WHERE id IN :several"
        ).bindparams(_SEVERAL),
        sa.text(
            "INSERT INTO ticket_words (words, ticket_id, tenant, public) "
            "SELECT text, ticket_id, tenant, public FROM messages WHERE ticket_id IN :several"
        ).bindparams(_SEVERAL),
    ),
}
