"""The body of a write: JSON that says each thing once, read as strictly as the document tells it, or refused.

It is read before anything is opened for it. What is wrong is named: the body as a whole, or the field by its path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import ClientException, InternalServerException, ValidationException
from litestar.utils.scope.state import ScopeState

from shared.errors import Invalid, Refused

BODY_MOST_BYTES: Final = 1_000_000  # a JSON document that a person or bot writes; attachments come by their own route
BODY: Final = "body"  # stands where a field's path would: the whole of it
NUL: Final = rb"\u0000"  # as JSON spells it
# What a body may say that it is. Whoever says nothing, or what `curl -d` says by itself, means JSON.
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
KINDS: Final = {
    JSON: re.compile(r"(|application/([a-z0-9.-]+\+)?json|application/x-www-form-urlencoded)"),
    FORM: re.compile(r"(|application/x-www-form-urlencoded)"),
}
AT: Final = re.compile(r"^(?P<said>.*?)(?: - at `(?:key in )?\$\.?(?P<path>.*)`)?$", re.DOTALL)
FIELD: Final = re.compile(r"^(?P<field>[a-z][a-z_]*): (?P<said>.+)$", re.DOTALL)  # so a type says which of its members


class BadRequest(Refused):
    """It cannot be read at all."""

    status = 400


class UnsupportedMedia(Refused):
    """It says of itself that it is something else than is taken here."""

    status = 415


async def read(request: Request[Any, Any, Any]) -> None:
    """Read the body of a write, for the route that asks for `data`.

    Raises BadRequest, UnsupportedMedia, Invalid, and ValidationException for what has not the type that is asked for.
    """
    handler = request.route_handler
    taken = handler.parsed_fn_signature.parameters.get("data")
    if taken is None:
        return
    is_form = "form" in handler.opt
    _check_kind(request, FORM if is_form else JSON)
    body = await whole(request)
    if is_form or not body:
        return
    try:
        if NUL in body:
            _refuse_nul(body)
        read_so = _decoder_of(taken.annotation).decode(body)
        json.loads(body, object_pairs_hook=_each_once, parse_int=len, parse_float=len)
    except msgspec.ValidationError as error:
        raise _not_as_told(str(error)) from error
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body cannot be read as JSON: {error}", field=BODY) from error
    except UnicodeDecodeError as error:
        raise Invalid("the body is not UTF-8", field=BODY) from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", field=BODY) from error
    ScopeState.from_scope(request.scope).json = read_so  # what asks for it next finds it read


async def whole(request: Request[Any, Any, Any]) -> bytes:
    """The bytes of the body. Raises ClientException for a caller who hung up."""
    try:
        return await request.body()
    except InternalServerException as error:  # Litestar's word for that
        raise ClientException("the request ended before its body did") from error


def _check_kind(request: Request[Any, Any, Any], expected: str) -> None:
    """Refuse what says that it is no JSON, or packed: whoever sent it meant something else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not KINDS[expected].fullmatch(kind):
        raise UnsupportedMedia(f"this body is sent as {expected}", field="Content-Type")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("a body is sent as it is, and not packed", field="Content-Encoding")


@cache
def _decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _not_as_told(message: str) -> ValidationException:
    """What msgspec says of a value, with its path apart."""
    found = AT.match(message)
    assert found is not None, "it matches everything"
    said, path = found["said"], found["path"] or ""
    named = FIELD.match(said)
    if named is not None:
        said, path = named["said"], f"{path}.{named['field']}".removeprefix(".")
    return ValidationException(extra=[{"message": said, "key": path or BODY}])


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that says a thing twice: two readers would understand two things (RFC 8259, 4)."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise Invalid(f"{twice!r} is said twice", field=twice)


def _refuse_nul(body: bytes) -> None:
    where = _path_of_nul(msgspec.json.decode(body))
    if where is not None:
        raise Invalid("no text holds the character NUL", field=where.removeprefix(".") or BODY)


def _path_of_nul(given: object) -> str | None:
    """Where in a document a text holds NUL, which PostgreSQL cannot keep; None when nowhere."""
    if isinstance(given, str):
        return "" if "\0" in given else None
    items: Iterable[tuple[str, object]] = ()
    if isinstance(given, dict):
        items = [(f".{key}".replace("\0", ""), one) for key, value in given.items() for one in (key, value)]
    elif isinstance(given, list):
        items = [(f"[{at}]", one) for at, one in enumerate(given)]
    for step, value in items:
        below = _path_of_nul(value)
        if below is not None:
            return step + below
    return None
