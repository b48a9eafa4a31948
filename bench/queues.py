"""The desk's lists and its search, by how many tickets there are: through the store, on a database of their own."""

from __future__ import annotations

import time
from uuid import UUID

import sqlalchemy as sa

from bench.figures import Figure
from services.ticketing import store
from services.ticketing.store import Behind, Filter
from shared.clock import SystemClock
from shared.db import Database
from shared.migrations import migrate
from tests import servers

SIZES = (10_000, 100_000, 1_000_000)
ASKED = 100  # times each
PAGE = 51
TENANT = "next4"
GOAL = "<= 50"


async def listed() -> list[Figure]:
    """How long a page takes: the queue, deep in it, an organization's, a search for a word of one in a thousand."""
    postgres = servers.postgres()
    url = postgres.create_database()
    database = Database(url, service="ticketing", clock=SystemClock())
    await migrate(database, "services.ticketing.migrations")
    found: list[Figure] = []
    there = 0
    for size in SIZES:
        await _fill(database, first=there + 1, last=size)
        there = size
        for name, (wanted, order) in _LISTS.items():
            value = await _p95(database, wanted, order)
            found.append(Figure(name=f"{name}, {size:,} tickets: p95", value=value, unit="ms", goal=GOAL))
    await database.close()
    postgres.drop_database(url)
    return found


async def _p95(database: Database, wanted: Filter, order: store.Order) -> float:
    """Milliseconds of the slowest page but five in a hundred, each behind the one before."""
    taken: list[float] = []
    behind: Behind | None = None
    async with database.reading(tenant=TENANT) as tx:
        for _ in range(ASKED):
            begun = time.perf_counter()
            page = await store.page(tx, wanted, order=order, behind=behind, most=PAGE)
            taken.append(1000 * (time.perf_counter() - begun))
            behind = _behind(page[-1]) if len(page) == PAGE else None
    return sorted(taken)[int(len(taken) * 0.95)]


def _behind(last: store.Queued) -> Behind:
    return Behind(number=last.ticket.number, due_at=last.clock_due_at, queue_rank=last.ticket.queue_rank)


async def _fill(database: Database, *, first: int, last: int) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for start in range(first, last + 1, 100_000):
            await connection.execute(_FILL, {"first": start, "last": min(last, start + 99_999), "tenant": TENANT})
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("VACUUM ANALYZE tickets"))


_LISTS: dict[str, tuple[Filter, store.Order]] = {
    "queue by what is due": (Filter(), "due"),
    "queue of level 2": (Filter(level=2), "due"),
    "tickets of an organization": (Filter(organization_id=UUID(int=7)), "newest"),
    "search for a word of 1 in 1,000": (Filter(words="roteador"), "newest"),
    "search for a word of 1 in 20": (Filter(words="impressora"), "newest"),
    "search for a word of every ticket": (Filter(words="hoje"), "newest"),
    "search for a word of none": (Filter(words="telescopio"), "newest"),
    "search in the queue by what is due": (Filter(words="impressora"), "due"),
}
# One in ten is open; subjects are of common words, with one of a thousand and one of twenty among them.
_FILL = sa.text(
    """
    INSERT INTO tickets (id, tenant, number, contract_id, organization_id, plan_code, queue_rank, channel, source,
        subject, description, fields, registered_at, opened_by, level, stage, status, round, promise_changes, version,
        search, clock_due_at)
    SELECT gen_random_uuid(), :tenant, n, lpad(to_hex(n % 1000), 32, '0')::uuid,
        lpad(to_hex(n % 1000), 32, '0')::uuid,
        'START', 1 + n % 4, 'portal', 'customer', words, 'Desde hoje cedo.', '{}'::jsonb,
        now() - n * interval '1 minute',
        'bench', 1 + n % 3, state, state, 1, 0, 1,
        to_tsvector('portuguese', words || ' desde hoje cedo') || to_tsvector('english', words || ' desde hoje cedo'),
        CASE WHEN n % 3 = 0 THEN '9999-12-31 00:00:00+00'
            ELSE now() + (n * 7919::bigint % 100000) * interval '1 second' END
    FROM (
        SELECT n, CASE WHEN n % 10 = 0 THEN 'triaged' ELSE 'closed' END AS state,
            'pagina formulario ' || (ARRAY['servidor', 'email', 'backup', 'site', 'rede'])[1 + n % 5]
            || CASE WHEN n % 1000 = 0 THEN ' roteador' ELSE '' END
            || CASE WHEN n % 20 = 0 THEN ' impressora' ELSE '' END AS words
        FROM generate_series(cast(:first AS integer), cast(:last AS integer)) AS n
    ) AS made
    """
)
