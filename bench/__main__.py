"""`make bench`: measures, prints a table, writes build/bench.json; stops by itself within ten minutes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import uvloop
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import embedded, events, figures, tickets
from bench.figures import Figure
from bench.house import house
from tests import servers

MOST_SECONDS = 600
KEPT_IN = Path("build") / "bench.json"


async def measure(progress: Progress, found: list[Figure]) -> None:
    """Every figure, one after the other: two cores cannot be shared by two measurements."""
    task = progress.add_task("embedded", total=5)
    found += await asyncio.to_thread(embedded.ready_and_small)
    progress.update(task, advance=1, description="facts through RabbitMQ")
    found += await events.through_the_broker()
    progress.update(task, advance=1, description="five services start")
    with house() as running:
        desk = await tickets.prepare(running)
        progress.update(task, advance=1, description="tickets over HTTP")
        found += await tickets.opened_per_second(desk)
        progress.update(task, advance=1, description="to the clock")
        found += await tickets.to_the_clock(desk)
        progress.update(task, advance=1)


async def main() -> None:
    """Measure and show; servers of this run's own."""
    found: list[Figure] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns) as progress:
            async with asyncio.timeout(MOST_SECONDS):
                await measure(progress, found)
    finally:
        servers.close()
        figures.keep(found, KEPT_IN)
        figures.show(found)


if __name__ == "__main__":
    uvloop.run(main())
