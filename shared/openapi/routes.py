"""What the code says of a route: its words, its roles, what it takes and what it answers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args, get_origin, get_type_hints

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from shared.auth import EVERYBODY, PUBLIC, Role

RULE = re.compile(r" \((?:[NBS]-?\d|\d\.\d)[^)]*\)")  # (N17), (2.5): for the description, not for a list of titles
CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation; `answer` and `body` are types, None where there is none.

    `also_as` are the media types besides JSON in which the answer can be had, by Accept.
    `refuses` are statuses from 400 up that no other route of its kind answers; `is_untagged`: what it made has no
    version. `media` is what a file is answered as (`@get(..., media="application/pdf")`); None: JSON. `is_file`: its
    body is a file as it is (`@post(..., takes_file=True)`).
    """

    is_write: bool
    creates: bool
    roles: frozenset[Role]
    said: str
    title: str | None
    takes: frozenset[str]
    body: Any
    needs_body: bool
    is_form: bool
    is_secret: bool
    is_file: bool
    answer: Any
    has_headers: bool
    statuses: tuple[int, ...]
    also_as: tuple[str, ...]
    is_untagged: bool
    refuses: tuple[int, ...]
    media: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether no token is asked."""
        return self.roles == PUBLIC

    @property
    def is_decided_later(self) -> bool:
        """Whether it may answer before another service has decided."""
        return "later" in self.takes

    @property
    def is_kept(self) -> bool:
        """Whether its answer is kept under an Idempotency-Key: it has a transaction, and no secret in its answer."""
        return bool(self.takes & {"tx", "door", "steps"}) and not self.is_secret

    @property
    def summary(self) -> str:
        """The first sentence of what is said, without the numbers of rules."""
        first = self.title or re.split(r"(?<=\w|\))[.;:](?:\s|$)", self.said, maxsplit=1)[0]
        return RULE.sub("", " ".join(first.split()))

    @property
    def description(self) -> str:
        """All that is said, and who may ask."""
        if self.is_public:
            return f"{self.said}\n\nNo token is asked."
        names = sorted(self.roles)
        listed = " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
        listed = "any" if self.roles == EVERYBODY else listed
        return f"{self.said}\n\n**Roles:** {listed}."


def name_of(handler: HTTPRouteHandler) -> str:
    """The operation's id."""
    return handler.operation_id if isinstance(handler.operation_id, str) else handler.handler_name


def route_of(handler: HTTPRouteHandler) -> Route:
    """Read a route."""
    hints = get_type_hints(handler.fn, include_extras=True)
    parameters = inspect.signature(handler.fn).parameters
    takes = frozenset(parameters)
    verbs = {str(verb) for verb in handler.http_methods}
    answer = hints.get("return")
    has_headers = get_origin(answer) is Response
    also = (200,) if "later" in takes else tuple(handler.opt.get("also", ()))
    return Route(
        is_write="GET" not in verbs,
        creates="POST" in verbs,
        roles=handler.opt.get("roles", PUBLIC),
        said=inspect.getdoc(handler.fn) or "",
        title=handler.summary,
        takes=takes,
        body=hints.get("data"),
        needs_body="data" in takes and parameters["data"].default is inspect.Parameter.empty,
        is_form="form" in handler.opt,
        is_secret="secret" in handler.opt,
        is_file="takes_file" in handler.opt,
        answer=get_args(answer)[0] if has_headers else answer,
        has_headers=has_headers,
        statuses=(handler.status_code, *also),
        also_as=tuple(handler.opt.get("also_as", ())),
        is_untagged="untagged" in handler.opt,
        refuses=tuple(handler.opt.get("refuses", ())),
        media=handler.opt.get("media"),
    )


def sign_of(handlers: Sequence[HTTPRouteHandler]) -> str:
    """The door sign of the service that these routes belong to."""
    package = ".".join(handlers[0].fn.__module__.split(".")[:2])
    return inspect.getdoc(import_module(package)) or ""
