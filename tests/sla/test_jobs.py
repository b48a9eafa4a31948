"""What falls due is announced: every level once, in order, dated by its own instant, whoever looks and however late."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.sla import store
from services.sla.domain import State
from services.sla.jobs import jobs
from shared.clock import VirtualClock
from shared.db import Committed, Database
from shared.jobs import earliest, run_due
from shared.migrations import migrate
from tests import servers
from tests.sla.shops import SAO_PAULO, Life, Sla, at, local

pytestmark = pytest.mark.anyio


async def test_each_level_is_announced_when_it_falls_due_and_not_before(blocktime: Sla) -> None:
    await blocktime.hear(Life(priority="low").opened("2026-11-18T17:00"))

    await blocktime.move_to("2026-11-19T09:59:59")
    assert await blocktime.names() == ["clock_started"]
    await blocktime.move_to("2026-11-19T10:00")
    assert await blocktime.names() == ["clock_started", "sla_warned 75"]
    await blocktime.move_to("2026-11-19T10:59:59")
    assert (await blocktime.names())[2:] == ["sla_warned 90"]
    await blocktime.move_to("2026-11-19T11:00")
    assert (await blocktime.names())[3:] == ["sla_breached"]
    assert await earliest(blocktime.database, jobs) is None


async def test_levels_missed_while_away_are_all_announced_in_order_dated_by_their_own_instants(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T17:00"))

    await blocktime.move_to("2026-11-25T15:00")

    first, second, breach = (await blocktime.said())[1:]
    assert [(name, told.get("percent")) for name, told in (first, second, breach)] == [
        ("sla_warned", 75),
        ("sla_warned", 90),
        ("sla_breached", None),
    ]
    assert (first[1]["warned_at"], second[1]["warned_at"]) == ("2026-11-19T13:00:00Z", "2026-11-19T13:36:00Z")
    assert (breach[1]["due_at"], breach[1]["announced_at"]) == ("2026-11-19T14:00:00Z", "2026-11-25T18:00:00Z")
    assert (breach[1]["plan_code"], breach[1]["priority"], breach[1]["ticket_number"]) == ("START", "low", 1042)
    (clock,) = await blocktime.clocks(life)
    assert (clock.state, local(clock.ended_at)) == (State.BREACHED, "2026-11-19T11:00")
    assert [row["percent"] for row in await blocktime.announced()] == [75, 90, 100]


async def test_more_than_a_batch_at_one_instant_is_announced_each_once(blocktime: Sla) -> None:
    lives = [Life(priority="low") for _ in range(610)]
    for start in range(0, len(lives), 64):
        await blocktime.hear(*(life.opened("2026-11-18T14:00") for life in lives[start : start + 64]))

    blocktime.clock.move_to(at("2026-11-18T18:00"))
    batches = [await run_due(blocktime.database, jobs) for _ in range(3)]

    assert batches == [500, 110, 0]
    told = Counter((row["ticket_id"], row["percent"]) for row in await blocktime.announced())
    assert (len(told), set(told.values())) == (3 * len(lives), {1})


async def test_every_provider_is_told_of_its_own(blocktime: Sla) -> None:
    next4 = Sla(database=blocktime.database, clock=blocktime.clock, tenant="next4")
    await next4.open()
    mine, others = Life(priority="low"), Life(plan="START")
    await blocktime.hear(mine.opened("2026-11-18T09:00"))
    await next4.hear(others.opened("2026-11-18T09:00"))

    await blocktime.move_to("2026-11-18T13:00")

    tenants = {(row["tenant"], row["ticket_id"]) for row in await blocktime.announced()}
    assert tenants == {("blocktime", mine.id), ("next4", others.id)}


async def test_who_comes_late_finds_everything_announced_before_the_answer(blocktime: Sla) -> None:
    late, in_time = Life(priority="low"), Life(priority="low")
    await blocktime.hear(late.opened("2026-11-18T09:00"), in_time.opened("2026-11-18T09:00"))
    blocktime.clock.move_to(at("2026-11-18T15:00"))

    await blocktime.hear(late.message("2026-11-18T14:00"), in_time.message("2026-11-18T12:50"))

    assert (await blocktime.names())[2:] == [
        "sla_warned 75",
        "sla_warned 90",
        "sla_breached",
        "sla_warned 75",
        "sla_warned 90",
        "sla_met",
    ]
    await blocktime.settle()
    assert (await blocktime.names())[8:] == ["timebox_reached"] * 2  # what the answers began, half an hour later


async def test_an_answer_that_was_in_time_and_comes_late_revises_the_breach_aloud(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T09:00"))
    await blocktime.move_to("2026-11-18T13:00")

    await blocktime.hear(life.message("2026-11-18T13:00"))

    revised, met = (await blocktime.said())[-2:]
    assert (revised[0], revised[1]["state"], revised[1]["generation"]) == ("breach_revised", "met", 1)
    assert revised[1]["breached_at"] == "2026-11-18T16:00:00Z"
    assert (met[0], met[1]["elapsed_seconds"]) == ("sla_met", 14_400)
    before = await blocktime.rows(life)
    await blocktime.replay(life)
    assert await blocktime.rows(life) == before
    assert before[0]["state"] == "met"


async def test_a_pause_that_comes_late_revises_the_breach_and_the_next_winding_can_break(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T09:00"))
    await blocktime.move_to("2026-11-18T13:00:01")

    await blocktime.hear(life.paused("2026-11-18T12:59"))
    paused = await blocktime.rows(life)
    await blocktime.hear(life.resumed("2026-11-18T15:00"))
    await blocktime.move_to("2026-11-18T15:01")

    assert (await blocktime.names())[3:] == [
        "sla_breached",
        "breach_revised",
        "clock_paused",
        "clock_resumed",
        "sla_breached",
    ]
    assert (paused[0]["state"], paused[0]["remaining_seconds"]) == ("paused", 60)
    assert [(row["generation"], row["percent"]) for row in await blocktime.announced()] == [
        (1, 75),
        (1, 90),
        (1, 100),
        (2, 100),
    ]
    before = await blocktime.rows(life)
    await blocktime.replay(life)
    assert await blocktime.rows(life) == before


async def test_a_commit_says_when_the_next_level_is_due(blocktime: Sla) -> None:
    heard: list[Committed] = []
    blocktime.database.on_commit.append(heard.append)

    await blocktime.hear(Life(priority="low").opened("2026-11-18T17:00"))

    assert heard[-1].due_at == at("2026-11-19T10:00")


async def test_two_runners_announce_nothing_twice(postgres: servers.Postgres) -> None:
    url = postgres.create_database()
    sla = Sla(database=Database(url, service="sla", clock=_clock()), clock=_clock())
    other = Database(url, service="sla", clock=_clock(at("2026-11-18T18:00")))
    await migrate(sla.database, "services.sla.migrations")
    await sla.open()
    lives = [Life(priority="low") for _ in range(192)]
    for start in range(0, len(lives), 64):
        await sla.hear(*(life.opened("2026-11-18T14:00") for life in lives[start : start + 64]))

    nodes = [other, Database(url, service="sla", clock=other.clock), Database(url, service="sla", clock=other.clock)]
    for _ in range(3):
        await asyncio.gather(*(run_due(node, jobs) for node in nodes))

    told = Counter((row["ticket_id"], row["percent"]) for row in await sla.announced())
    assert (len(told), set(told.values())) == (3 * len(lives), {1})
    assert Counter(await sla.names())["sla_breached"] == len(lives)
    for node in (sla.database, *nodes):
        await node.close()
    postgres.drop_database(url)


async def test_a_process_whose_clock_goes_ahead_announces_nothing_early(database_url: str) -> None:
    database = Database(database_url, service="sla", clock=_Ahead())
    await migrate(database, "services.sla.migrations")
    sla = Sla(database=database, clock=_clock())
    await sla.open()
    opened = datetime.now(UTC) - timedelta(minutes=29)
    wall = opened.astimezone(SAO_PAULO).replace(tzinfo=None).isoformat()

    await sla.hear(Life(priority="high").opened(wall))
    await run_due(database, jobs)

    assert await sla.names() == ["clock_started", "sla_warned 75", "sla_warned 90"]
    await database.close()


async def test_the_next_due_instant_is_found_in_an_index(database_url: str) -> None:
    database = Database(database_url, service="sla", clock=_clock())
    await migrate(database, "services.sla.migrations")

    async with database.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = await tx.execute(sa.text("EXPLAIN SELECT min(next_due_at) FROM alarms"))
        text = "\n".join(row[0] for row in plan)
        assert await store.next_due(tx) is None
    assert "Index Only Scan using alarms_due" in text
    await database.close()


class _Ahead:
    """The clock of a machine that is two minutes ahead."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=2)


def _clock(start: datetime | None = None) -> VirtualClock:
    return VirtualClock(start or at("2026-11-18T13:00"))
