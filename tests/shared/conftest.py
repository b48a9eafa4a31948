"""Databases with the machinery's tables, on SQLite and PostgreSQL, and a service that writes down what it hears."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.migrations import create_audit, create_machinery
from tests.shared.listening import Listener, heard

OpenDatabase = Callable[..., Awaitable[Database]]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """The addresses of databases that do not exist yet, or are empty, by name."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    return _on_postgresql(request)


@pytest.fixture
def new_postgresql_address(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """As above, for what only PostgreSQL does: several processes on one database."""
    return _on_postgresql(request)


def _on_postgresql(request: pytest.FixtureRequest) -> Callable[[str], str]:
    server = request.getfixturevalue("postgres")
    addresses: dict[str, str] = {}

    def address(name: str) -> str:
        if name not in addresses:
            addresses[name] = server.create_database()
        return addresses[name]

    request.addfinalizer(lambda: [server.drop_database(url) for url in addresses.values()])
    return address


@pytest.fixture
async def open_database(new_address: Callable[[str], str]) -> AsyncIterator[OpenDatabase]:
    """Opens a database with the machinery's tables and the listener's own."""
    async for opener in _opener(new_address):
        yield opener


@pytest.fixture
async def open_postgresql(new_postgresql_address: Callable[[str], str]) -> AsyncIterator[OpenDatabase]:
    """As above, on PostgreSQL only; the same name opened twice is the same database."""
    async for opener in _opener(new_postgresql_address):
        yield opener


async def _opener(address: Callable[[str], str]) -> AsyncIterator[OpenDatabase]:
    opened: list[Database] = []

    async def open_one(service: str, *, clock: Clock | None = None) -> Database:
        database = Database(address(service), service=service, clock=clock or SystemClock())
        opened.append(database)
        async with database.engine.begin() as connection:
            await connection.run_sync(_create_tables)
        return database

    yield open_one
    await asyncio.gather(*(database.close() for database in opened))


def _create_tables(connection: sa.Connection) -> None:
    if not sa.inspect(connection).has_table("streams"):
        operations = Operations(MigrationContext.configure(connection))
        create_machinery(operations)
        create_audit(operations)
        heard.create(connection)


@pytest.fixture
async def listener(open_database: OpenDatabase) -> Listener:
    """A service that listens to notify."""
    return Listener(await open_database("echo"))
