"""Has every fact that five processes ever told delivered once more, and proves that each listener got it again."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from services.cli.facts import put_back
from services.embedded.house import build_services
from shared.settings import Settings
from tests.figures import figures_of
from tests.five_processes import House

DELIVERED_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.1


def in_processes(house: House) -> Callable[[], Awaitable[None]]:
    """What a stage calls to have it done."""

    async def redeliver() -> None:
        heard = {one.name: one.subscriptions.tellers for one in build_services(Settings())}
        before = {name: duplicates_of(house, name) for name in heard}
        told = {name: await told_again(house, name) for name in heard}
        expected = {name: before[name] + sum(told[teller] for teller in tellers) for name, tellers in heard.items()}
        give_up = time.monotonic() + DELIVERED_SECONDS
        while (seen := {name: duplicates_of(house, name) for name in heard}) != expected:
            assert time.monotonic() < give_up, f"repeats that were dropped: {seen} instead of {expected}"
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    return redeliver


async def told_again(house: House, name: str) -> int:
    """Put all that a service told back into its outbox; how many facts that are."""
    database = house.database(name)
    try:
        return await put_back(database, "1")
    finally:
        await database.close()


def duplicates_of(house: House, name: str) -> float:
    """How many deliveries a service has dropped as repeats."""
    return figures_of(house.url(name)).total("deliveries_total", listener=name, outcome="duplicate")
