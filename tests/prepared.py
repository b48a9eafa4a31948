"""What is the same for every test of a service and takes longer to make than most tests: its tables and its routes.

Each is made once in a process of the tests: a test finds the tables empty, and has a frame of its own for the routes.
"""

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State

from shared.auth import Keys
from shared.clock import Clock, SystemClock
from shared.db import Database
from shared.frame import Frame
from shared.live import Live
from shared.migrations import migrate
from shared.service import Service
from shared.web import Hosted, create_app
from tests import servers

# Without triggers: the ledger is append-only, and the database says so.
EMPTY = """
DO $$
DECLARE one record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
END
$$
"""

_files: dict[str, bytes] = {}
_databases: dict[str, str] = {}
_apps: dict[str, Litestar] = {}


def on_sqlite(service: str, folder: Path) -> str:
    """The address of a file with a service's tables and nothing in them."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{service}.db"
    url = f"sqlite:///{path}"
    if service not in _files:
        _make_tables(url, service)
        _files[service] = path.read_bytes()
    path.write_bytes(_files[service])
    return url


def on_postgresql(service: str, server: servers.Postgres) -> Iterator[str]:
    """The address of a database with a service's tables and nothing in them, while it is used.

    Tests that follow each other have the same one, emptied: a copy of a database costs PostgreSQL a tenth of a second.
    """
    if service not in _databases:
        _databases[service] = server.create_database()
        _make_tables(_databases[service], service)
    url = _databases[service]
    yield url
    server.terminate_backends(url.rpartition("/")[2])
    server.execute(EMPTY, dsn=url)


def app_of(service: Service, database: Database, *, keys: Keys, clock: Clock) -> Litestar:
    """The application of a service that was built with the settings of nobody, over a database."""
    if service.name not in _apps:
        hosted = Hosted(service=service, database=database)
        _apps[service.name] = create_app([hosted], keys=keys, clock=clock, ready=_nothing_is_away)
    known = _apps[service.name]
    one = copy.copy(known)
    frame = Frame(
        hosted=(Hosted(service=service, database=database),),
        keys=keys,
        clock=clock,
        ready=_nothing_is_away,
        rehearsal=None,
        live=Live({service.name: database}),
    )
    one.state = State({"parameters": known.state.parameters, "edges": frame})
    return one


def _make_tables(url: str, service: str) -> None:
    async def run() -> None:
        database = Database(url, service=service, clock=SystemClock(), durable=False)
        await migrate(database, f"services.{service}.migrations")
        await database.close()

    asyncio.run(run())


async def _nothing_is_away() -> list[str]:
    return []
