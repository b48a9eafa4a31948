"""Litestar's document told again: each operation with its words, roles, headers, answers and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.auth import EVERYBODY
from shared.eventstream import MEDIA
from shared.openapi import words
from shared.openapi.routes import CREATED, Route
from shared.openapi.schemas import PREFIX, Schemas, schemas_of
from shared.problems import CONTENT_TYPE, Problem

Json = dict[str, Any]

JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
FILE_TYPE = "application/octet-stream"
BINARY: Json = {"type": "string", "format": "binary"}
OK, UNAVAILABLE = 200, 503
NOISE = ("deprecated", "allowEmptyValue", "allowReserved")  # Litestar says the default of each


def retold(document: Json, routes: Mapping[str, Route]) -> Json:
    """The document as it is published."""
    listed = [(one, path) for path, verbs in document["paths"].items() for one in verbs.values()]
    told = [(one, routes[one["operationId"]], path) for one, path in listed]
    bodies = [route.body for _, route, _ in told if route.body is not None]
    answers = [route.answer for _, route, _ in told if route.media is None]
    schemas = schemas_of(bodies=bodies, answers=[*answers, Problem])
    found = document["components"].get("schemas", {})
    for operation, route, path in told:
        _tell(operation, route, path, schemas=schemas, found=found)
    document["components"] = _components(schemas)
    return document


def _tell(operation: Json, route: Route, path: str, *, schemas: Schemas, found: Json) -> None:
    """Say of one operation what is true of it."""
    for word in NOISE:
        operation.pop(word, None)
    operation["summary"] = route.summary
    operation["description"] = route.description
    operation["security"] = [] if route.is_public else [{"bearer": []}]
    operation["x-roles"] = sorted(route.roles)
    operation |= {"x-secret": True} if route.is_secret else {}
    given = [_parameter(one, found) for one in operation.get("parameters", [])]
    operation["parameters"] = [*given, *({"$ref": f"#/components/parameters/{name}"} for name in _headers_taken(route))]
    if route.body is not None:
        _tell_body(operation["requestBody"], route, path, schemas)
    if route.is_file:
        operation["requestBody"] = {"required": True, "content": {FILE_TYPE: {"schema": BINARY}}}
    successes = {str(status): _answer(route, status, schemas) for status in sorted(set(route.statuses))}
    if _is_tagged(route):
        successes["304"] = {"description": words.SUCCESS[304], "headers": _header_refs(["ETag"])}
    refusals = {
        str(status): {"$ref": f"#/components/responses/{words.PROBLEMS[status][0]}"}
        for status in _problems(route, given)
    }
    operation["responses"] = successes | refusals


def _tell_body(body: Json, route: Route, path: str, schemas: Schemas) -> None:
    schema = schemas.of(route.body)
    content: Json = {"schema": schema}
    given = next(iter(body["content"].values()))["schema"].get("examples")
    if given or not path.startswith("/v1/offers/"):  # an offer is written in a file, `deploy/offers` has two
        content["examples"] = {"example": {"value": given[0] if given else schemas.example_of(schema)}}
    body["content"] = {FORM_TYPE if route.is_form else JSON_TYPE: content}
    body["required"] = route.needs_body


def _headers_taken(route: Route) -> Iterator[str]:
    if route.is_write and route.is_kept:
        yield "IdempotencyKey"
    if "if_match" in route.takes:
        yield "IfMatch"
    if route.is_decided_later:
        yield "Prefer"
    if _is_tagged(route):
        yield "IfNoneMatch"


def _is_tagged(route: Route) -> bool:
    """Whether what is read has a version to ask by: a stream has none, and goes on behind `Last-Event-ID`."""
    return not route.is_write and not route.is_public and route.media != MEDIA


def _answer(route: Route, status: int, schemas: Schemas) -> Json:
    """What is answered when it is done."""
    names = []
    has_version = route.has_headers and not (route.is_decided_later or route.is_secret or route.is_untagged)
    if _is_tagged(route) or (route.is_write and not route.is_public and has_version):
        names.append("ETag")
    if route.is_decided_later or (status == CREATED and route.creates):
        names.append("Location")
    if route.is_write and route.is_kept:
        names.append("IdempotencyReplayed")
    description = words.SUCCESS[status] if route.is_write or status != OK else words.READ
    said: Json = {"description": description, "content": _content(route, schemas)}
    return said | ({"headers": _header_refs(names)} if names else {})


def _content(route: Route, schemas: Schemas) -> Json:
    """What an answer holds: JSON, and the files that it can be had as, or only those."""
    own = {} if route.media else {JSON_TYPE: {"schema": schemas.of(route.answer)}}
    kinds = [*route.also_as, *([route.media] if route.media else [])]
    return own | {kind: {"schema": BINARY} for kind in kinds}


def _problems(route: Route, given: list[Json]) -> Iterator[int]:
    """The statuses from 400 up that this operation can answer."""
    has_path_ids = any(one["in"] == "path" for one in given)
    has_query = any(one["in"] == "query" for one in given)
    is_bounded = any({"pattern", "minimum"} & one["schema"].keys() for one in given)
    takes_body = route.body is not None or route.is_file
    may = {
        400: takes_body,
        401: not route.is_public,
        403: not route.is_public and (route.is_write or route.roles != EVERYBODY),
        404: has_path_ids or route.is_write or not (has_query or route.is_public),
        409: route.is_write,
        412: "if_match" in route.takes,
        413: takes_body,
        415: route.body is not None,
        422: route.is_write or has_query or is_bounded,
        429: not route.is_public or "door" in route.takes,
        UNAVAILABLE: not route.is_public,
    }
    return (status for status, is_so in may.items() if is_so or status in route.refuses)


def _parameter(said: Json, found: Json) -> Json:
    """A parameter of path or query: it is there or not there, and never null."""
    schema = {key: _whole(value) for key, value in said["schema"].items() if key != "description"}
    options = schema.pop("oneOf", None)
    if options:
        schema = next(one for one in options if one != {"type": "null"}) | schema
    if isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        schema |= {"enum": [one for one in schema["enum"] if one is not None]} if "enum" in schema else {}
    name = schema.pop("$ref", "").removeprefix(PREFIX)
    kept = {key: value for key, value in said.items() if key not in NOISE}
    return kept | {"schema": found.get(name, {}) | schema}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _components(schemas: Schemas) -> Json:
    problem = schemas.components["Problem"]
    problem["required"] = words.PROBLEM_ALWAYS
    problem["examples"] = [words.PROBLEM_EXAMPLE]
    for one in problem["properties"].values():
        one.pop("default", None)
    responses = {
        name: {
            "description": sentence,
            "content": {CONTENT_TYPE: {"schema": {"$ref": f"{PREFIX}Problem"}}},
            **({"headers": _header_refs(headers)} if headers else {}),
        }
        for name, sentence, headers in words.PROBLEMS.values()
    }
    return {
        "schemas": schemas.components,
        "responses": responses,
        "parameters": words.PARAMETERS,
        "headers": words.HEADERS,
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    }


def _header_refs(names: Iterable[str]) -> Json:
    return {words.HEADER_NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in names}
