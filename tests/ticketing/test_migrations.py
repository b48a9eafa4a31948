"""The history of the schema ends where the code is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.ticketing import store
from shared.migrations import migrate
from shared.outbox import machinery
from tests.ticketing.desk import Desk

pytestmark = pytest.mark.anyio


async def test_the_migrated_schema_is_the_one_that_the_store_uses(desk: Desk) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        def is_ours(name: str | None, kind: str, _parents: object) -> bool:
            return kind != "table" or name in store.metadata.tables

        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        return list(compare_metadata(context, store.metadata))

    async with desk.database.engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []
    assert set(store.metadata.tables).isdisjoint(machinery.tables)


async def test_migrating_again_does_nothing(desk: Desk) -> None:
    assert await migrate(desk.database, "services.ticketing.migrations") == []


async def test_every_statement_of_a_list_that_one_ticket_is_looked_up_by_has_an_index(postgresql_desk: Desk) -> None:
    wanted = {"tickets_number", "tickets_of_organization", "tickets_open", "tickets_due", "history_pkey"}
    async with postgresql_desk.database.engine.connect() as connection:
        rows = await connection.execute(sa.text("select indexname from pg_indexes where schemaname = 'public'"))
        assert wanted <= {row.indexname for row in rows}
