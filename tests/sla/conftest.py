"""Sla on SQLite and on PostgreSQL, and its HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.sla import app
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.settings import Settings
from tests import prepared, servers
from tests.sla.shops import Sla, at

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def migrated_url(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a PostgreSQL database with sla's tables and nothing in them."""
    yield from prepared.on_postgresql("sla", postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with sla's tables and nothing in them."""
    if request.param == "sqlite":
        return prepared.on_sqlite("sla", tmp_path)
    return str(request.getfixturevalue("migrated_url"))


@pytest.fixture
def clock() -> VirtualClock:
    """A Monday morning, before anything in these tests happens."""
    return VirtualClock(at("2026-07-06T07:00"))


@pytest.fixture
async def database(url: str, clock: VirtualClock) -> AsyncIterator[Database]:
    """Sla's database, migrated."""
    opened = Database(url, service="sla", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def blocktime(database: Database, clock: VirtualClock) -> Sla:
    """Sla of Blocktime, its offer applied: low four business hours, medium two, high thirty minutes day and night."""
    sla = Sla(database=database, clock=clock)
    await sla.open()
    return sla


@pytest.fixture
async def next4(database: Database, clock: VirtualClock) -> Sla:
    """Sla of Next4, its offer applied: START four business hours."""
    sla = Sla(database=database, clock=clock, tenant="next4")
    await sla.open()
    return sla


@pytest.fixture
def keys() -> Keys:
    """The signing key of the installation."""
    return Keys(Keys.generate())


@pytest.fixture
def client(database: Database, clock: VirtualClock, keys: Keys) -> Client:
    """Opens the HTTP door for somebody: `client("agent")`, `client("customer", organization_id=...)`."""
    web: Any = prepared.app_of(app.build(Settings()), database, keys=keys, clock=clock)

    def opened(role: str, *, tenant: str = "blocktime", organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
        token = keys.issue(who, now=clock.now(), lifetime=timedelta(days=400))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),
            base_url="http://sla.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return opened
