"""The history of each schema: Alembic, one folder per service, run by `ponteiro migrate` and at an embedded start.

A revision is `services/<name>/migrations/NNNN_what.py`; the first one of every service also makes the machinery's
tables by `create_machinery()`, which is frozen: a later change of the machinery is a revision of its own.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from shared.db import Database

_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")


async def migrate(database: Database, package: str) -> list[str]:
    """Bring a service's schema to its newest revision, in one transaction; answer the revisions that were run."""
    async with database.engine.begin() as connection:
        if database.is_sqlite:
            await connection.execution_options(ponteiro_writing=True)
        else:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(7093764)"))
        return await connection.run_sync(lambda sync: _upgrade(sync, package))


def newest(package: str) -> str | None:
    """The newest revision that the code knows."""
    return _script(package).get_current_head()


def current(connection: sa.Connection) -> str | None:
    """The revision that a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def missing(connection: sa.Connection, package: str) -> list[str]:
    """The revisions that the code knows and the database lacks; a database of a later release lacks none."""
    script, at = _script(package), current(connection)
    known = [revision.revision for revision in script.walk_revisions()]
    return [] if at is not None and at not in known else [revision.revision for revision in _missing(script, at)]


def _script(package: str) -> ScriptDirectory:
    folder = Path(next(iter(importlib.import_module(package).__path__)))
    return ScriptDirectory(str(folder), version_locations=[str(folder)])


def _upgrade(connection: sa.Connection, package: str) -> list[str]:
    script = _script(package)
    context = MigrationContext.configure(connection)
    done = []
    with Operations.context(context):
        for revision in _missing(script, context.get_current_revision()):
            revision.module.upgrade()
            context.stamp(script, revision.revision)
            done.append(revision.revision)
    return done


def _missing(script: ScriptDirectory, at: str | None) -> list[Script]:
    return (
        [] if at == script.get_current_head() else list(reversed(list(script.iterate_revisions("head", at or "base"))))
    )


def create_machinery(op: Any) -> None:  # alembic's `op`, a module that stands for an Operations
    """The tables of outbox, event log, inbox, parking and idempotency, as of the first revision. Frozen."""
    op.create_table(
        "streams",
        sa.Column("stream", sa.Uuid, primary_key=True),
        sa.Column("last_sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("position", _POSITION, sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("stream", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,  # a position is never used again, also when the whole log was forgotten
    )
    op.create_table("outbox", sa.Column("position", _POSITION, primary_key=True, autoincrement=False))
    op.create_table(
        "inbox_cursors",
        sa.Column("stream", sa.Uuid, primary_key=True),
        sa.Column("teller", sa.Text, primary_key=True),
        sa.Column("last_sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("teller", sa.Text),
        sa.Column("stream", sa.Uuid, index=True),
        sa.Column("sequence", sa.Integer),
        sa.Column("type", sa.Text),
        sa.Column("tenant", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("parked_at", _INSTANT, nullable=False),
        sa.Column("retry_at", _INSTANT, index=True),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("answered_at", _INSTANT, nullable=False, index=True),
    )
    op.create_table(
        "offers",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("applied_at", _INSTANT, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,"
            " autovacuum_vacuum_cost_delay = 0)"
        )


def create_audit(op: Any) -> None:  # as above
    """The table of who did what. Frozen."""
    op.create_table(
        "audit",
        sa.Column("position", _POSITION, sa.Identity(), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("roles", _JSON, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("ids", _JSON, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_of_tenant", "audit", ["tenant", "position"])
    op.create_index("audit_about", "audit", ["tenant", "about", "position"])
