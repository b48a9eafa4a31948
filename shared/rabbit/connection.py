"""A connection to RabbitMQ: opened with a limit, closed whatever state it is in, replaced by whoever uses it.

It does not restore itself: clients that did so have come back without their consumers, and a new one says exactly
what is left of the old one, nothing.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

import aiormq
from aiormq import Channel
from aiormq.abc import AbstractConnection

from shared.rabbit.errors import PASSING

CONNECT_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 2.0
HEARTBEAT_SECONDS: Final = 10  # so long a silence is noticed within half a minute

# Whoever uses a connection says what became of it, once; the library would say it again for every layer.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)


async def connect(url: str, *, name: str) -> AbstractConnection:
    """A new connection; `name` is how RabbitMQ's own tools call it. Raises one of PASSING."""
    parted = "&" if "?" in url else "?"
    with_heartbeat = url if "heartbeat=" in url else f"{url}{parted}heartbeat={HEARTBEAT_SECONDS}"
    async with asyncio.timeout(CONNECT_SECONDS):
        return await aiormq.connect(with_heartbeat, client_properties={"connection_name": name})


async def open_channel(connection: AbstractConnection) -> Channel:
    """A channel on which every publish is confirmed, and one that nobody could route is an error."""
    async with asyncio.timeout(CONNECT_SECONDS):
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    assert isinstance(channel, Channel), "aiormq makes its own channels"
    return channel


async def close(connection: AbstractConnection) -> None:
    """Close it in order, if it lets us: a broker that does not listen cannot keep us."""
    with suppress(*PASSING):
        async with asyncio.timeout(CLOSE_SECONDS):
            # What aiormq cancels on the way is its own business: gathered, it does not look like our own end.
            await asyncio.gather(connection.close(), return_exceptions=True)
