"""A process that does nothing but what falls due in one service's database, until it is killed."""

from __future__ import annotations

import importlib
import sys

import uvloop

from shared.clock import SystemClock
from shared.db import Database
from shared.jobs import JobRunner


async def do_what_falls_due(service: str, url: str) -> None:
    """Run a runner of the service's jobs by the database's clock."""
    jobs = importlib.import_module(f"services.{service}.jobs").jobs
    await JobRunner(Database(url, service=service, clock=SystemClock()), jobs, poll_seconds=0.5).run()


if __name__ == "__main__":
    uvloop.run(do_what_falls_due(*sys.argv[1:]))
