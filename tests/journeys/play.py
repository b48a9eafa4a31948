"""Plays a story against a house that is running somewhere: `python -m tests.journeys.play --url URL --story S02`.

    --url http://localhost:8080          one origin; or ticketing=http://... and so on, once for each of the five
    --key JWK                            the house's token key; else PONTEIRO_TOKEN_KEY or PONTEIRO_TOKEN_KEY_FILE
    --data DIR                           or the data folder of an embedded house, which holds its key

Without --story all are played that the house can play: those about time need a virtual clock.
"""

import argparse
import asyncio
import sys
import time
import traceback
from pathlib import Path

from services.cli.demo.stage import Stage
from services.cli.installation import installation
from services.client import Api
from shared.auth import Keys
from shared.errors import Refused
from tests.journeys.stories import STORIES, Story
from tests.journeys.stories_promises import PROMISES

EVERY = STORIES | PROMISES


def main() -> int:
    """0 when every story that was asked for was played to its end."""
    parser = argparse.ArgumentParser(description="Play a story against a running house.")
    parser.add_argument("--url", action="append", required=True, help="where it answers")
    parser.add_argument("--story", action="append", choices=sorted(EVERY), help="which one; all without it")
    parser.add_argument("--key", help="the token key, a JWK")
    parser.add_argument("--data", type=Path, help="the data folder of an embedded house")
    asked = parser.parse_args()
    try:
        keys = Keys(asked.key) if asked.key else installation(asked.data).keys()
    except (Refused, ValueError) as why:
        print(f"play: {why}", file=sys.stderr)
        return 1
    return asyncio.run(play_all(asked.url, keys, asked.story))


async def play_all(urls: list[str], keys: Keys, wanted: list[str] | None) -> int:
    """Play one after the other, in the order of their dates; the number of those that failed."""
    stories = sorted((EVERY[name] for name in wanted or STORIES), key=lambda story: story.begins)
    api = Api.open(urls)
    try:
        return sum([not await played(api, keys, story, asked=bool(wanted)) for story in stories])
    except Refused as why:
        print(f"play: {why.detail}", file=sys.stderr)
        return 1
    finally:
        await api.aclose()


async def played(api: Api, keys: Keys, story: Story, *, asked: bool) -> bool:
    """Play a story, and say how it went; one that cannot be played here is a failure only when it was asked for."""
    stage = await Stage.find(api, keys)
    if story.needs_time and not stage.obeys:
        print(f"{story.id} not played: it is about what only time brings, and this house lives in real time")
        return not asked
    if stage.obeys and stage.opened_at > story.begins:
        print(f"{story.id} not played: the clock stands at {stage.opened_at}, past its beginning at {story.begins}")
        return not asked
    started = time.monotonic()
    try:
        await stage.at(story.begins)
        await story.play(stage)
    except Exception:  # noqa: BLE001  whatever went wrong is the result
        print(f"{story.id} FAILED: {story.title}", file=sys.stderr)
        traceback.print_exc()
        return False
    print(f"{story.id} ok in {time.monotonic() - started:.1f} s: {story.title}")
    return True


if __name__ == "__main__":
    sys.exit(main())
