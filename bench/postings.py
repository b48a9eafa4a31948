"""Ledger postings through the public actions on PostgreSQL: one account, whose row is one lock, and many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID, uuid5

import sqlalchemy as sa

from bench.figures import Figure
from services.hourbank import actions
from services.hourbank.domain import Approval, Close, Estimate, Terms
from shared.clock import SystemClock
from shared.db import Database
from shared.migrations import migrate
from tests import servers
from tests.hourbank.stage import SECTION

TENANT = "next4"
SPACE = UUID(int=42)
WRITERS = 8
SECONDS = 6.0
ACCOUNTS = 200
PRICE_CENTS = 23_000
MINUTES = 60_000  # a month's package that no measurement uses up
_ENTRIES = sa.text("SELECT count(*) FROM entries")
_BASE = (
    "CREATE TABLE base_accounts (id int PRIMARY KEY, balance bigint NOT NULL)",
    "CREATE TABLE base_entries (account int NOT NULL, sequence bigint NOT NULL, minutes int NOT NULL)",
    "INSERT INTO base_accounts SELECT n, 0 FROM generate_series(0, 1000) AS n",
)
_LOCK = sa.text("SELECT balance FROM base_accounts WHERE id = :id FOR UPDATE")
_ENTER = sa.text("INSERT INTO base_entries VALUES (:id, :balance, 1)")
_MOVE = sa.text("UPDATE base_accounts SET balance = :balance + 1 WHERE id = :id")

Work = Callable[[int, int], Awaitable[None]]


async def posted() -> list[Figure]:
    """Postings a second, each beside lock, insert and update by hand at the same number of writers."""
    server = servers.postgres()
    url = server.create_database()
    database = Database(url, service="hourbank", clock=SystemClock())
    try:
        await migrate(database, "services.hourbank.migrations")
        await _open(database)
        figures = [await _measured(database, accounts=1), await _measured(database, accounts=ACCOUNTS)]
    finally:
        await database.close()
        server.drop_database(url)
    return figures


async def _measured(database: Database, *, accounts: int) -> Figure:
    async def close_ticket(writer: int, turn: int) -> None:
        await _close_one(database, _contract((writer * 31 + turn) % accounts), f"{accounts} {writer} {turn}")

    async def by_hand(writer: int, turn: int) -> None:
        own = {"id": (writer * 31 + turn) % accounts}
        async with database.engine.begin() as connection:
            balance = (await connection.execute(_LOCK, own)).scalar_one()
            await connection.execute(_ENTER, own | {"balance": balance})
            await connection.execute(_MOVE, own | {"balance": balance})

    before = await _entries(database)
    closed = await _in_time(close_ticket)
    entries = await _entries(database) - before
    base = await _in_time(by_hand)
    many = "one account" if accounts == 1 else f"{accounts} accounts"
    return Figure(
        name=f"ledger postings, {many}",
        value=entries / SECONDS,
        unit="entries/s",
        baseline=base / SECONDS,
        baseline_name="lock, insert, update by hand",
        note=f"{closed / SECONDS:.0f} tickets a second estimated, approved and debited, by {WRITERS} writers",
    )


async def _in_time(work: Work) -> int:
    """How often the writers did their work within the time."""
    until = time.perf_counter() + SECONDS

    async def write(writer: int) -> int:
        turns = 0
        while time.perf_counter() < until:
            await work(writer, turns)
            turns += 1
        return turns

    return sum(await asyncio.gather(*(write(writer) for writer in range(WRITERS))))


async def _close_one(database: Database, contract_id: UUID, name: str) -> None:
    """A ticket of one minute: held when it is estimated, debited when it is closed; a transaction each."""
    ticket_id, estimate_id = uuid5(SPACE, f"ticket {name}"), uuid5(SPACE, f"estimate {name}")
    estimate = Estimate(estimate_id=estimate_id, ticket_id=ticket_id, round=1, number=1, minutes=1)
    approval = Approval(estimate_id=estimate_id, minutes=1, minutes_over=0, hour_price_cents=PRICE_CENTS)
    async with database.transaction(tenant=TENANT) as tx:
        await actions.hold_hours(tx, contract_id=contract_id, estimate=estimate, at=tx.now, by="bench")
    async with database.transaction(tenant=TENANT) as tx:
        await actions.authorise_overage(tx, contract_id=contract_id, ticket_id=ticket_id, approval=approval, at=tx.now)
    close = Close(ticket_id=ticket_id, ticket_number=1, round=1, minutes=1, minutes_written_off=0)
    async with database.transaction(tenant=TENANT) as tx:
        await actions.debit_hours(tx, contract_id=contract_id, close=close, at=tx.now, by="bench")


async def _open(database: Database) -> None:
    """As many accounts as are posted to, and as many rows for the work by hand."""
    async with database.engine.begin() as connection:
        for statement in _BASE:
            await connection.execute(sa.text(statement))
    async with database.transaction(tenant=TENANT) as tx:
        await actions.apply_offer(tx, section=SECTION)
    for number in range(ACCOUNTS):
        async with database.transaction(tenant=TENANT) as tx:
            await actions.open_account(tx, terms=_terms(number, tx.now.date()), at=tx.now)


def _terms(number: int, today: date) -> Terms:
    return Terms(
        contract_id=_contract(number),
        organization_id=SPACE,
        plan_code="START",
        monthly_minutes=MINUTES,
        validity_months=12,
        hour_price_cents=PRICE_CENTS,
        first_cycle="full",
        start_date=today.replace(day=1),
        timezone="America/Sao_Paulo",
    )


def _contract(number: int) -> UUID:
    return uuid5(SPACE, f"contract {number}")


async def _entries(database: Database) -> int:
    async with database.reading(tenant=TENANT) as tx:
        return int((await tx.execute(_ENTRIES)).scalar_one())
