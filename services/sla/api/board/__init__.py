"""HTTP in: the board, a page of the service itself that shows what is owed in the order of risk, live."""

from __future__ import annotations

from typing import Annotated

from litestar import MediaType, Response, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from services.sla import actions
from services.sla.api.board import page
from services.sla.api.board.views import BoardView, board_of
from services.sla.domain import locale_of
from shared.auth import EVERYBODY, PUBLIC
from shared.db import Transaction
from shared.eventstream import MEDIA
from shared.sights import Sight, Sights

Locale = Annotated[str | None, QueryParameter(name="locale", description="pt-BR or en; goes before Accept-Language.")]
AcceptLanguage = Annotated[
    str | None, HeaderParameter(name="Accept-Language", description="pt-BR unless en is preferred.")
]


@get("/v1/board", roles=PUBLIC, operation_id="show_board", media="text/html")
async def show_board(locale: Locale = None, accept_language: AcceptLanguage = None) -> Response[str]:
    """The page, for a browser. It holds no data: it asks once for a token, keeps it in the tab, and streams with it."""
    shown = page.whole(locale_of(locale, accept_language))
    return Response(shown, media_type=MediaType.HTML, headers=page.HEADERS)


@get("/v1/board/queue", roles=EVERYBODY, operation_id="read_board")
async def read_board(tx: Transaction) -> BoardView:
    """What the board shows, as data: what is owed to whom you may see, in the order of risk.

    First what is broken and still unanswered, the oldest first; then what runs, by its due instant and the rank of the
    plan (N8); apart what stands still. A hundred of each at most.
    """
    return board_of(await actions.look_at_board(tx))


@get("/v1/board/events", roles=EVERYBODY, operation_id="stream_board", media=MEDIA)
async def stream_board(sights: Sights, locale: Locale = None, accept_language: AcceptLanguage = None) -> Stream:
    """What the board shows, as Server-Sent Events: the whole of it at first, and whenever it has changed.

    Each event `board` is a piece of HTML; its id names what it shows: come back with it as `Last-Event-ID`, and nothing
    is sent again that you have seen. A comment is a heartbeat. A stream ends after a quarter of an hour: come back.
    """
    told = locale_of(locale, accept_language)

    async def look(tx: Transaction) -> Sight:
        board = await actions.look_at_board(tx)
        mark = f"{told}-{board.mark(time_stands=sights.time_stands)}"
        return Sight(mark=mark, data=lambda: page.part(board, locale=told, time_stands=sights.time_stands))

    return sights.stream(look, event="board")


routes = [show_board, read_board, stream_board]
