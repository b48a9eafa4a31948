"""`make bench`: measures, prints a table, writes build/bench.json; stops by itself within ten minutes.

`make bench ARGS="arithmetic firing"` measures only those; their figures take the place of their old ones in the file.
What takes longer is measured only when it is named: `make bench ARGS=rehearsal`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import (
    arithmetic,
    closes,
    embedded,
    events,
    figures,
    firing,
    month,
    postings,
    queues,
    rehearsal,
    statement,
    tickets,
)
from bench.figures import Figure
from bench.house import house
from tests import servers

MOST_SECONDS = 600
KEPT_IN = Path("build") / "bench.json"


async def _embedded() -> list[Figure]:
    return await asyncio.to_thread(embedded.ready_and_small)


async def _arithmetic() -> list[Figure]:
    return await asyncio.to_thread(arithmetic.compared)


async def _statement() -> list[Figure]:
    return await asyncio.to_thread(statement.written)


async def _tickets() -> list[Figure]:
    with house() as running:
        desk = await tickets.prepare(running)
        return [*await tickets.opened_per_second(desk), *await tickets.to_the_clock(desk)]


MEASUREMENTS: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "embedded": _embedded,
    "arithmetic": _arithmetic,
    "statement": _statement,
    "events": events.through_the_broker,
    "tickets": _tickets,
    "closes": closes.closed,
    "firing": firing.lateness,
    "postings": postings.posted,
    "month": month.run_of_the_month,
    "queues": queues.listed,
}
LONG: dict[str, Callable[[], Awaitable[list[Figure]]]] = {"rehearsal": rehearsal.a_year}


async def measure(chosen: Sequence[str], progress: Progress, found: dict[str, list[Figure]]) -> None:
    """The chosen figures, one after the other: two cores cannot be shared by two measurements."""
    task = progress.add_task("", total=len(chosen))
    for name in chosen:
        progress.update(task, description=name)
        found[name] = await (MEASUREMENTS | LONG)[name]()
        progress.update(task, advance=1)


async def main(chosen: Sequence[str]) -> None:
    """Measure and show; servers of this run's own."""
    found: dict[str, list[Figure]] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns) as progress:
            async with asyncio.timeout(MOST_SECONDS if LONG.keys().isdisjoint(chosen) else None):
                await measure(chosen, progress, found)
    finally:
        servers.close()
        measured = [figure for figures_of_one in found.values() for figure in figures_of_one]
        figures.keep(measured, KEPT_IN, beside=len(chosen) < len(MEASUREMENTS))
        figures.show(measured)


def chosen_from(arguments: Sequence[str]) -> list[str]:
    """Which measurements to make: those named; when none is, all but the long ones."""
    every = MEASUREMENTS | LONG
    unknown = [name for name in arguments if name not in every]
    if unknown:
        sys.exit(f"no measurement is called {', '.join(unknown)}: there are {', '.join(every)}")
    return [name for name in every if name in arguments] if arguments else list(MEASUREMENTS)


if __name__ == "__main__":
    uvloop.run(main(chosen_from(sys.argv[1:])))
