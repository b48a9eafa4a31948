"""The history of each schema leads to exactly the tables that the code knows, on both databases."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import shared.audit
import shared.cursors
import shared.idempotency
import shared.offers
import shared.parked  # noqa: F401  each of these adds its tables to the machinery's
from shared.clock import SystemClock
from shared.db import Database
from shared.events import TELLERS
from shared.migrations import current, migrate, missing, newest
from shared.outbox import machinery

PACKAGE = "services.{}.migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("database_url")
    return url


@pytest.mark.parametrize("service", TELLERS)
async def test_the_revisions_make_the_tables_that_the_code_knows(service: str, address: str) -> None:
    store = importlib.import_module(f"services.{service}.store")
    database = Database(address, service=service, clock=SystemClock())

    done = await migrate(database, PACKAGE.format(service))
    again = await migrate(database, PACKAGE.format(service))
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(_differences([machinery, store.metadata]))
        at = await connection.run_sync(current)
        left = await connection.run_sync(missing, PACKAGE.format(service))
    await database.close()

    assert differences == []
    assert done
    assert again == []
    assert at == newest(PACKAGE.format(service))
    assert left == []


async def test_a_database_of_a_later_release_lacks_nothing_and_an_empty_one_everything(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'later.db'}", service="notify", clock=SystemClock())
    async with database.engine.begin() as connection:
        of_empty = await connection.run_sync(missing, PACKAGE.format("notify"))
    await migrate(database, PACKAGE.format("notify"))
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        of_later = await connection.run_sync(missing, PACKAGE.format("notify"))
    await database.close()

    assert of_empty[0] == "0001"
    assert of_later == []


def _differences(known: list[sa.MetaData]) -> Callable[[sa.Connection], list[object]]:
    def compare(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_in_metadata})
        found: list[object] = compare_metadata(context, _together(known))
        return found

    return compare


def _is_in_metadata(name: str | None, kind: str, _parents: object) -> bool:
    """A virtual table of SQLite's search, and what it keeps its words in, is in no metadata."""
    return kind != "table" or not str(name).startswith("ticket_words")


def _together(known: list[sa.MetaData]) -> sa.MetaData:
    whole = sa.MetaData()
    for metadata in known:
        for table in metadata.tables.values():
            table.to_metadata(whole)
    return whole
