"""The stories that time is part of, in earnest at their own dates: five processes and PostgreSQL under a moved clock.

They are played at once, in one house, from December 2025 to January 2028. Time jumps from one hour of a story to the
next, as it does after an outage: jobs are run by the database's clock, and what fell due meanwhile (grants, expiries,
breaches, invoices) is as it would have been, had it been done in time. Then the books are held against each other, and
once more when a number of each has been changed behind the services' backs.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.__main__ import run
from services.client import Api
from shared.auth import Principal, Role
from tests import five_processes, servers
from tests.conftest import had_or_not_run
from tests.journeys.moved_time import WallClock, play_at_once
from tests.journeys.stories import STORIES

PLAY_SECONDS = 600  # two years of five customers; half a minute where nobody else is at work

# Those that wait for what time brings, and those that end with an invoice where time goes by.
ABOUT_TIME = [*(story.id for story in STORIES.values() if story.needs_time), "S02", "S17"]

# One number of each book of S02, as somebody with the password of the databases could change it.
LEDGER = """
    UPDATE entries SET minutes = minutes + 1 WHERE kind = 'grant' AND local_date = '2026-11-01'
    AND contract_id = (SELECT contract_id FROM overages WHERE cents = 57500)
"""
STATEMENT = "UPDATE overages SET cents = 57502 WHERE cents = 57500"
INVOICE = r"""
    UPDATE invoices
    SET content = convert_to(replace(convert_from(content, 'UTF8'), '"cents"\:57500', '"cents"\:57503'), 'UTF8')
"""
TORN = (
    ("hourbank", "ALTER TABLE entries DISABLE TRIGGER USER"),  # it is append-only: the database says so, too
    ("hourbank", LEDGER),
    ("hourbank", STATEMENT),
    ("billing", INVOICE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The house after the stories, and what each of them raised."""

    house: five_processes.House
    outcomes: Mapping[str, BaseException | None]


@pytest.fixture(scope="module")
async def played(rabbitmq: servers.RabbitMQ, redis_server: servers.Redis, anyio_backend: str) -> AsyncIterator[Played]:
    """Every story played in one house, which still stands."""
    stories = [STORIES[name] for name in ABOUT_TIME]
    begins = min(story.begins for story in stories)
    clock = had_or_not_run(lambda: WallClock(begins))
    look = clock.environment
    with had_or_not_run(lambda: servers.fresh_postgres(environment=look)) as postgres:
        ground = five_processes.Ground(postgres=postgres, rabbitmq=rabbitmq, redis=redis_server, environment=look)
        with five_processes.open_house(ground) as house:
            yield Played(house=house, outcomes=await play_at_once(house, clock, stories, begins))


@pytest.mark.timeout(PLAY_SECONDS)
@pytest.mark.parametrize("name", ABOUT_TIME)
async def test_story(name: str, played: Played) -> None:
    raised = played.outcomes[name]

    if raised is not None:
        raise raised


@pytest.mark.timeout(PLAY_SECONDS)
async def test_reconcile_agrees_over_five_processes_and_names_each_number_that_was_changed(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    house = played.house
    asked = ["reconcile", "2026-11", "--tenant", "next4", "--token", await office_of(house)]
    asked += [part for url in house.urls() for part in ("--url", url)]

    whole, agreed = await asyncio.to_thread(run, asked), capsys.readouterr().out
    for name, statement in TORN:
        await behind_its_back(house, name, statement)
    torn, said = await asyncio.to_thread(run, asked), capsys.readouterr().out

    assert (whole, "the books agree" in agreed) == (0, True), agreed
    assert torn == 1
    for named in (
        "balance of the account, by the ledger: ",
        "beyond the bank, in the statement of 2026-11, by the ledger: 57500 centavos expected, 57502 found",
        "overage of 2026-11 charged, by the ledger: 57500 centavos expected, 57503 found",
        "centavos expected, 122900 found",  # the total of an invoice whose lines come to three more
        "the books differ in 4 places",
    ):
        assert named in said, said


async def office_of(house: five_processes.House) -> str:
    """A token of the office, by the clock of the house."""
    async with aclosing(Api.open(house.urls())) as api:
        now = await api.now()
    who = Principal(tenant="next4", subject="contador", organization_id=None, roles=frozenset({Role.ADMIN}))
    return house.keys.issue(who, now=now, lifetime=timedelta(hours=1))


async def behind_its_back(house: five_processes.House, name: str, statement: str) -> None:
    """Change what a service keeps as no service would."""
    database = house.database(name)
    async with database.transaction() as tx:
        await tx.execute(sa.text(statement))
    await database.close()
