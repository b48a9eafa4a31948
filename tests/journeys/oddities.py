"""What a schema takes and nobody expects, made of the OpenAPI document: bodies with one odd value each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.journeys.hostile import is_text, plain, spelled, with_value
from tests.journeys.test_openapi import validator

Json = dict[str, Any]
Path = tuple[str | int, ...]

# What a spreadsheet, a browser, a database, a template, a shell or a header obeys; what a terminal does; what hides.
TEXTS: Final[Mapping[str, str]] = {
    "obeyed": "=cmd|'/C calc'!A0 <script>alert(1)</script> '; DROP TABLE x;-- {0} {name} {{7*7}} ${HOME} %s %n \\",
    "control": "a\x01\x07\x08\x1b[31m\x7f\x9b b\r\nBcc: x@y.example\x0b\x0c\x85\u2028\u2029c",
    "hidden": "\u202egpj.\u202c\u2066\u200b\ufeff\u00ad\U000e0041\ufffe\uffff e\u0301\u0301 \U0001f469\u200d\U0001f467",
    "blank": " \t\u00a0\u3000",
}
# Of what has a pattern: what means something to one program or another.
WORDS: Final = ("../../etc/passwd", "=1+1", "null", "a@b.example")
LETTERS: Final = ("\U0001f600", "\u00e7", "9", "a")  # of the longest text: the widest that is taken
NUMBERS: Final = (-(2**63), 0, 2**31, 2**63, 1e308)
DATES: Final = ("0001-01-01", "9999-12-31")
INSTANTS: Final = (
    "0001-01-01T00:00:00+14:00",
    "2026-11-24T15:00:00",
    "2026-12-31T23:59:60Z",
    "9999-12-31T23:59:59-14:00",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One body with one odd value; `where` is the field that holds it."""

    what: str
    where: str
    content: bytes


def oddities(schema: Json, base: Any) -> Iterator[Oddity]:
    """Bodies that a schema takes; `base` is one that is taken, and only what stands in it is gone into."""
    for path, own in _fields(schema, base):
        where = spelled(path)
        for value in _values(own):
            yield Oddity(what=f"{where} = {str(value)[:16]!a}", where=where, content=with_value(base, path, value))


def _fields(schema: Json, value: Any, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    own = plain(schema)
    if path:
        yield path, own
    if isinstance(value, dict):
        for name, inner in own.get("properties", {}).items():
            yield from _fields(inner, value.get(name), (*path, name))
    elif isinstance(value, list) and value:
        yield from _fields(own.get("prefixItems", [own.get("items")])[0] or {}, value[0], (*path, 0))


def _values(own: Json) -> Iterator[Any]:
    """The odd values that a field takes. Formats are the services' own to check: of them all are tried."""
    check = validator(own)
    if not is_text(own):
        yield from (one for one in NUMBERS if check.is_valid(one))
        return
    told = [own, *own.get("anyOf", ())]
    forms = {"date": DATES, "date-time": INSTANTS}
    formats = [one["format"] for one in told if "format" in one]
    if formats:
        yield from (one for name in formats for one in forms.get(name, ()))
        return
    most = max(one.get("maxLength", 0) for one in told)
    texts = [one for one in TEXTS.values() if check.is_valid(one)]
    yield from texts or [one for one in WORDS if check.is_valid(one)][:2]
    yield from [one for letter in LETTERS if check.is_valid(one := letter * most)][:1] if most else ()
