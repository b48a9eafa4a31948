"""What nobody should send, made of the OpenAPI document: bodies, headers and addresses for each of its operations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from shared.openapi.schemas import SAMPLES
from tests.journeys.test_openapi import resolved, validator

Json = dict[str, Any]
Path = tuple[str | int, ...]

BODY: Final = "body"
TOO_LONG: Final = 1_000_001
DEEP: Final = b"[" * 100_000
SURROGATE: Final = "\ud800"
HUGE: Final = 10**400
# Values of every kind: of its own each that it does not take, of the others one.
WRONG: Final[Sequence[Any]] = ({"a": 1}, [[1]], 1.5, True, "7", "true", "\n", -HUGE, HUGE, "x" * 300_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abuse:
    """One request that is to be refused; `names` is what the refusal has to name, None where it is nothing's fault."""

    what: str
    content: bytes
    names: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def bodies(schema: Json, base: Any) -> Iterator[Abuse]:
    """Bodies that are wrong as a whole, and those in which one field is; `base` is one that would be taken."""
    yield from _wholes(json.dumps(base).encode(), base)
    if isinstance(base, dict):
        yield Abuse(what="unknown field", content=json.dumps(base | {"colour": 1}).encode(), names="colour")
    for path, own in fields(schema, base):
        yield from _wrong_in(path, own, base)


def _wholes(content: bytes, base: Any) -> Iterator[Abuse]:
    as_json = {"Content-Type": "application/json"}
    for what, sent in {
        "nothing": b"null",
        "a list": b"[]",
        "a text": b'"x"',
        "a number": b"7",
        "not ended": content[:-1],
        "more than one": content + b"{}",
        "not UTF-8": b'{"\xff": 1}',
        "a BOM": b"\xef\xbb\xbf" + content,
        "UTF-16": content.decode().encode("utf-16"),
        "not JSON": b"<xml/>",
        "nested": DEEP,
        "too large": b'{"x": "' + b"y" * TOO_LONG + b'"}',
        "infinite": b"[Infinity]",
    }.items():
        yield Abuse(what=what, content=sent, names=BODY, headers=as_json)
    for kind in ("text/xml", "multipart/form-data; boundary=x", "image/png", "application/jsonx", "nonsense"):
        yield Abuse(what=f"as {kind}", content=content, names="Content-Type", headers={"Content-Type": kind})
    packed = {"Content-Encoding": "gzip"}
    yield Abuse(what="packed", content=content, names="Content-Encoding", headers=as_json | packed)
    if isinstance(base, dict) and base:
        name = next(iter(base))
        for number, names in ((b"NaN", BODY), (b"-Infinity", BODY), (b"1e999", name), (b"9" * 5000, name)):
            content = with_value(base, (name,), "@@").replace(b'"@@"', number)
            yield Abuse(what=f"{name} = {number[:9].decode()}", content=content, names=names)
        twice = b"{%b: null, " % json.dumps(name).encode() + content.removeprefix(b"{")
        yield Abuse(what="said twice", content=twice, names=name)


