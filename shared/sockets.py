"""Live over a WebSocket: the same facts, for frontends that keep one connection for all.

The first message says who it is and behind which fact to go on; a token in an address would end up in logs. What a
client says after that ends it: it only listens. It ends with the token, with the process, and for who is too slow.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from shared.auth import Principal
from shared.errors import Refused, Unauthorized
from shared.frame import Frame
from shared.live import End, Look, Showing, Told, TooManyStreams
from shared.outbox import POSITION_MOST
from shared.rates import TooManyRequests

HELLO_SECONDS: Final = 10.0  # a connection that says nothing is nobody's
GOING_AWAY, TRY_AGAIN_LATER = 1001, 1013  # RFC 6455
BAD_MESSAGE, UNAUTHORIZED, TOO_MANY = 4400, 4401, 4429  # 4000 and the HTTP status that says the same

Socket = WebSocket[Any, Any, Any]


class Hello(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first message: a bearer token, and the last event id that was seen (none: from now on)."""

    token: str
    after: Annotated[int, msgspec.Meta(ge=0, le=POSITION_MOST)] | None = None


async def serve(socket: Socket, *, service: str, look: Look) -> None:
    """Show a bearer what happens until there is a reason to end."""
    frame: Frame = socket.app.state.edges
    await socket.accept()
    try:
        await _count(frame, f"at {socket.client.host if socket.client else ''}")
        async with asyncio.timeout(HELLO_SECONDS):
            hello = msgspec.json.decode(await socket.receive_text(), type=Hello)
        showing = await _showing(frame, hello, service=service, look=look)
        end = await showing.run(lambda told: socket.send_data(framed(told), "text"), _said_or_gone(socket))
    except WebSocketDisconnect:
        return
    except (msgspec.MsgspecError, TimeoutError) as error:
        await socket.close(BAD_MESSAGE, _reason(f"the first message is a token: {error}"))
    except Refused as refused:
        await socket.close(CODES[type(refused)], _reason(refused.detail))
    else:
        await _part(socket, frame, end)


async def _showing(frame: Frame, hello: Hello, *, service: str, look: Look) -> Showing:
    """What the bearer is shown. Raises Unauthorized, TooManyRequests, TooManyStreams."""
    who = frame.keys.verify(hello.token, now=frame.clock.now())
    await _count(frame, f"{who.tenant}/{who.subject}")

    def is_good() -> bool:
        return _verified(frame, hello.token) is not None

    return frame.live.show(service, look, who=who, after=hello.after, is_good=is_good)


def _verified(frame: Frame, token: str) -> Principal | None:
    try:
        return frame.keys.verify(token, now=frame.clock.now())
    except Unauthorized:
        return None


async def _count(frame: Frame, client: str) -> None:
    """Count this connection as a request. Raises TooManyRequests."""
    if frame.rates is not None and (await frame.rates.take(client)).is_over:
        raise TooManyRequests("too many connections: wait a minute")


async def _part(socket: Socket, frame: Frame, end: End) -> None:
    """Say why it ends."""
    if end is End.OVER:
        await socket.close(UNAUTHORIZED, "the token has expired")
    elif frame.live.has_ended:
        await socket.close(GOING_AWAY, "the process stops: come back behind the last id")
    elif end is End.CUT:
        await socket.close(TRY_AGAIN_LATER, "too slow: come back behind the last id")


async def _said_or_gone(socket: Socket) -> None:
    """Return when the client went away; who says something more is sent away."""
    message = await socket.receive()
    if message["type"] == "websocket.receive":
        await socket.close(BAD_MESSAGE, "after the first message nothing is listened to")


def framed(told: Told) -> bytes:
    """One message: `id` is what to come back behind; a sign of life has nothing else.

    >>> framed(Told(position=7, body=b"{}")), framed(Told(position=8))
    (b'{"id":7,"data":{}}', b'{"id":8}')
    """
    if told.body is None:
        return b'{"id":%d}' % told.position
    kind = b',"event":"reset"' if told.is_reset else b""
    return b'{"id":%d%b,"data":%b}' % (told.position, kind, told.body)


def _reason(text: str) -> str:
    """What goes into a closing frame: 123 bytes at most."""
    return text.encode()[:123].decode(errors="ignore")


CODES: Final[dict[type[Refused], int]] = {
    Unauthorized: UNAUTHORIZED,
    TooManyRequests: TOO_MANY,
    TooManyStreams: TOO_MANY,
}
