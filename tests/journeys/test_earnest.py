"""Every story on the transport of earnest: PostgreSQL and RabbitMQ instead of files and memory, the same clock."""

from pathlib import Path

import pytest

from shared.events import TELLERS
from tests import servers
from tests.journeys.earnest import open_in_earnest
from tests.journeys.stories import STORIES


@pytest.mark.parametrize("name", STORIES)
async def test_story(name: str, postgres: servers.Postgres, vhost_url: str, tmp_path: Path) -> None:
    story = STORIES[name]
    urls = {teller: postgres.create_database() for teller in TELLERS}
    try:
        async with open_in_earnest(urls, vhost_url, tmp_path, story.begins) as stage:
            await story.play(stage)
    finally:
        for url in urls.values():
            postgres.drop_database(url)
