"""A process that does nothing but announce what falls due in one sla database, until it is killed."""

from __future__ import annotations

import sys

import uvloop

from services.sla.jobs import jobs
from shared.clock import SystemClock
from shared.db import Database
from shared.jobs import JobRunner


async def announce(url: str) -> None:
    """Run a runner of sla's jobs by the database's clock."""
    await JobRunner(Database(url, service="sla", clock=SystemClock()), jobs, poll_seconds=0.5).run()


if __name__ == "__main__":
    uvloop.run(announce(sys.argv[1]))
