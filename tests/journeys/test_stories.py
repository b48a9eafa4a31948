"""Every story, played in an embedded house under a virtual clock."""

import pytest

from tests.journeys.conftest import OpenStage
from tests.journeys.stories import STORIES


@pytest.mark.parametrize("name", STORIES)
async def test_story(name: str, open_stage: OpenStage) -> None:
    story = STORIES[name]

    async with open_stage(story.begins) as stage:
        await story.play(stage)