def fields(schema: Json, value: Any, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every field of a schema that a body can hold, four deep, with the schema of it."""
    own = plain(schema)
    if path:
        yield path, own
    if len(path) == DEPTH_MOST:
        return
    for name, inner in own.get("properties", {}).items():
        yield from fields(inner, value.get(name) if isinstance(value, dict) else None, (*path, name))
    if own.get("type") == "array" and isinstance(own.get("items"), dict):
        yield from fields(own["items"], value[0] if isinstance(value, list) and value else None, (*path, 0))


DEPTH_MOST: Final = 4


def _wrong_in(path: Path, own: Json, base: Any) -> Iterator[Abuse]:
    """What one field does not take: of another kind, out of bounds, and texts that nobody can keep."""
    where = spelled(path)
    check = validator(own)
    tried: set[type] = set()
    for value in WRONG:
        is_own = isinstance(value, str) == is_text(own) and not isinstance(value, bool | dict | list)
        if (is_own or type(value) not in tried) and not check.is_valid(value):
            tried.add(type(value))
            yield Abuse(what=f"{where} = {str(value)[:12]}", content=with_value(base, path, value), names=where)
    if is_text(own):
        yield Abuse(what=f"{where} = NUL", content=with_value(base, path, "a\0b"), names=where)
        yield Abuse(what=f"{where} = half a letter", content=with_value(base, path, SURROGATE), names=BODY)


def is_text(own: Json) -> bool:
    """Whether a field takes a text."""
    return any(plain(one).get("type") == "string" for one in (own, *own.get("anyOf", ())))


def plain(schema: Json) -> Json:
    """A schema without its reference and, where it may be null, as it is when it is not."""
    own = resolved(schema)
    options = [one for one in own.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        return {**{key: value for key, value in own.items() if key != "anyOf"}, **resolved(options[0])} | {
            "anyOf": own["anyOf"]
        }
    return own


def spelled(path: Path) -> str:
    """A path as a refusal names it: `lines[0].minutes`."""
    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return told.removeprefix(".")


def with_value(base: Any, path: Path, value: Any) -> bytes:
    """The body with one value in it; what lies on the way to it is made."""
    whole = deepcopy(base)
    at = whole
    for step, below in pairwise(path):
        made: Any = [] if isinstance(below, int) else {}
        if isinstance(step, int):
            if not at:
                at.append(made)
        elif not isinstance(at.get(step), type(made)):
            at[step] = made
        at = at[step]
    last = path[-1]
    if isinstance(last, int):
        at[:] = [value, *at[1:]]
    else:
        at[last] = value
    return json.dumps(whole).encode()


def forms() -> Iterator[Abuse]:
    """Forms that no door of OAuth 2 takes."""
    as_form = {"Content-Type": "application/x-www-form-urlencoded"}
    for what, sent in {
        "nothing": b"",
        "not a form": b"{}",
        "not UTF-8": b"token=%ff&grant_type=%ff",
        "NUL": b"token=%00&grant_type=%00&client_id=%00&client_secret=%00",
        "many": b"&".join(b"a%d=1" % number for number in range(2000)),
        "twice": b"grant_type=client_credentials&grant_type=refresh_token&token=a&token=b",
        "long": b"token=" + b"x" * 900_000 + b"&grant_type=" + b"x" * 1000,
        "too large": b"token=" + b"x" * TOO_LONG,
    }.items():
        yield Abuse(what=what, content=sent, headers=as_form)
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        yield Abuse(what=kind, content=b"token=a", names="Content-Type", headers={"Content-Type": kind})


def headers() -> Iterator[Abuse]:
    """Headers that nobody can read; a preference that nobody can read is none (RFC 7240)."""
    for name, values in {
        "Idempotency-Key": ("", "  ", "k" * 201, "a\tb", "\x7f"),
        "If-Match": ('"x"', "-1", '"1", "2"', "9" * 30, '""'),
    }.items():
        for value in values:
            yield Abuse(what=f"{name}: {value[:12]}", content=b"", names=name, headers={name: value})


SEGMENTS: Final = (
    "..%2f..%2fetc",
    "%00",
    "%ff%fe",
    "0",
    "-1",
    "9" * 400,
    "x" * 4000,
    "%27%20OR%201=1--",
    "%0d%0aX-A:b",
)


def queries(given: Sequence[Json]) -> Iterator[tuple[Abuse, dict[str, str]]]:
    """Queries of which one parameter is none that the document knows as such."""
    asked = [one for one in given if one["in"] == "query"]
    base = {one["name"]: _sample(one["schema"]) for one in asked if one.get("required")}
    for one in asked:
        name, schema = one["name"], one["schema"]
        for value in ("x" * 5000, "", "%", "null", "-1", "9" * 400, "1e400", "NaN", "a\0b", "é\u202e", "' OR 1=1--"):
            if name != "cursor" and _is_taken(schema, value):
                continue
            if name == "cursor" and not value:
                continue
            names = "path" if "\0" in value else name
            yield Abuse(what=f"{name}={value[:12]!r}", content=b"", names=names), base | {name: value}
        if one.get("required"):
            left = {key: value for key, value in base.items() if key != name}
            yield Abuse(what=f"no {name}", content=b"", names=name), left


def _sample(schema: Json) -> str:
    shown = [*schema.get("examples", ()), SAMPLES.get(schema.get("format", ""), "2026-11")]
    return str(shown[0])


def _is_taken(schema: Json, value: str) -> bool:
    """Whether the document would take a text as this parameter; formats are the services' own to check."""
    if schema.get("type") == "integer":
        return value == "-1" and schema.get("minimum", -1) <= -1
    if "\0" in value:
        return False
    return bool(validator(schema).is_valid(value)) and "format" not in schema
