"""Errors as RFC 9457 problem details: what is wrong, which field, which rule; never a trace."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from shared.db import is_passing
from shared.errors import Refused
from shared.idempotency import Replay
from shared.log import log

CONTENT_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with the input."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer from 400 up. `code` is for machines, `detail` for people, `rule` is in domain.md."""

    status: int
    code: str
    detail: str
    type: str = ""
    title: str = ""
    field: str | None = None
    rule: str | None = None
    errors: list[FieldError] = []

    def encode(self) -> bytes:
        """The bytes of the document, with the members that follow from the code."""
        title = self.code.replace("_", " ").capitalize()
        whole = msgspec.structs.replace(self, type=f"urn:ponteiro:problem:{self.code}", title=title)
        return msgspec.json.encode(whole)


def handlers() -> ExceptionHandlersMap:
    """What becomes of each kind of exception that a route raises."""
    return {Replay: _replay, Refused: _refused, HTTPException: _http, Exception: _unexpected}


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    """A problem as the response."""
    return Response(problem.encode(), status_code=problem.status, media_type=CONTENT_TYPE, headers=headers)


def _replay(_request: Request[Any, Any, Any], replay: Replay) -> Response[bytes]:
    headers = dict(msgspec.json.decode(replay.stored.headers, type=list[tuple[str, str]]))
    media_type = headers.pop("content-type", "application/json")
    headers["Idempotency-Replayed"] = "true"
    return Response(replay.stored.body, status_code=replay.stored.status, media_type=media_type, headers=headers)


def _refused(_request: Request[Any, Any, Any], refused: Refused) -> Response[bytes]:
    headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
    if refused.code == "still_running":
        headers["Retry-After"] = "1"
    return answer(
        Problem(
            status=refused.status,
            code=refused.code,
            detail=refused.detail,
            field=refused.field,
            rule=refused.rule_broken,
        ),
        headers,
    )


def _http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if isinstance(error, ValidationException):
        return answer(_validation(error))
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "bad_request")
    return answer(Problem(status=error.status_code, code=code, detail=error.detail or code), error.headers)


def _validation(error: ValidationException) -> Problem:
    listed = error.extra if isinstance(error.extra, list) else []
    errors = [_field_error(one) for one in listed if isinstance(one, dict)]
    detail = "; ".join(f"{one.field}: {one.detail}" for one in errors) or error.detail
    first = errors[0].field if errors else None
    return Problem(status=422 if errors else 400, code="invalid", detail=detail, field=first, errors=errors)


def _field_error(one: dict[str, Any]) -> FieldError:
    message = str(one.get("message", "is not valid"))
    unknown = re.search(r"unknown field `([^`]+)`", message)
    field = unknown[1] if unknown else str(one.get("key") or "body")
    return FieldError(field=field, detail=message)


def _unexpected(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if is_passing(error):
        detail = "the service's database is away; send the same request again"
        return answer(Problem(status=503, code="try_again", detail=detail), {"Retry-After": "1"})
    log.error("request failed", exc_info=error)
    return answer(Problem(status=500, code="internal_error", detail="the request failed and changed nothing"))
