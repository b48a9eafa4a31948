"""The HTTP door's frame: one transaction per request, roles, idempotency, problems (RFC 9457), feeds, health, metrics.

A route handler is given `tx` (dependency), translates, calls one action and answers. `Edge` is the request's edge: it
commits when the handler answered below 400 and rolls back otherwise; the answer leaves after the commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from pathlib import Path
from typing import Any, Protocol, TypeVar

import litestar_offline_docs
import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.config.cors import CORSConfig
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.handlers import HTTPRouteHandler, WebsocketRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from shared import body as bodies
from shared import edge as edges
from shared import openapi, problems, query, routes
from shared.auth import PUBLIC, Keys, Principal
from shared.clock import Clock
from shared.db import Database, Transaction
from shared.errors import Forbidden, Unauthorized
from shared.eventstream import EventStream
from shared.frame import Frame, Origin
from shared.live import Live, Look
from shared.rates import Rates
from shared.service import Service
from shared.sights import as_look, provide_sights
from shared.steps import steps_of

VERSION = "1.0.0"
DOCS_ASSETS = "/schema/assets"  # served from here: the documentation opens without the internet

# What a script of another origin may say and read.
ASKED_HEADERS = ("Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "Prefer")
TOLD_HEADERS = (
    "ETag",
    "Location",
    "Idempotency-Replayed",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How a process stands to those who ask it.

    `document` makes the OpenAPI document of all five on one origin, for a process that hosts only some of them; `rates`
    counts how often each client asks; `origins` are the web pages of elsewhere whose scripts may ask;
    over `redis_url` the processes of a service wake each other's streams.
    """

    document: Callable[[], dict[str, Any]] | None = None
    rates: Rates | None = None
    origins: Sequence[str] = ()
    redis_url: str = ""

    @property
    def cors(self) -> CORSConfig | None:
        """What browsers are told of these origins; a token travels in a header, so no cookie is allowed for."""
        if not self.origins:
            return None
        return CORSConfig(
            allow_origins=list(self.origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", *ASKED_HEADERS],
            expose_headers=[*TOLD_HEADERS],
        )


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


class Door:
    """For a route without a token, whose request says itself for whom it is: a signed link, a login, a secret."""

    def __init__(self, edge: edges.Edge, *, service: str, body: bytes) -> None:
        """Open nothing yet."""
        self._edge = edge
        self._service = service
        self._body = body

    @property
    def keys(self) -> Keys:
        """The keys that a signed link is read with."""
        return self._edge.frame.keys

    async def enter(self, who: Principal) -> Transaction:
        """The transaction of this request on behalf of `who`, whom the caller has made sure of.

        It commits as every other does: when the route answers below 400. Raises TooManyRequests.
        """
        await self._edge.count()
        self._edge.check()
        return await self._edge.begin(self._service, who=who, body=self._body)

    @property
    def now(self) -> datetime:
        """The instant, before a transaction has one."""
        return self._edge.frame.clock.now()

    async def knock(self, at: str, *, most: int) -> None:
        """Count one try at what may be guessed. Raises TooManyRequests after `most` of them in a minute."""
        await self._edge.count(at, most=most)


class Watch:
    """For a route that goes on: what happens, told to the bearer for as long as the token is good."""

    def __init__(self, edge: edges.Edge, *, service: str) -> None:
        """Open nothing yet."""
        self._edge = edge
        self._service = service

    async def stream(self, look: Look, *, after: int | None, resumed: int | None) -> Response[bytes]:
        """What `look` shows, behind the event id that a browser resumes at, else behind `after`, else from now on.

        Raises TooManyStreams.
        """
        edge = self._edge
        assert edge.principal is not None, "who watches has a token"
        behind = after if resumed is None else resumed
        showing = edge.frame.live.show(self._service, look, who=edge.principal, after=behind, is_good=self._is_good)
        return EventStream(showing)

    def _is_good(self) -> bool:
        self._edge.authenticate()
        return self._edge.refusal is None


def versioned(view: ViewT, *, version: int, status: int = 200, location: str = "") -> Response[ViewT]:
    """An answer that carries its version as ETag, to be sent back in If-Match; `location` is where it can be read."""
    where = {"Location": location} if location else {}
    return Response(view, status_code=status, headers={"ETag": f'"{version}"'} | where)


def create_app(
    hosted: Sequence[Hosted],
    *,
    keys: Keys,
    clock: Clock,
    ready: Callable[[], Awaitable[list[str]]],
    rehearsal: Rehearsal | None = None,
    extra_routes: Sequence[Any] = (),
    outside: Outside | None = None,
) -> Litestar:
    """The application of one process: the routes of the services it hosts and the ones that every process has."""
    outside = outside or Outside()
    parts, own = _parts_of(hosted), [*routes.of_process(), *extra_routes]
    live = Live({one.service.name: one.database for one in hosted}, redis_url=outside.redis_url)
    app = Litestar(
        route_handlers=[*starmap(_router_of, parts.items()), _router_of("", own), *_sockets(hosted), _docs_assets()],
        middleware=[edges.EdgeMiddleware],
        guards=[_guard_roles],
        before_request=_read,
        dependencies=_provided(),
        exception_handlers=problems.handlers(),
        openapi_config=openapi.contract(version=VERSION, parts=parts, own=own, plugin=_docs(), whole=outside.document),
        cors_config=outside.cors,
        request_max_body_size=bodies.BODY_MOST_BYTES,
        on_shutdown=[live.close],
        on_app_init=[_refuse_routes_without_roles],
        logging_config=None,
    )
    app.state.parameters = query.parameters_of(app)
    app.asgi_handler = _HeadAsGet(app.asgi_handler)
    app.state.edges = Frame(
        hosted=tuple(hosted),
        keys=keys,
        clock=clock,
        ready=ready,
        rehearsal=rehearsal,
        live=live,
        rates=outside.rates,
    )
    return app


def _parts_of(hosted: Sequence[Hosted]) -> dict[str, list[HTTPRouteHandler]]:
    return {one.service.name: [*one.service.routes, *routes.of_service(one.service.name)] for one in hosted}


def _router_of(service: str, handlers: list[HTTPRouteHandler]) -> Router:
    return Router(path="/", route_handlers=handlers, opt={"service": service}, tags=[service or openapi.PROCESS])


def _sockets(hosted: Sequence[Hosted]) -> list[WebsocketRouteHandler]:
    return [socket for one in hosted for socket in one.service.sockets]


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
        await self._app(as_look({**scope, "method": HttpMethod.GET.value}), receive, send_head)


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
    await edge.count()
    edge.check()
    if edge.refusal is not None:
        raise edge.refusal
    if edge.principal is None:
        raise Unauthorized("a bearer token is needed")
    if not edge.principal.may(allowed):
        raise Forbidden(f"this needs one of the roles {', '.join(sorted(allowed))}")


def _provided() -> dict[str, Provide]:
    """What a route may ask for by name."""
    return {
        "tx": Provide(_provide_tx),
        "door": Provide(_provide_door),
        "steps": Provide(steps_of, sync_to_thread=False),
        "keys": Provide(_provide_keys, sync_to_thread=False),
        "origin": Provide(_provide_origin, sync_to_thread=False),
        "who": Provide(_provide_who, sync_to_thread=False),
        "if_match": Provide(_provide_if_match, sync_to_thread=False),
        "watch": Provide(_provide_watch, sync_to_thread=False),
        "sights": Provide(provide_sights, sync_to_thread=False),
        "later": Provide(_provide_later, sync_to_thread=False),
    }


async def _provide_tx(request: Request[Any, Any, Any]) -> Transaction:
    edge = edges.of(request.scope)
    assert edge.principal is not None, (
        "a route that asks for a transaction states roles; one without a token has a door"
    )
    body = await bodies.whole(request) if edge.is_write else b""
    return await edge.begin(request.route_handler.opt["service"], who=edge.principal, body=body)


async def _provide_door(request: Request[Any, Any, Any]) -> Door:
    edge = edges.of(request.scope)
    body = await bodies.whole(request) if edge.is_write else b""
    return Door(edge, service=request.route_handler.opt["service"], body=body)


async def _read(request: Request[Any, Any, Any]) -> None:
    """Before anything is opened for a request it is read, or refused."""
    query.check(request, request.app.state.parameters)
    if edges.of(request.scope).is_write:
        await bodies.read(request)


def _provide_keys(request: Request[Any, Any, Any]) -> Keys:
    return edges.of(request.scope).frame.keys


def _provide_who(request: Request[Any, Any, Any]) -> Principal:
    principal = edges.of(request.scope).principal
    assert principal is not None, "a route that asks who it is states roles"
    return principal


def _provide_origin(request: Request[Any, Any, Any]) -> Origin:
    return edges.of(request.scope).origin


def _provide_if_match(request: Request[Any, Any, Any]) -> int | None:
    return edges.of(request.scope).if_match


def _provide_later(request: Request[Any, Any, Any]) -> Later:
    return Later(edges.of(request.scope))


def _provide_watch(request: Request[Any, Any, Any]) -> Watch:
    return Watch(edges.of(request.scope), service=request.route_handler.opt["service"])
