"""A desk on SQLite and on PostgreSQL, and one on PostgreSQL only for what several do at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.clock import VirtualClock
from shared.db import Database
from tests import prepared, servers
from tests.ticketing.desk import Desk, at, new_desk
from tests.ticketing.shelf import Shelf, new_shelf

NOON = at("2026-11-10T12:00")  # a Tuesday


@pytest.fixture
def migrated_url(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database with ticketing's tables and nothing in them."""
    yield from prepared.on_postgresql("ticketing", postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with ticketing's tables and nothing in them."""
    if request.param == "sqlite":
        return prepared.on_sqlite("ticketing", tmp_path)
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
def clock() -> VirtualClock:
    """Tuesday 10 November 2026, noon in São Paulo."""
    return VirtualClock(NOON)


@pytest.fixture
async def desk(url: str, clock: VirtualClock) -> AsyncIterator[Desk]:
    """A desk with nothing applied."""
    async for one in _desk(url, clock):
        yield one


@pytest.fixture
async def postgresql_desk(migrated_url: str, clock: VirtualClock) -> AsyncIterator[Desk]:
    """A desk on PostgreSQL, with nothing applied."""
    async for one in _desk(migrated_url, clock):
        yield one


@pytest.fixture
async def next4(desk: Desk) -> Desk:
    """Next4's desk: its offer applied, the contract of ACME activated."""
    await desk.open_shop("next4")
    return desk


@pytest.fixture
async def blocktime(desk: Desk) -> Desk:
    """Blocktime's desk: its offer applied, the contract of ACME activated."""
    await desk.open_shop("blocktime")
    return desk


@pytest.fixture
async def shelf(url: str, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Shelf]:
    """Next4's desk with a folder for files."""
    database = Database(url, service="ticketing", clock=clock)
    one = new_shelf(database, clock, tmp_path / "files")
    await one.desk.open_shop("next4")
    yield one
    await one.desk.client.aclose()
    await database.close()


async def _desk(url: str, clock: VirtualClock) -> AsyncIterator[Desk]:
    database = Database(url, service="ticketing", clock=clock)
    one = new_desk(database, clock)
    yield one
    await one.client.aclose()
    await database.close()
