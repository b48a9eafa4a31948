"""A process dies, again and again, at every crash point: nothing is lost, nothing is done twice."""

import asyncio
import signal

import pytest
import sqlalchemy as sa

from tests.faults.checker import check
from tests.faults.client import under_load
from tests.faults.world import World

# Every point of the machinery that a service in earnest passes; tests/house/ sees to it that none is missing here.
POINTS = (
    "commit.before",
    "commit.after",
    "relay.read",
    "publish.before",
    "publish.confirmed",
    "relay.confirmed",
    "relay.deleted",
    "inbox.handled",
    "inbox.committed",
    "ack.before",
    "ack.after",
)
POINTS_OF_JOBS = ("job.ran", "job.committed")
PLACES = [("notify", point) for point in (*POINTS, *POINTS_OF_JOBS)] + [("hourbank", point) for point in POINTS]


async def test_without_a_fault_everything_makes_the_round_and_a_stop_is_clean(world: World) -> None:
    await world.start()

    async with under_load(world.processes["notify"]) as client:
        await asyncio.sleep(1)
    verdict = await check(world, client, what="no fault")
    await world.stop()

    assert verdict.is_clean
    assert verdict.recovered == 0


# At the second passing something went well before; at the first, nothing has since the process began.
@pytest.mark.parametrize(
    ("names", "passing"),
    [(("notify",), 2), (("hourbank",), 2), (("notify", "hourbank"), 1)],
    ids=["teller", "listener", "both at once"],
)
async def test_a_process_killed_at_every_crash_point_loses_and_repeats_nothing(
    world: World, names: tuple[str, ...], passing: int
) -> None:
    await world.start()

    async with under_load(world.processes["notify"]) as client:
        await asyncio.gather(*(kill_everywhere(world, name, passing=passing) for name in names))
    verdict = await check(world, client, what=f"{' and '.join(names)} killed at every crash point")
    await world.stop()

    assert verdict.is_clean


async def kill_everywhere(world: World, name: str, *, passing: int) -> None:
    """Let a service die at each of its points in turn, the next time while it is still picking up the pieces."""
    running = world.processes[name]
    await running.stop(signal.SIGKILL)
    for of, point in PLACES:
        if of == name:
            running.start(crash_at=f"{point}:{passing}")
            assert await running.ended() == -signal.SIGKILL, f"{point}: {running.last_words()}"
    running.start()
    await running.ready()


async def test_two_relays_at_once_carry_everything_and_one_takes_over_from_the_other(world: World) -> None:
    await world.start()
    other = world.new("notify")
    other.start()
    await other.ready()

    async with under_load(world.processes["notify"], other) as client:
        await asyncio.sleep(0.5)
        await world.processes["notify"].stop(signal.SIGKILL)
        await asyncio.sleep(1)
        world.processes["notify"].start()
        await world.processes["notify"].ready()
        await other.stop(signal.SIGKILL)
        await asyncio.sleep(1)
    verdict = await check(world, client, what="two relays, each killed once")
    await world.stop()

    assert verdict.is_clean


async def test_a_second_listener_takes_over_in_the_middle_of_everything(world: World) -> None:
    await world.start()
    other = world.new("hourbank")
    other.start()
    await other.ready()

    async with under_load(world.processes["notify"]) as client:
        await asyncio.sleep(0.5)
        await world.processes["hourbank"].stop(signal.SIGKILL)
        await asyncio.sleep(0.5)
        world.processes["hourbank"].start()
        await world.processes["hourbank"].ready()
        await other.stop()
        await asyncio.sleep(0.5)
    verdict = await check(world, client, what="two listeners, one killed, one stopped")
    await world.stop()

    assert verdict.is_clean


async def test_a_rolling_restart_refuses_nobody_and_repeats_nothing(world: World) -> None:
    await world.start()
    other = world.new("notify")
    other.start()
    await other.ready()

    async with under_load(world.processes["notify"], other) as client:
        for one in (world.processes["notify"], other, world.processes["hourbank"]):
            await asyncio.sleep(0.3)
            assert await one.stop() == 0, one.last_words()
            one.start()
            await one.ready()
    verdict = await check(world, client, what="rolling restart")
    await world.stop()

    assert verdict.is_clean


async def test_a_process_ends_with_a_reason_when_one_of_its_parts_dies(world: World) -> None:
    """Nothing that a consumer meets should kill it; where something does, a process without one must not pretend."""
    await world.start()
    running = world.processes["hourbank"]
    async with world.databases["hourbank"].transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE inbox_cursors RENAME TO lost"))

    async with under_load(world.processes["notify"], streams=1) as client:
        code = await running.ended()
        async with world.databases["hourbank"].transaction() as tx:
            await tx.execute(sa.text("ALTER TABLE lost RENAME TO inbox_cursors"))
        running.start()
        await running.ready()
    verdict = await check(world, client, what="a part died")
    await world.stop()

    assert code == 1
    assert "consumer died" in running.log.read_text()
    assert verdict.is_clean
