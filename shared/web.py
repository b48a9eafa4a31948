"""The HTTP door's frame: one transaction per request, roles, idempotency, problems (RFC 9457), feeds, health, metrics.

A route handler is given `tx` (dependency), translates, calls one action and answers. `Edge` is the request's edge: it
commits when the handler answered below 400 and rolls back otherwise; the answer leaves after the commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Any, Protocol, TypeVar

import litestar_offline_docs
import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import ClientException, InternalServerException, SerializationException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from shared import edge as edges
from shared import openapi, problems, routes
from shared.auth import PUBLIC, Keys, Principal
from shared.clock import Clock
from shared.db import Database, Transaction
from shared.errors import Forbidden, Invalid, Unauthorized
from shared.service import Service

VERSION = "1.0.0"
DOCS_ASSETS = "/schema/assets"  # served from here: the documentation opens without the internet
NUL = rb"\u0000"  # as JSON spells it
BODY_MOST_BYTES = 1_000_000  # a JSON document that a person or bot writes; attachments come by their own route

ViewT = TypeVar("ViewT")


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a write: unknown fields are refused."""


class Rehearsal(Protocol):
    """A house under a virtual clock: every write answers after all that it caused has been delivered."""

    async def settle(self) -> None:
        """Deliver every fact that waits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A service with its database, as one process hosts it."""

    service: Service
    database: Database


class Later:
    """For what another service decides: answer with what is known now, or wait for the fact (Prefer: wait=N)."""

    def __init__(self, edge: edges.Edge) -> None:
        """Remember on the request's edge what is waited for."""
        self._edge = edge

    async def answer(
        self,
        tx: Transaction,
        view: Callable[[Transaction], Awaitable[ViewT]],
        *,
        decided: Callable[[ViewT], bool],
        location: str,
    ) -> Response[ViewT]:
        """202 with where to look while `decided(view)` is false; 200 with the view once it is true."""
        now = await view(tx)
        self._edge.wait_for(view, decided)
        status = 200 if decided(now) else 202
        return Response(now, status_code=status, headers={"Location": location})


def versioned(view: ViewT, *, version: int, status: int = 200) -> Response[ViewT]:
    """An answer that carries its version as ETag, to be sent back in If-Match."""
    return Response(view, status_code=status, headers={"ETag": f'"{version}"'})


def create_app(
    hosted: Sequence[Hosted],
    *,
    keys: Keys,
    clock: Clock,
    ready: Callable[[], Awaitable[list[str]]],
    rehearsal: Rehearsal | None = None,
    extra_routes: Sequence[Any] = (),
) -> Litestar:
    """The application of one process: the routes of the services it hosts and the ones that every process has."""
    parts = {one.service.name: [*one.service.routes, *routes.of_service(one.service.name)] for one in hosted}
    own = [*routes.of_process(), *extra_routes]
    app = Litestar(
        route_handlers=[*starmap(_router_of, parts.items()), _router_of("", own), _docs_assets()],
        middleware=[edges.EdgeMiddleware],
        guards=[_guard_roles],
        before_request=_read_body,
        dependencies={
            "tx": Provide(_provide_tx),
            "who": Provide(_provide_who, sync_to_thread=False),
            "if_match": Provide(_provide_if_match, sync_to_thread=False),
            "later": Provide(_provide_later, sync_to_thread=False),
        },
        exception_handlers=problems.handlers(),
        openapi_config=openapi.contract(version=VERSION, parts=parts, own=own, plugin=_docs()),
        request_max_body_size=BODY_MOST_BYTES,
        on_app_init=[_refuse_routes_without_roles],
        logging_config=None,
    )
    app.asgi_handler = _HeadAsGet(app.asgi_handler)
    app.state.edges = edges.Frame(
        databases={one.service.name: one.database for one in hosted},
        hosted=tuple(hosted),
        keys=keys,
        clock=clock,
        ready=ready,
        rehearsal=rehearsal,
    )
    return app


