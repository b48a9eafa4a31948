"""Notify on SQLite and on PostgreSQL, and a server that takes mail or refuses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.clock import VirtualClock
from shared.db import Database
from shared.migrations import migrate
from tests.notify.postbox import Postbox
from tests.notify.shop import Notify, local


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'notify.db'}"
    address: str = request.getfixturevalue("database_url")
    return address


@pytest.fixture
def clock() -> VirtualClock:
    """The Tuesday on which story S02 begins, at nine in São Paulo."""
    return VirtualClock(local("2026-11-10T09:00"))


@pytest.fixture
async def database(url: str, clock: VirtualClock) -> AsyncIterator[Database]:
    """Notify's database, migrated."""
    opened = Database(url, service="notify", clock=clock)
    await migrate(opened, "services.notify.migrations")
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
