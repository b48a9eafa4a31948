"""Every story, played in an embedded house under a virtual clock."""

import pytest

from tests.journeys.conftest import OpenStage
from tests.journeys.stories import STORIES
from tests.journeys.stories_promises import PROMISES


@pytest.mark.parametrize("name", [*STORIES, *PROMISES])
async def test_story(name: str, open_stage: OpenStage) -> None:
    story = (STORIES | PROMISES)[name]

    async with open_stage(story.begins) as stage:
        await story.play(stage)
