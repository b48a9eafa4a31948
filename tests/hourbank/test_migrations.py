"""The history of the schema ends where the code is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.hourbank import store
from shared.db import Database
from shared.migrations import migrate
from shared.outbox import machinery

pytestmark = pytest.mark.anyio


async def test_the_migrated_schema_is_the_one_that_the_store_uses(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        def is_ours(name: str | None, kind: str, _parents: object) -> bool:
            return kind != "table" or name in store.metadata.tables

        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        return list(compare_metadata(context, store.metadata))

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []
    assert set(store.metadata.tables).isdisjoint(machinery.tables)


async def test_migrating_again_does_nothing(database: Database) -> None:
    assert await migrate(database, "services.hourbank.migrations") == []
