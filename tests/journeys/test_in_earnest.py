"""The stories in earnest: five processes on PostgreSQL, RabbitMQ and Redis, over HTTP, in real time.

What only time brings is not waited for here: S02 ends with the statement that holds the accrued overage, S17 with the
hours that came back.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.cli.demo.stage import Stage
from services.client import Api
from shared import parked
from shared.events import TELLERS
from tests.five_processes import House
from tests.journeys.redelivery import redelivery_in
from tests.journeys.stories import STORIES


@pytest.fixture
async def stage(five: House) -> AsyncIterator[Stage]:
    """The five processes as a stage; in the end nothing may be parked in them."""
    api = Api.open(five.urls())
    async with api.http:
        found = await Stage.find(api, five.keys)
        yield replace(found, redeliver=redelivery_in(five))
    await nothing_is_parked_in(five)


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if not story.needs_time])
async def test_story(name: str, stage: Stage) -> None:
    assert not stage.obeys

    await STORIES[name].play(stage)


async def nothing_is_parked_in(house: House) -> None:
    """A fact that a service refused is a fault of the house, whatever the story saw."""
    for name in TELLERS:
        database = house.database(name)
        async with database.reading() as tx:
            assert await parked.waiting(tx) == [], name
        await database.close()
