"""Billing on SQLite and on PostgreSQL, and its HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.billing import app
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.settings import Settings
from tests import prepared, servers
from tests.billing.shops import Billing, local

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def migrated_url(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database with billing's tables and nothing in them."""
    yield from prepared.on_postgresql("billing", postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with billing's tables and nothing in them."""
    if request.param == "sqlite":
        return prepared.on_sqlite("billing", tmp_path)
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
def clock() -> VirtualClock:
    """A Sunday midnight: the first of November 2026 in São Paulo."""
    return VirtualClock(local("2026-11-01"))


@pytest.fixture
async def database(url: str, clock: VirtualClock) -> AsyncIterator[Database]:
    """Billing's database, migrated."""
    opened = Database(url, service="billing", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def billing(database: Database, clock: VirtualClock) -> Billing:
    """Billing of Next4, its offer applied."""
    opened = Billing(database=database, clock=clock)
    await opened.open()
    return opened


@pytest.fixture
async def on_postgresql(migrated_url: str, clock: VirtualClock) -> AsyncIterator[Callable[[], Database]]:
    """Opens one PostgreSQL database as often as there are nodes."""
    opened: list[Database] = []

    def node() -> Database:
        opened.append(Database(migrated_url, service="billing", clock=clock))
        return opened[-1]

    yield node
    for one in opened:
        await one.close()


@pytest.fixture
def keys() -> Keys:
    """The signing key of the installation."""
    return Keys(Keys.generate())


@pytest.fixture
def client(database: Database, clock: VirtualClock, keys: Keys) -> Client:
    """Opens the HTTP door for somebody: `client("billing")`, `client("customer", organization_id=...)`."""
    web = prepared.app_of(app.build(Settings()), database, keys=keys, clock=clock)

    def opened(role: str, *, tenant: str = "next4", organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
        token = keys.issue(who, now=clock.now(), lifetime=timedelta(days=400))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),  # type: ignore[arg-type]  # Litestar types ASGI in its own words
            base_url="http://billing.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return opened
