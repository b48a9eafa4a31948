"""The hour bank on SQLite and on PostgreSQL, and its HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from tests import prepared, servers
from tests.hourbank.pure import wall
from tests.hourbank.stage import NEXT4, SERVICE, Stage

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def on_postgres(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database with a hour bank's tables and nothing in them."""
    yield from prepared.on_postgresql("hourbank", postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with a hour bank's tables and nothing in them."""
    if request.param == "sqlite":
        return prepared.on_sqlite("hourbank", tmp_path)
    return str(request.getfixturevalue("on_postgres"))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """An empty hour bank, some time before every story."""
    opened = Database(url, service="hourbank", clock=VirtualClock(wall("2025-11-01T00:00")))
    yield opened
    await opened.close()


@pytest.fixture
async def stage(database: Database) -> Stage:
    """Next4's hour bank, its offer applied."""
    assert isinstance(database.clock, VirtualClock)
    opened = Stage(database, database.clock)
    await opened.apply()
    return opened


@pytest.fixture
def client(database: Database) -> Client:
    """Opens the HTTP door for somebody: `client("agent")`, `client("customer", organization_id=...)`."""
    keys = Keys(Keys.generate())
    web = prepared.app_of(SERVICE, database, keys=keys, clock=database.clock)

    def opened(role: str, *, tenant: str = NEXT4, organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
        token = keys.issue(who, now=database.clock.now(), lifetime=timedelta(days=4000))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
            base_url="http://hourbank.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return opened
