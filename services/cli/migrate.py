"""`ponteiro migrate`: every schema at its newest revision, and the broker's topology before anyone publishes."""

from __future__ import annotations

import asyncio

from services.cli.installation import DataOption, Installation, installation
from services.cli.terminal import Cannot, progress, say
from shared.db import is_passing
from shared.events import TELLERS
from shared.log import describe
from shared.migrations import migrate as run_revisions


def migrate(data: DataOption = None) -> None:
    """Bring all five databases to their newest revision and declare the exchanges and queues of all five."""
    for line in asyncio.run(_migrate(installation(data))):
        say(line)


async def _migrate(place: Installation) -> list[str]:
    lines = []
    with progress("migrating", total=len(TELLERS) + 1) as bar:
        for service in TELLERS:
            done = await migrate_one(place, service)
            lines.append(f"{service}: " + (f"now at {done[-1]}" if done else "is at its newest revision"))
            bar.advance(bar.task_ids[0])
        if place.folder is None:
            lines.append(await declare(place))
        bar.advance(bar.task_ids[0])
    return lines


async def migrate_one(place: Installation, service: str) -> list[str]:
    """Run what is missing in one database; answer the revisions. Raises Cannot when the database is away."""
    database = place.database(service)
    try:
        return await run_revisions(database, f"services.{service}.migrations")
    except Exception as error:
        if is_passing(error):
            raise Cannot(f"the database of {service} is away: {describe(error)}") from error
        raise
    finally:
        await database.close()


async def declare(place: Installation) -> str:
    """Declare the broker's topology. Raises Cannot when no broker is named."""
    from services.embedded.house import build_services  # noqa: PLC0415  as below
    from shared import rabbit  # noqa: PLC0415  the broker's libraries are slow to import and only needed here

    if not place.settings.rabbitmq_url:
        raise Cannot("the schemas are done, the topology is not: set PONTEIRO_RABBITMQ_URL")
    await rabbit.declare_topology(place.settings, build_services(place.settings))
    return "broker: every exchange and queue is declared"
