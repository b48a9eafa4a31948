"""A world per test: the pair's own databases and vhost, on servers that are shared or the test's own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.faults.world import World, open_world
from tests.faults.zygote import Zygote, open_zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Forks services for the whole run."""
    opened = open_zygote()
    yield opened
    opened.close()


@pytest.fixture
async def world(postgres: servers.Postgres, vhost_url: str, tmp_path: Path, zygote: Zygote) -> AsyncIterator[World]:
    """The pair on servers that stay: only processes are killed."""
    async with open_world(postgres, vhost_url, tmp_path, zygote) as opened:
        yield opened


@pytest.fixture
async def own_world(
    own_postgres: servers.Postgres, own_rabbitmq: servers.RabbitMQ, tmp_path: Path, zygote: Zygote
) -> AsyncIterator[World]:
    """The pair on servers of the module's own, which may be taken away."""
    url = own_rabbitmq.create_vhost()
    async with open_world(own_postgres, url, tmp_path, zygote) as opened:
        yield opened
    own_rabbitmq.delete_vhost(url)
