"""The address of a request: its parameters, by the names that the document has for them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from litestar.types import Scope
from litestar.types.internal_types import PathParameterDefinition
from litestar.typing import FieldDefinition

from shared import wording
from shared.errors import Invalid

NUMBER = re.compile(r"[-+.0-9eE]+")  # which Litestar reads as seconds since 1970
NULL = "null"  # Litestar reads it as nothing: a filter would be passed over without a word
ROLES: Final = "roles"  # what a route of the house states, and one of the documentation does not

Parameters = dict[tuple[str, str], frozenset[str]]
"""The query parameters of each operation, by method and path."""


def parameters_of(app: Litestar) -> Parameters:
    """What each route asks a query for, itself or through what it is given.

    Those that anybody may open are left out: a mail program may add to the address of a link whatever it likes.
    """
    return {
        (str(method), route.path_format): frozenset(one.field_alias for one in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, model) in route.route_handler_map.items()
        if handler.opt.get(ROLES)
    }


def check(request: Request[Any, Any, Any], parameters: Parameters) -> None:
    """Refuse an address that nobody could keep, and a parameter that is unknown or says nothing. Raises Invalid."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise Invalid("an address holds no NUL character", field="path")
    known_here = parameters.get((request.method, request.scope["path_template"]))
    unknown = [] if known_here is None else [name for name in request.query_params if name not in known_here]
    if known_here is not None and unknown:
        there_are = f"there are {', '.join(sorted(known_here))}" if known_here else "there are none here"
        raise Invalid(f"there is no parameter {unknown[0]!r}; {there_are}", field=unknown[0])
    for name, known in request.route_handler.parsed_fn_signature.parameters.items():
        given = request.query_params.get(_told(name, known), "")
        may_be_text = str in {one.annotation for one in known.inner_types}
        if given.lower() == NULL and known.is_optional and not may_be_text:
            raise Invalid("null is no value: leave the parameter away", field=_told(name, known))
        if datetime in {one.annotation for one in known.inner_types} and NUMBER.fullmatch(given):
            raise Invalid("an instant is written out, with its offset", field=_told(name, known))


def name_of(request: Request[Any, Any, Any], parameter: str) -> str:
    """What a parameter of the route is called outside."""
    known = request.route_handler.parsed_fn_signature.parameters.get(parameter)
    return parameter if known is None else _told(parameter, known)


def misread(scope: Scope) -> tuple[str, str] | None:
    """Which parameter of a path cannot be read, and why, where a route would be found if it could; None if none is."""
    steps = [one for one in scope["path"].split("/") if one]
    for route in scope["litestar_app"].routes:
        parts = [one for one in route.path_components if one != "/"]
        if len(parts) != len(steps) or not all(_may_be(part, step) for part, step in zip(parts, steps, strict=True)):
            continue
        for part, step in zip(parts, steps, strict=True):
            if isinstance(part, PathParameterDefinition) and not _can_read(part, step):
                return part.name, wording.not_a(part.type.__name__.lower())
    return None


def _may_be(part: str | PathParameterDefinition, step: str) -> bool:
    return isinstance(part, PathParameterDefinition) or part.strip("/") == step


def _can_read(part: PathParameterDefinition, step: str) -> bool:
    try:
        if part.parser is not None:
            part.parser(step)
    except ValueError:
        return False
    return True


def kind_of(request: Request[Any, Any, Any], key: str, *, whole: str) -> tuple[Any, str, str]:
    """The type that the parser's `key` leads into, the path in it, and an example of a parameter.

    `whole` is the key of the body as a whole.
    """
    known = request.route_handler.parsed_fn_signature.parameters
    if key in known and key != "data":
        examples = getattr(known[key].kwarg_definition, "examples", None) or []
        return known[key].annotation, "", str(getattr(examples[0], "value", examples[0])) if examples else ""
    body = known.get("data")
    path = "" if key in (whole, "data") else key.removeprefix("data.")
    return (object if body is None else body.annotation), path, ""


def _told(name: str, known: FieldDefinition) -> str:
    said = known.kwarg_definition
    return str(getattr(said, "name", None) or getattr(said, "header", None) or getattr(said, "query", None) or name)
