"""The OpenAPI document: what Litestar finds in the routes, told again as the routes really answer.

Nothing is said twice: descriptions are the docstrings of the routes, schemas are msgspec's own (what it says is what it
accepts), roles, headers and errors follow from the signature of a route and from its `roles`. Two words of a route are
for this document alone: `also` names further statuses of its answer, `also_as` further media types of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import OpenAPI, Tag

from shared.openapi import words
from shared.openapi.document import retold
from shared.openapi.routes import Route, name_of, route_of, sign_of

Json = dict[str, Any]

PROCESS = "process"  # the tag of what belongs to no service


@dataclass
class Retold(OpenAPI):
    """Litestar's document, told again when it is written down."""

    routes: Mapping[str, Route] = field(default_factory=dict)
    whole: Callable[[], Json] | None = None

    @property
    def _exclude_fields(self) -> set[str]:
        return {"routes", "whole"}

    def to_schema(self) -> Json:
        """The document as it is published: that of the whole house where this process knows it."""
        return self.whole() if self.whole else retold(super().to_schema(), self.routes)


@dataclass
class Contract(OpenAPIConfig):
    """Litestar's configuration, with the routes that the document is told from."""

    routes: Sequence[HTTPRouteHandler] = ()
    whole: Callable[[], Json] | None = None

    def to_openapi_schema(self) -> OpenAPI:
        """An empty document that knows the routes."""
        empty = super().to_openapi_schema()
        routes = {name_of(handler): route_of(handler) for handler in self.routes}
        known = {name: getattr(empty, name) for name in OpenAPI.__dataclass_fields__}
        return Retold(**known, routes=routes, whole=self.whole)


def contract(
    *,
    version: str,
    parts: Mapping[str, Sequence[HTTPRouteHandler]],
    own: Sequence[HTTPRouteHandler],
    plugin: Any,
    whole: Callable[[], Json] | None = None,
) -> Contract:
    """The configuration of one process: the routes of its services and its own; `plugin` shows it to people.

    `whole` makes the document of the house that this process is a part of, to be shown in the place of its own.
    """
    signs = {name: sign_of(handlers) for name, handlers in parts.items()}
    return Contract(
        title="Ponteiro",
        version=version,
        description=words.HOW_TO_BEGIN,
        path="/schema",
        render_plugins=[plugin],
        security=[{"bearer": []}],
        tags=[Tag(name=name, description=sign) for name, sign in (signs | {PROCESS: words.PROCESS_SIGN}).items()],
        operation_id_creator=lambda handler, _method, _path: handler.handler_name,
        routes=[*chain.from_iterable(parts.values()), *own],
        whole=whole,
    )
