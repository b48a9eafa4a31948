"""The database of one service, and the transaction that an action is given: it can execute and publish, not commit.

The edge (one request, one batch of deliveries, one job) opens a transaction and commits it by leaving the `async
with`. So nobody can forget the outbox or commit halfway: there are no words for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared import ids, inline, outbox
from shared.clock import Clock, VirtualClock
from shared.crash import crashpoint
from shared.events import Event
from shared.personal import without_personal_data

POOL_CONNECTIONS = 16  # per process: five services of one machine stay under PostgreSQL's default of 100
STATEMENT_TIMEOUT_SECONDS = 30  # a statement that takes longer is a fault; handlers are bounded by it
PASSING_STATES = ("40001", "40P01", "57P01", "57P02", "57P03", "55P03", "57014", "25006")
PASSING_CLASSES = ("08", "53", "58")  # connection lost; no connection, memory or disk left; the server itself is ill
PASSING_ON_SQLITE = ("database is locked", "disk is full", "disk I/O error", "unable to open database file")
UNIQUE_VIOLATION = "23505"


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant in any database: timestamptz on PostgreSQL, text that sorts on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a wall time; store UTC."""
        assert value is None or value.tzinfo is not None, "an instant has a zone"
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back an aware instant."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


Json = sa.JSON().with_variant(JSONB(), "postgresql")


@dataclass(slots=True)
class _Unit:
    """What is shared by everything done in one database transaction."""

    connection: AsyncConnection
    now: datetime
    told: list[outbox.Told] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)
    seen: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What an action is given. Every statement that it executes must name `tenant`.

    `actor` is who acts (the token's subject, or the service's name); `organization_id` narrows a customer to their own
    organization (None: no narrowing); `cause` and `traceparent` go into the envelopes of what is published.
    """

    unit: _Unit = field(repr=False)
    tenant: str
    actor: str
    organization_id: UUID | None = None
    cause: str | None = None
    traceparent: str | None = None

    @property
    def now(self) -> datetime:
        """The instant of this transaction, the same for all that is done in it."""
        return self.unit.now

    @property
    def dialect(self) -> str:
        """`postgresql` or `sqlite`, for the few statements that they spell differently."""
        return self.unit.connection.dialect.name

    @property
    def seen(self) -> dict[Hashable, Any]:
        """What this transaction has looked up and need not again (a batch asks the same often), by the asker's key."""
        return self.unit.seen

    def new_id(self) -> UUID:
        """A fresh id, ordered by time."""
        return ids.new_id(self.unit.now)

    async def settled(self) -> int:
        """The position up to which the event log is final (`outbox.settled`)."""
        return await outbox.settled(self.unit.connection)

    async def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> sa.CursorResult[Any]:
        """Run one statement (built once at import) with its parameters."""
        result: sa.CursorResult[Any] = await self.unit.connection.execute(statement, parameters)
        return result

    async def publish(self, event: Event) -> None:
        """Tell a fact: it is written to the event log and the outbox when this transaction commits, or not at all."""
        self.unit.told.append(
            outbox.Told(
                event=without_personal_data(event),
                tenant=self.tenant,
                cause=self.cause,
                traceparent=self.traceparent,
            )
        )

    async def publish_for(self, told: Iterable[tuple[str, Event]]) -> None:
        """Tell facts on behalf of the provider named beside each: a job tells thousands at once."""
        cause, traceparent = self.cause, self.traceparent
        self.unit.told += [
            outbox.Told(event=without_personal_data(event), tenant=tenant, cause=cause, traceparent=traceparent)
            for tenant, event in told
        ]

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """A part that may fail by itself: what it wrote and told is undone when it raises, the rest goes on."""
        unit = self.unit
        told, due = len(unit.told), len(unit.due)
        try:
            async with unit.connection.begin_nested():
                yield
        except BaseException:
            del unit.told[told:], unit.due[due:]
            unit.seen.clear()
            raise

    def falls_due(self, at: datetime) -> None:
        """Say that a job has something to do at `at`, so that a runner asleep for longer wakes up."""
        self.unit.due.append(at)

    def as_tenant(self, tenant: str, *, actor: str | None = None) -> Transaction:
        """The same transaction on behalf of another tenant: jobs and deliveries go over many."""
        return replace(self, tenant=tenant, actor=actor or self.actor, organization_id=None)

    def caused_by(self, cause: str, traceparent: str | None) -> Transaction:
        """The same transaction, with another cause for what it tells."""
        return replace(self, cause=cause, traceparent=traceparent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit brought: whether facts wait in the outbox, and the earliest instant that falls due."""

    told: int
    due_at: datetime | None


class Database:
    """One service's database: PostgreSQL in earnest, one SQLite file when embedded."""

    def __init__(self, url: str, *, service: str, clock: Clock, durable: bool = True) -> None:
        """Open nothing yet. `durable=False` spares SQLite's fsync and thread (rehearsals under a virtual clock)."""
        self.service = service
        self.clock = clock
        self.on_commit: list[Callable[[Committed], None]] = []
        self.engine = _engine(url, durable=durable)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def transaction(
        self, *, tenant: str = "", actor: str | None = None, database_clock: bool = False
    ) -> AsyncIterator[Transaction]:
        """One unit of work: commits when the block ends, rolls back when it raises.

        `database_clock` dates it by the database's clock (jobs: what falls due is not decided by a process's clock),
        unless the clock is a virtual one or the database is SQLite.
        """
        if self.is_sqlite:
            async with self._writing, self._unit(tenant, actor) as tx:
                yield tx
        else:
            async with self._unit(tenant, actor) as tx:
                if database_clock:
                    tx.unit.now = await self.clock_of_database(tx.unit.connection)
                yield tx

    @asynccontextmanager
    async def _unit(self, tenant: str, actor: str | None) -> AsyncIterator[Transaction]:
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                await connection.execution_options(ponteiro_writing=True)
            unit = _Unit(connection=connection, now=self.clock.now())
            try:
                yield Transaction(unit=unit, tenant=tenant, actor=actor or self.service)
                if unit.told:
                    await outbox.append(connection, unit.told, time=unit.now)
            except BaseException:
                await _to_the_end(connection.rollback())
                raise
            crashpoint("commit.before")
            await _to_the_end(connection.commit())
            crashpoint("commit.after")
        committed = Committed(told=len(unit.told), due_at=min(unit.due, default=None))
        for heard in self.on_commit:
            heard(committed)

    @asynccontextmanager
    async def reading(self, *, tenant: str = "", actor: str | None = None) -> AsyncIterator[Transaction]:
        """A look: no transaction is begun on PostgreSQL, nothing can be told."""
        async with self.engine.connect() as connection:
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            unit = _Unit(connection=connection, now=self.clock.now())
            yield Transaction(unit=unit, tenant=tenant, actor=actor or self.service)
            assert not unit.told, "a reading tells nothing"

    async def clock_of_database(self, connection: AsyncConnection) -> datetime:
        """The database's present instant; SQLite has no clock but the process's, and a virtual one goes before both."""
        if self.is_sqlite or isinstance(self.clock, VirtualClock):
            return self.clock.now()
        now: datetime = (await connection.execute(_CLOCK)).scalar_one()
        return now

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


_CLOCK = sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))


