"""A virtual clock: what falls due on the way runs at its own instant, in order, and time does not go back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.embedded.world import TimeGoesBack, TimeGoesTooFar, World
from shared.bus import Subscriptions
from shared.clock import VirtualClock
from shared.db import Database, Transaction
from shared.jobs import Jobs
from shared.migrations import create_machinery
from shared.service import Service

START = datetime(2026, 11, 1, 11, 0, tzinfo=UTC)


class Bells:
    """A service without tables: its bells ring at their instants."""

    def __init__(self, name: str, rung: list[tuple[str, datetime]]) -> None:
        self.name = name
        self.rung = rung
        self.set_for: list[datetime] = []
        self.deaf = False

    def service(self) -> Service:
        """The bells as a service."""
        jobs = Jobs()
        jobs.due(self.next_due)(self.ring)
        return Service(name=self.name, routes=[], subscriptions=Subscriptions(), jobs=jobs)

    async def next_due(self, tx: Transaction) -> datetime | None:
        """The earliest bell."""
        return min(self.set_for, default=None)

    async def ring(self, tx: Transaction) -> int:
        """Ring what is due."""
        due = [] if self.deaf else [at for at in self.set_for if at <= tx.now]
        self.rung += [(self.name, tx.now) for _ in due]
        self.set_for = [at for at in self.set_for if at not in due]
        return len(due)


Hung = tuple[World, Bells, Bells, list[tuple[str, datetime]]]


@pytest.fixture
async def hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hung]:
    """A world of two services with bells; they are set without a commit, so every move looks at them anew."""
    monkeypatch.setattr("services.embedded.world.LOOK_ANEW_SECONDS", -1.0)
    clock = VirtualClock(START)
    rung: list[tuple[str, datetime]] = []
    low, high = Bells("low", rung), Bells("high", rung)
    databases = {
        name: Database(f"sqlite:///{tmp_path / name}.db", service=name, clock=clock, durable=False)
        for name in ("low", "high")
    }
    for database in databases.values():
        async with database.engine.begin() as connection:
            await connection.run_sync(lambda sync: create_machinery(Operations(MigrationContext.configure(sync))))
    world = World([low.service(), high.service()], databases=databases, clock=clock)
    await world.start()
    yield world, low, high, rung
    await world.stop()


async def test_what_falls_due_runs_at_its_instant_in_order(hung: Hung) -> None:
    world, low, high, rung = hung
    first, second, third = (START + timedelta(days=days) for days in (1, 30, 365))
    low.set_for = [third, first]
    high.set_for = [second, third + timedelta(seconds=1)]

    await world.move_to(third)

    assert rung == [("low", first), ("high", second), ("low", third)]
    assert world.clock.now() == third


async def test_time_does_not_go_back(hung: Hung) -> None:
    world, low, _high, rung = hung
    low.set_for = [START + timedelta(days=1)]

    with pytest.raises(TimeGoesBack) as refused:
        await world.move_to(START - timedelta(seconds=1))

    assert (refused.value.status, refused.value.code, refused.value.field) == (422, "time_goes_back", "now")
    assert (world.clock.now(), rung) == (START, [])


async def test_a_year_mistyped_is_refused_instead_of_lived_through(hung: Hung) -> None:
    world, low, _high, rung = hung
    low.set_for = [START + timedelta(days=1)]

    with pytest.raises(TimeGoesTooFar) as refused:
        await world.move_to(START + timedelta(days=11 * 366))

    assert (refused.value.status, refused.value.code, refused.value.field) == (422, "time_goes_too_far", "now")
    assert (world.clock.now(), rung) == (START, [])


async def test_what_is_overdue_runs_before_the_clock_moves(hung: Hung) -> None:
    world, low, _high, rung = hung
    low.set_for = [START - timedelta(days=1)]

    await world.move_to(START)

    assert rung == [("low", START)]


async def test_a_job_that_is_due_and_does_nothing_is_a_fault_and_no_endless_loop(hung: Hung) -> None:
    world, low, _high, _rung = hung
    low.set_for, low.deaf = [START + timedelta(days=1)], True

    with pytest.raises(AssertionError, match="a job of low is due since"):
        await world.move_to(START + timedelta(days=2))
