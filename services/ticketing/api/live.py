"""The tickets live: what happens to them, as it happens."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, websocket
from litestar.params import HeaderParameter, Parameter

from services.ticketing import store
from shared.auth import EVERYBODY, PUBLIC
from shared.eventstream import MEDIA
from shared.outbox import POSITION_MOST
from shared.sockets import Socket, serve
from shared.web import Watch

Position = Annotated[int | None, Parameter(ge=0, le=POSITION_MOST, description="The last event id that you saw.")]
LastEventId = Annotated[int | None, HeaderParameter(name="Last-Event-ID", ge=0, le=POSITION_MOST)]


@get("/v1/live", roles=EVERYBODY, operation_id="watch_tickets", media=MEDIA)
async def watch_tickets(watch: Watch, after: Position = None, last_event_id: LastEventId = None) -> Response[bytes]:
    """What happens to the tickets that you may see, as server-sent events: ids, kind, number, status, and no words.

    Resumes behind the `Last-Event-ID` that a browser sends by itself, else behind `after`, without a gap and without
    saying anything twice; with neither it begins now. An event `reset` says that the facts asked for are no longer
    kept: read the lists again. A comment comes every 15 seconds; the stream ends with the token.

    The same over a WebSocket is at `/v1/live/ws`: the first message is `{"token": "...", "after": 42}` (`after` may be
    left away); what comes is `{"id": 43, "data": {...}}`. It closes with 4401 when the token is good no longer.
    """
    return await watch.stream(store.look, after=after, resumed=last_event_id)


@websocket("/v1/live/ws", roles=PUBLIC)
async def watch_tickets_by_socket(socket: Socket) -> None:
    """The same over a WebSocket, whose first message says who it is."""
    await serve(socket, service="ticketing", look=store.look)
