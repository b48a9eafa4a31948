"""Every story of scenarios.json is played in a whole house: in the repertoire, or by a test that is named for it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tests.beside import beside
from tests.journeys.stories import STORIES
from tests.journeys.stories_promises import PROMISES

TOLD = """
S01 S02 S03 S04 S06 S07 S10 S11 S12 S14 S15 S17 S18 S20 S22 S24 S26 S27 S28 S30 S32 S33 S34 S36 S37 S39
"""


def played() -> set[str]:
    """The stories of the repertoire, and those that names of tests name."""
    sources = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = re.findall(r"^async def (test_\w+)", sources, flags=re.MULTILINE)
    named = {found.upper() for name in names for found in re.findall(r"(?<=_)s\d{2}(?=_)", name)}
    return {*STORIES, *PROMISES} | named


@pytest.mark.parametrize("story", TOLD.split())
def test_a_story_is_played(story: str) -> None:
    assert story in played()


def test_these_are_all_stories() -> None:
    told = msgspec.json.decode(beside("data/scenarios.json").read_bytes())["scenarios"]
    assert [one["id"] for one in told] == TOLD.split()
