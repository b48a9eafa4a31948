"""Errors as RFC 9457 problem details: what is wrong, which field, which rule; never a trace."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from shared import query, wording
from shared.body import BODY
from shared.db import is_collision, is_passing
from shared.errors import OAuthRefused, Refused, Unauthorized
from shared.idempotency import Replay
from shared.log import describe, log

CONTENT_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with the input."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer from 400 up. `code` is for machines, `detail` for people, `rule` is in domain.md.

    `error` is RFC 6749's word, at the doors of OAuth 2 only.
    """

    status: int
    code: str
    detail: str
    type: str = ""
    title: str = ""
    field: str | None = None
    rule: str | None = None
    error: str | None = None
    errors: list[FieldError] = []

    def encode(self) -> bytes:
        """The bytes of the document, with the members that follow from the code."""
        whole = msgspec.structs.replace(self, type=f"urn:ponteiro:problem:{self.code}", title=title_of(self.code))
        return msgspec.json.encode(whole)


SPELT = {"cnpj": "CNPJ", "dps": "DPS", "pix": "Pix"}  # names, as people write them


def title_of(code: str) -> str:
    """A problem's name for people.

    >>> title_of("approval_required"), title_of("cnpj_taken"), title_of("no_pix_key")
    ('Approval required', 'CNPJ taken', 'No Pix key')
    """
    title = " ".join(SPELT.get(word, word) for word in code.split("_"))
    return title[:1].upper() + title[1:]


NOT_FOUND, TOO_LARGE, INTERNAL = 404, 413, 500
STILL_RUNNING = Problem(
    status=409, code="still_running", detail="the first request with this Idempotency-Key is still running"
)
TWO_AT_ONCE = Problem(
    status=409, code="two_at_once", detail="another request did the same at the same time: read, and decide again"
)
NOT_SETTLED = Problem(
    status=500, code="not_settled", detail="the request was carried out, but what it caused could not be delivered"
)
UNCHANGED = "the request changed nothing"
UNKNOWN = "whether the request was carried out is not known"


def handlers() -> ExceptionHandlersMap:
    """What becomes of each kind of exception that a route raises."""
    return {Replay: _replay, Refused: _refused, HTTPException: _http, Exception: _unexpected}


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    """A problem as the response."""
    return Response(problem.encode(), status_code=problem.status, media_type=CONTENT_TYPE, headers=headers)


def of_commit(error: Exception) -> Response[bytes]:
    """What becomes of an error while the request's transaction is committed: nobody knows what the database did."""
    return _failed(error, UNKNOWN)


def _replay(_request: Request[Any, Any, Any], replay: Replay) -> Response[bytes]:
    headers = dict(msgspec.json.decode(replay.stored.headers, type=list[tuple[str, str]]))
    media_type = headers.pop("content-type", "application/json")
    headers["Idempotency-Replayed"] = "true"
    return Response(replay.stored.body, status_code=replay.stored.status, media_type=media_type, headers=headers)


def _refused(request: Request[Any, Any, Any], refused: Refused) -> Response[bytes]:
    request.scope["ponteiro_edge"].keeps = refused.keeps  # type: ignore[typeddict-item]
    headers = {"WWW-Authenticate": "Bearer"} if refused.status == Unauthorized.status else {}
    if refused.code == "still_running":
        headers["Retry-After"] = "1"
    return answer(
        Problem(
            status=refused.status,
            code=refused.code,
            detail=refused.detail,
            field=refused.field,
            rule=refused.rule_broken,
            error=refused.error if isinstance(refused, OAuthRefused) else None,
        ),
        headers,
    )


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if isinstance(error, ValidationException):
        return answer(_validation(error, request))
    if error.status_code >= INTERNAL:
        return _failed(error, UNCHANGED)
    code = {NOT_FOUND: "not_found", 405: "method_not_allowed", TOO_LARGE: "too_large"}.get(
        error.status_code, "bad_request"
    )
    field, detail = (BODY if error.status_code == TOO_LARGE else None), error.detail or code
    misread = query.misread(request.scope) if error.status_code == NOT_FOUND else None
    if misread is not None:
        field, detail = misread[0], f"{misread[0]}: {misread[1]}"
    return answer(Problem(status=error.status_code, code=code, detail=detail, field=field), error.headers)


def _validation(error: ValidationException, request: Request[Any, Any, Any]) -> Problem:
    listed = error.extra if isinstance(error.extra, list) else []
    errors = [_field_error(one, request) for one in listed if isinstance(one, dict)] or _missing(error.detail)
    detail = "; ".join(f"{one.field}: {one.detail}" for one in errors) or error.detail
    first = errors[0].field if errors else None
    return Problem(status=422 if errors else 400, code="invalid", detail=detail, field=first, errors=errors)


def _missing(detail: str) -> list[FieldError]:
    """Litestar's words for a parameter that is not there, which name it in the sentence alone."""
    named = re.match(r"Missing required \w+ parameter '([^']+)'", detail)
    return [FieldError(field=named[1], detail=wording.NEEDED)] if named else []


def _field_error(one: dict[str, Any], request: Request[Any, Any, Any]) -> FieldError:
    """The path of what is wrong: where the parser stands, and the field that it misses or does not know."""
    message = str(one.get("message", "is not valid"))
    if message == "'data'":  # Litestar's words for a body that is not there
        return FieldError(field=BODY, detail="a JSON body is needed")
    key = str(one.get("key") or BODY)
    kind, path, example = query.kind_of(request, key, whole=BODY)
    detail = wording.told(message, kind, path, example=example)
    where = query.name_of(request, key.removeprefix("data."))
    named = re.search(r"(?:unknown|missing required) field `([^`]+)`", message)
    if named is None:
        return FieldError(field=BODY if where == "data" else where, detail=detail)
    return FieldError(field=named[1] if where in ("data", BODY) else f"{where}.{named[1]}", detail=detail)


def _unexpected(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    return _failed(error, UNCHANGED)


def _failed(error: Exception, known: str) -> Response[bytes]:
    """An error that no rule foresaw; `known` says what is known of the request's effect."""
    if is_collision(error) and "idempotency_keys" in str(error):
        return answer(STILL_RUNNING, {"Retry-After": "1"})
    if is_collision(error):
        log.warning("two at once", error=describe(error))
        return answer(TWO_AT_ONCE, {"Retry-After": "1"})
    if is_passing(error):
        detail = f"the service's database is away: {known}; send it again with the same Idempotency-Key"
        return answer(Problem(status=503, code="try_again", detail=detail), {"Retry-After": "1"})
    log.error("request failed", exc_info=error)
    return answer(Problem(status=INTERNAL, code="internal_error", detail=f"the request failed: {known}"))
