"""Waiting for an event, but not for ever.

`asyncio.wait_for` of Python 3.11 swallows a cancellation that comes at the instant at which what it waits for does
(mended in 3.12): a task that was told to end would go on, and whoever waits for its end would wait for ever.
"""

from __future__ import annotations

import asyncio


async def happens(event: asyncio.Event, *, within: float | None) -> bool:
    """Whether the event is set within so many seconds; None: however long it takes."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True
