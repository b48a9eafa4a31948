"""The history of the schema ends where the code is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.notify.store.tables import metadata
from shared.db import Database

pytestmark = pytest.mark.anyio


async def test_the_migrated_schema_is_the_one_that_the_store_uses(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        def is_ours(name: str | None, kind: str, _parents: object) -> bool:
            return kind != "table" or name in metadata.tables

        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        return list(compare_metadata(context, metadata))

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []


async def test_a_release_that_knows_nothing_of_approving_still_writes_contacts(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(
            sa.text(
                "INSERT INTO contacts (tenant, contact_id, organization_id, name, email, topics, version, changed_at)"
                " VALUES ('next4', 'ana', '0193a1b2-0000-7000-8000-000000000003', 'Ana', 'a@b.example', '[]', 1,"
                " '2026-11-10 12:00:00+00:00')"
            )
        )
        may = (await connection.execute(sa.select(metadata.tables["contacts"].c.may_approve))).scalar_one()

    assert may is True
