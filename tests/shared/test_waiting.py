"""Waiting for an event: it happens, it does not, and who is told to stop waiting stops."""

import asyncio

import pytest

from shared.waiting import happens

pytestmark = pytest.mark.anyio


async def test_an_event_happens_or_it_does_not() -> None:
    event = asyncio.Event()

    assert not await happens(event, within=0.01)
    event.set()
    assert await happens(event, within=0.01)
    assert await happens(event, within=None)


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_that_comes_with_the_event_is_not_swallowed(turns: int) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(happens(event, within=60))
    await asyncio.sleep(0)

    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    is_in_time = waiting.cancel()

    (end,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(end, asyncio.CancelledError) if is_in_time else end is True