def is_passing(error: BaseException) -> bool:
    """Whether trying again may help: the database is away or full, a deadlock, a lost connection (also in COMMIT)."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        away = state in PASSING_STATES or state.startswith(PASSING_CLASSES)
        return error.connection_invalidated or away or any(sign in str(error.orig) for sign in PASSING_ON_SQLITE)
    return isinstance(error, (ConnectionError, OSError, TimeoutError, sa.exc.TimeoutError))


def is_collision(error: BaseException) -> bool:
    """Whether a unique key was broken: two transactions did the same at once, and this one was second."""
    if not isinstance(error, IntegrityError):
        return False
    return getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION or "UNIQUE constraint failed" in str(error.orig)


async def _to_the_end(work: Awaitable[None]) -> None:
    """Await commit or rollback even when the task is cancelled: half a commit leaks the connection."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _engine(url: str, *, durable: bool) -> AsyncEngine:
    address = sa.engine.make_url(url)
    options: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
    options["hide_parameters"] = True  # what people wrote does not end up in a log or in the reason of a parked fact
    if address.get_backend_name() == "sqlite":
        if not durable and address.database:
            options["async_creator"] = inline.opener(address.database)
        engine = create_async_engine(address.set(drivername="sqlite+aiosqlite"), **options)
        _prepare_sqlite(engine, durable=durable)
        return engine
    timeout = {"command_timeout": STATEMENT_TIMEOUT_SECONDS, "server_settings": {"timezone": "UTC"}}
    return create_async_engine(
        address.set(drivername="postgresql+asyncpg"),
        pool_size=POOL_CONNECTIONS,
        max_overflow=0,
        connect_args=timeout,
        **options,
    )


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _prepare_sqlite(engine: AsyncEngine, *, durable: bool) -> None:
    """WAL, enforced foreign keys, and BEGIN IMMEDIATE for writers so that a lock is never upgraded midway."""

    @sa.event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("ponteiro_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
