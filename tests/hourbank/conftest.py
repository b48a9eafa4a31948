"""The hour bank on SQLite and on PostgreSQL, and its HTTP door."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.migrations import migrate
from shared.web import Hosted, create_app
from tests import servers
from tests.hourbank.pure import wall
from tests.hourbank.stage import NEXT4, SERVICE, Stage

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables and nothing in them, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("hourbank") / "migrated.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def on_postgres(postgres: servers.Postgres) -> Iterator[str]:
    """The address of a hour bank on PostgreSQL with nothing in it, a copy too."""
    url = postgres.create_database(template=postgres.template("hourbank", migrated))
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a hour bank with nothing in it, on either database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "hourbank.db")
        return f"sqlite:///{path}"
    address: str = request.getfixturevalue("on_postgres")
    return address


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
    web = create_app(
        [Hosted(service=SERVICE, database=database)], keys=keys, clock=database.clock, ready=_nothing_is_away
    )

    def opened(role: str, *, tenant: str = NEXT4, organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
        token = keys.issue(who, now=database.clock.now(), lifetime=timedelta(days=4000))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
            base_url="http://hourbank.test",
            headers={"Authorization": f"Bearer {token}"},
        )

    return opened


def migrated(url: str) -> None:
    """Make the tables of a hour bank."""

    async def run() -> None:
        database = Database(url, service="hourbank", clock=VirtualClock(wall("2025-11-01T00:00")))
        await migrate(database, "services.hourbank.migrations")
        await database.close()

    asyncio.run(run())


async def _nothing_is_away() -> list[str]:
    return []
