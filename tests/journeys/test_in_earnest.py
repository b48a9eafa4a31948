"""The stories in earnest: five processes on PostgreSQL, RabbitMQ and Redis, over HTTP, in real time.

What only time brings is not waited for here: S02 ends with the statement that holds the accrued overage, S17 with the
hours that came back.
"""

import pytest

from services.cli.demo.stage import Stage
from tests.journeys.stories import STORIES


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if not story.needs_time])
async def test_story(name: str, stage: Stage) -> None:
    assert not stage.obeys

    await STORIES[name].play(stage)
