"""Live as server-sent events: an answer that goes on, as every browser reads it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from litestar import Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from shared.live import Showing, Told

GOODBYE_SECONDS: Final = 1.0
MEDIA: Final = "text/event-stream"
HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
RETRY: Final = b"retry: 1000\n\n"


class EventStream(Response[bytes]):
    """What a bearer is shown, as the answer."""

    def __init__(self, showing: Showing) -> None:
        """Show nothing yet."""
        super().__init__(b"", media_type=MEDIA)
        self.showing = showing

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_given: Any) -> ASGIResponse:
        """The answer, as it is sent."""
        return _Streaming(self.showing)


class _Streaming(ASGIResponse):
    def __init__(self, showing: Showing) -> None:
        super().__init__(media_type=MEDIA)
        self.showing = showing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def put(part: bytes) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": True})

        async def tell(told: Told) -> None:
            await put(framed(told))

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await put(RETRY)
        await self.showing.run(tell, _hung_up(receive))
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


def framed(told: Told) -> bytes:
    r"""One event; a sign of life is a comment, which still moves the id.

    >>> framed(Told(position=7, body=b"{}")), framed(Told(position=8))
    (b'id: 7\ndata: {}\n\n', b'id: 8\n: still here\n\n')
    """
    if told.body is None:
        return b"id: %d\n: still here\n\n" % told.position
    kind = b"event: reset\n" if told.is_reset else b""
    return b"id: %d\n%bdata: %b\n\n" % (told.position, kind, told.body)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
