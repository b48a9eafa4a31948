"""Billing on SQLite and on PostgreSQL, and its HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.billing import app
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.migrations import migrate
from shared.settings import Settings
from shared.web import Hosted, create_app
from tests import servers
from tests.billing.shops import Billing, local

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'billing.db'}"
    address: str = request.getfixturevalue("database_url")
    return address


@pytest.fixture
def clock() -> VirtualClock:
    """A Sunday midnight: the first of November 2026 in São Paulo."""
    return VirtualClock(local("2026-11-01"))


@pytest.fixture
async def database(url: str, clock: VirtualClock) -> AsyncIterator[Database]:
    """Billing's database, migrated."""
    opened = Database(url, service="billing", clock=clock)
    await migrate(opened, "services.billing.migrations")
    yield opened
    await opened.close()


@pytest.fixture
async def billing(database: Database, clock: VirtualClock) -> Billing:
    """Billing of Next4, its offer applied."""
    opened = Billing(database=database, clock=clock)
    await opened.open()
    return opened


@pytest.fixture
async def on_postgresql(postgres: servers.Postgres, clock: VirtualClock) -> AsyncIterator[Callable[[], Database]]:
    """Opens one PostgreSQL database as often as there are nodes."""
    url = postgres.create_database()
    opened: list[Database] = []

    def node() -> Database:
        opened.append(Database(url, service="billing", clock=clock))
        return opened[-1]

    await migrate(node(), "services.billing.migrations")
    yield node
    for one in opened:
        await one.close()
    postgres.drop_database(url)


@pytest.fixture
def keys() -> Keys:
    """The signing key of the installation."""
    return Keys(Keys.generate())


@pytest.fixture
def client(database: Database, clock: VirtualClock, keys: Keys) -> Client:
    """Opens the HTTP door for somebody: `client("billing")`, `client("customer", organization_id=...)`."""
    web = create_app(
        [Hosted(service=app.build(Settings()), database=database)], keys=keys, clock=clock, ready=_nothing_is_away
    )

    def opened(role: str, *, tenant: str = "next4", organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
        token = keys.issue(who, now=clock.now(), lifetime=timedelta(days=400))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),  # type: ignore[arg-type]  # Litestar types ASGI in its own words
            base_url="http://billing.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return opened


async def _nothing_is_away() -> list[str]:
    return []
