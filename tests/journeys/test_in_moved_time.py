"""The stories that time is part of, in earnest at their own dates: five processes and PostgreSQL under a moved clock.

They are played at once, in one house, from December 2025 to January 2028. Time jumps from one hour of a story to the
next, as it does after an outage: jobs are run by the database's clock, and what fell due meanwhile (grants, expiries,
breaches, invoices) is as it would have been, had it been done in time.
"""

from collections.abc import Mapping

import pytest

from tests import five_processes, servers
from tests.conftest import had_or_not_run
from tests.journeys.moved_time import WallClock, play_at_once
from tests.journeys.stories import STORIES

PLAY_SECONDS = 600  # two years of five customers; half a minute where nobody else is at work

# Those that wait for what time brings, and those that end with an invoice where time goes by.
ABOUT_TIME = [*(story.id for story in STORIES.values() if story.needs_time), "S02", "S17"]


@pytest.fixture(scope="module")
async def outcomes(
    rabbitmq: servers.RabbitMQ, redis_server: servers.Redis, anyio_backend: str
) -> Mapping[str, BaseException | None]:
    """What each story raised."""
    stories = [STORIES[name] for name in ABOUT_TIME]
    begins = min(story.begins for story in stories)
    clock = had_or_not_run(lambda: WallClock(begins))
    look = clock.environment
    with had_or_not_run(lambda: servers.fresh_postgres(environment=look)) as postgres:
        ground = five_processes.Ground(postgres=postgres, rabbitmq=rabbitmq, redis=redis_server, environment=look)
        with five_processes.open_house(ground) as house:
            return await play_at_once(house, clock, stories, begins)


@pytest.mark.timeout(PLAY_SECONDS)
@pytest.mark.parametrize("name", ABOUT_TIME)
async def test_story(name: str, outcomes: Mapping[str, BaseException | None]) -> None:
    raised = outcomes[name]

    if raised is not None:
        raise raised
