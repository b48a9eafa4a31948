"""Five real processes in real time: the stories as far as time allows, and the commands that look after them."""

from contextlib import aclosing
from pathlib import Path

import pytest

from services.cli.demo.stage import Stage
from services.client import Api
from shared.auth import Keys
from shared.events import TELLERS
from tests import servers
from tests.journeys.processes import five_processes, new_key
from tests.journeys.stories import STORIES


@pytest.mark.timeout(400)
async def test_the_stories_that_need_no_waiting(
    postgres: servers.Postgres, vhost_url: str, redis_url: str, tmp_path: Path
) -> None:
    key = new_key()
    databases = {name: postgres.create_database() for name in TELLERS}
    try:
        async with (
            five_processes(databases, rabbitmq_url=vhost_url, redis_url=redis_url, key=key, folder=tmp_path) as urls,
            aclosing(Api.open(urls)) as api,
        ):
            stage = await Stage.find(api, Keys(key))
            assert not stage.obeys
            played = [story for story in STORIES.values() if not story.needs_time]
            for story in played:
                await story.play(stage)
    finally:
        for url in databases.values():
            postgres.drop_database(url)

    assert [story.id for story in played] == ["S01", "S02", "S10", "S11", "S17", "S26"]