def _router_of(service: str, handlers: list[HTTPRouteHandler]) -> Router:
    return Router(path="/", route_handlers=handlers, opt={"service": service}, tags=[service or openapi.PROCESS])


class _HeadAsGet:
    """Answers HEAD as GET is answered, without the body: every read can be asked for its ETag alone (RFC 9110)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.HEAD:
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A scope of our own: the server still needs to know that it sends no body.
        await self._app({**scope, "method": HttpMethod.GET.value}, receive, send_head)


def _docs() -> SwaggerRenderPlugin:
    return SwaggerRenderPlugin(
        js_url=f"{DOCS_ASSETS}/swagger-ui-bundle.js",
        css_url=f"{DOCS_ASSETS}/swagger-ui.css",
        standalone_preset_js_url=f"{DOCS_ASSETS}/swagger-ui-standalone-preset.js",
        favicon="<link rel='icon' href='data:,'>",
    )


def _docs_assets() -> Router:
    folder = Path(litestar_offline_docs.__file__).parent / "static"
    return create_static_files_router(path=DOCS_ASSETS, directories=[folder], include_in_schema=False)


def _refuse_routes_without_roles(config: AppConfig) -> AppConfig:
    """A route that forgets to state its roles is a programmer's mistake, found at start."""
    for router in config.route_handlers:
        for handler in getattr(router, "route_handlers", ()):
            assert "roles" in getattr(handler, "opt", {"roles": PUBLIC}), f"{handler} states no roles"
    return config


async def _guard_roles(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    # async on purpose: Litestar runs a plain function in a thread
    allowed = handler.opt.get("roles", PUBLIC)
    if not allowed:
        return  # PUBLIC
    edge = edges.of(connection.scope)
    edge.check()
    if edge.refusal is not None:
        raise edge.refusal
    if edge.principal is None:
        raise Unauthorized("a bearer token is needed")
    if not edge.principal.may(allowed):
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(allowed))}")


async def _provide_tx(request: Request[Any, Any, Any]) -> Transaction:
    edge = edges.of(request.scope)
    body = await _body_of(request) if edge.is_write else b""
    return await edge.begin(request.route_handler.opt["service"], body=body)


async def _read_body(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that nobody could keep, before anything is opened for it; what it means is read later."""
    if not edges.of(request.scope).is_write or "data" not in request.route_handler.parsed_fn_signature.parameters:
        return
    body = await _body_of(request)
    try:
        await request.json()  # kept: what reads the body next finds it parsed
        where = _path_of_nul(await request.json()) if NUL in body else None
    except SerializationException as error:
        raise ClientException(str(error)) from error
    except UnicodeDecodeError as error:
        raise Invalid("the body is not UTF-8", field=problems.BODY) from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", field=problems.BODY) from error
    if where is not None:
        raise Invalid("no text holds the character NUL", field=where or problems.BODY)


async def _body_of(request: Request[Any, Any, Any]) -> bytes:
    try:
        return await request.body()
    except InternalServerException as error:  # Litestar's word for a caller that hung up
        raise ClientException("the request ended before its body did") from error


def _path_of_nul(given: object) -> str | None:
    """Where in a document a text holds NUL, which PostgreSQL cannot keep; None when nowhere."""
    if isinstance(given, str):
        return "" if "\0" in given else None
    items: Iterable[tuple[object, object]] = ()
    if isinstance(given, dict):
        items = [*((key, key) for key in given), *given.items()]
    elif isinstance(given, list):
        items = enumerate(given)
    for key, value in items:
        below = _path_of_nul(value)
        if below is not None:
            return f"{key}.{below}".replace("\0", "").rstrip(".")
    return None


def _provide_who(request: Request[Any, Any, Any]) -> Principal:
    principal = edges.of(request.scope).principal
    assert principal is not None, "a route that asks who it is states roles"
    return principal


def _provide_if_match(request: Request[Any, Any, Any]) -> int | None:
    return edges.of(request.scope).if_match


def _provide_later(request: Request[Any, Any, Any]) -> Later:
    return Later(edges.of(request.scope))
