"""Notify on SQLite and on PostgreSQL, and a server that takes mail or refuses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.clock import VirtualClock
from shared.db import Database
from tests import prepared, servers
from tests.notify.postbox import Postbox
from tests.notify.shop import Notify, local


@pytest.fixture
def migrated_url(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database with notify's tables and nothing in them."""
    yield from prepared.on_postgresql("notify", postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with notify's tables and nothing in them."""
    if request.param == "sqlite":
        return prepared.on_sqlite("notify", tmp_path)
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
def clock() -> VirtualClock:
    """The Tuesday on which story S02 begins, at nine in São Paulo."""
    return VirtualClock(local("2026-11-10T09:00"))


@pytest.fixture
async def database(url: str, clock: VirtualClock) -> AsyncIterator[Database]:
    """Notify's database, migrated."""
    opened = Database(url, service="notify", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def notify(database: Database, clock: VirtualClock) -> Notify:
    """Notify of Next4, its offer applied; nobody is known yet."""
    opened = Notify(database, clock)
    await opened.open()
    return opened


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server on a free port."""
    with Postbox() as opened:
        yield opened
