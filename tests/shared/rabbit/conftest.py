"""A vhost with a declared topology, and a service that listens."""

from collections.abc import AsyncIterator

import aiormq
import pytest
from aiormq.abc import AbstractChannel

from shared.bus import Subscriptions
from shared.rabbit import (
    declare_topology,
)
from shared.service import Service
from shared.settings import Settings
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import Listener
from tests.shared.rabbit.broker import (
    PARTITIONS,
    service,
)


@pytest.fixture
def settings(vhost_url: str) -> Settings:
    """Settings of a service on the test's own vhost."""
    return Settings(rabbitmq_url=vhost_url, partitions=PARTITIONS)


@pytest.fixture
async def echo(open_postgresql: OpenDatabase) -> Listener:
    """A listening service."""
    return Listener(await open_postgresql("echo"))


@pytest.fixture
async def services(echo: Listener, settings: Settings) -> list[Service]:
    """One that listens, and one that does not; declared."""
    made = [service("echo", echo.subscriptions), service("mute", Subscriptions())]
    await declare_topology(settings, made)
    return made


@pytest.fixture
async def channel(vhost_url: str) -> AsyncIterator[AbstractChannel]:
    """A look into the broker from outside."""
    connection = await aiormq.connect(vhost_url)
    yield await connection.channel()
    await connection.close()
