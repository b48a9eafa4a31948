"""The world of the journeys: an embedded house under a virtual clock, asked over HTTP in the same process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from services.cli.demo.stage import Stage
from services.cli.facts import put_back
from services.client import Api
from services.embedded.house import House, open_house
from shared import parked
from shared.events import TELLERS
from shared.settings import Settings
from tests import five_processes, servers
from tests.journeys import redelivery
from tests.journeys.lived import Lived, lived_in

OpenStage = Callable[[datetime], AbstractAsyncContextManager[Stage]]


@pytest.fixture
def open_stage(tmp_path: Path) -> OpenStage:
    """Opens a house whose clock begins at an instant; in the end nothing may be parked in it."""

    @asynccontextmanager
    async def open_one(begins: datetime) -> AsyncIterator[Stage]:
        async with open_house(tmp_path / "data", settings=Settings(), start=begins) as house:
            transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
            async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
                yield Stage(
                    api=Api(http), keys=house.keys, obeys=True, opened_at=begins, redeliver=redelivery_in(house)
                )
            await nothing_is_parked_in(house)

    return open_one


@pytest.fixture(scope="package")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """One house for all who try its doors and change nothing."""
    async with lived_in(tmp_path_factory.mktemp("lived")) as lived:
        yield lived


@pytest.fixture(scope="package")
def five(
    postgres: servers.Postgres, rabbitmq: servers.RabbitMQ, redis_server: servers.Redis
) -> Iterator[five_processes.House]:
    """The five services as five processes, for all tests of this folder that ask for them."""
    ground = five_processes.Ground(postgres=postgres, rabbitmq=rabbitmq, redis=redis_server, environment={})
    with five_processes.open_house(ground) as house:
        yield house


@pytest.fixture
async def stage(five: five_processes.House) -> AsyncIterator[Stage]:
    """The five processes as a stage; in the end nothing may be parked in them."""
    async with aclosing(Api.open(five.urls())) as api:
        found = await Stage.find(api, five.keys)
        yield replace(found, redeliver=redelivery.in_processes(five))
    for name in TELLERS:
        database = five.database(name)
        async with database.reading() as tx:
            assert await parked.waiting(tx) == [], name
        await database.close()


def redelivery_in(house: House) -> Callable[[], Awaitable[None]]:
    """Lets every fact that was ever told be delivered once more."""

    async def redeliver() -> None:
        assert sum([await put_back(one.database, "1") for one in house.world.hosted]) > 0
        await house.world.settle()

    return redeliver


async def nothing_is_parked_in(house: House) -> None:
    """A fact that a service refused is a fault of the house, whatever the story saw."""
    for one in house.world.hosted:
        async with one.database.reading() as tx:
            assert await parked.waiting(tx) == [], one.service.name
