"""Nothing is announced by night or on a holiday, unless the policy says so (S-32)."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from services.sla import actions
from services.sla.offer import Day, Policy
from tests.sla.shops import Life, Sla, at, section

pytestmark = pytest.mark.anyio


async def test_what_was_missed_is_announced_when_the_calendar_opens_dated_by_its_instant(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-19T13:30"))

    await blocktime.move_to("2026-11-19T23:00")
    assert await blocktime.names() == ["clock_started"]
    await blocktime.move_to("2026-11-20T10:00")
    assert await blocktime.names() == ["clock_started"]
    await blocktime.move_to("2026-11-23T08:00")

    assert await blocktime.names() == ["clock_started", "sla_warned 75", "sla_warned 90", "sla_breached"]
    assert at((await blocktime.said())[-1][1]["due_at"]) == at("2026-11-19T17:30")


async def test_what_counts_day_and_night_is_announced_by_night(blocktime: Sla) -> None:
    life = Life(priority="high")
    await blocktime.hear(life.opened("2026-11-21T03:10"))

    await blocktime.move_to("2026-11-21T03:40")

    assert (await blocktime.names())[-1] == "sla_breached"


@pytest.mark.parametrize(("announce", "told"), [("open_hours", 1), ("always", 4)])
async def test_a_target_of_the_wall_clock_waits_for_the_morning_unless_its_policy_says_otherwise(
    blocktime: Sla, announce: str, told: int
) -> None:
    policy = {"target_minutes": 240, "clock": "wall", "announce": announce}
    offered = section("blocktime")
    policies = (msgspec.convert(policy, Policy),)
    await blocktime.apply(msgspec.structs.replace(offered, policies=policies))
    await blocktime.hear(Life(priority="low").opened("2026-11-18T17:00"))

    for hour in ("20:00", "20:36", "21:00", "21:30"):
        await blocktime.move_to(f"2026-11-18T{hour}")

    assert len(await blocktime.names()) == told
    await blocktime.move_to("2026-11-19T08:00")
    assert (await blocktime.names())[1:] == ["sla_warned 75", "sla_warned 90", "sla_breached"]


async def test_a_breach_that_an_edit_by_night_brings_about_waits_for_the_morning(blocktime: Sla) -> None:
    await blocktime.hear(Life(priority="low").opened("2026-11-19T17:00"))
    blocktime.clock.move_to(at("2026-11-20T22:00"))

    await lay(blocktime, Day(date=dt.date(2026, 11, 20), kind="open"))
    await blocktime.settle()
    by_night = await blocktime.names()
    await blocktime.move_to("2026-11-23T08:00")

    assert by_night == ["clock_started", "clock_rescheduled", "calendar_changed"]
    assert (await blocktime.names())[3:] == ["sla_warned 75", "sla_warned 90", "sla_breached"]
    assert at((await blocktime.said())[-1][1]["due_at"]) == at("2026-11-20T11:00")


async def test_a_target_of_the_wall_clock_waits_for_the_hours_of_a_calendar_that_was_edited(blocktime: Sla) -> None:
    policies = (Policy(target_minutes=240, clock="wall"),)
    await blocktime.apply(msgspec.structs.replace(section("blocktime"), policies=policies))
    await blocktime.hear(Life(priority="low").opened("2026-11-18T09:00"))

    await lay(blocktime, Day(date=dt.date(2026, 11, 18), kind="closed"))
    await blocktime.move_to("2026-11-18T14:00")
    on_the_closed_day = await blocktime.names()
    await blocktime.move_to("2026-11-19T08:00")

    assert on_the_closed_day == ["clock_started", "calendar_changed"]
    assert (await blocktime.names())[2:] == ["sla_warned 75", "sla_warned 90", "sla_breached"]


async def lay(sla: Sla, day: Day) -> None:
    """A manager lays a day over the calendar of the house."""
    async with sla.database.transaction(tenant=sla.tenant) as tx:
        await actions.lay_day(tx, "business", day, expected_version=None)
