"""What a parser says of a value, in the words of whoever sent it: which values there are, how such a thing looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final

from msgspec import inspect

STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]")
LIKE: Final = {
    "date": "a date like 2026-11-30",
    "datetime": "an instant like 2026-11-30T09:00:00-03:00",
    "time": "a time of day like 09:30:00",
    "uuid": "an id like 018f0000-0000-7000-8000-000000000001",
    "duration": "a duration like PT30M",
    "decimal": "a number like 0.33",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
PARTS: Final = {"str": "character", "array": "entry", "object": "member", "bytes": "byte"}
# What a pattern without an example takes: the first of these that it does.
SAMPLES: Final = ("2026-11", "2026-11-30", "08:00", "SP", "1234567", "abc", "abc-1", "A-1")
ANY_TEXT: Final = "é ~!"  # what takes this takes nearly everything
NEEDED: Final = "is needed"


def told(message: str, kind: Any, path: str = "", *, example: str = "") -> str:
    """What is wrong with the value at `path` of a `kind`; `example` of it, where the type has none.

    >>> told("Invalid RFC3339 encoded date", str)
    'is no date like 2026-11-30'
    >>> told("Expected `str` of length >= 1", str), told("Expected `int | null`, got `str`", int)
    ('must not be empty', 'must be a whole number, not a text')
    """
    for pattern, words in TABLE.items():
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return words(found, _Place(kind, path, example))
    return message


def not_a(name: str) -> str:
    """What is said of something that cannot be read as such."""
    return "is no " + LIKE.get(name, f"a {name}").partition(" ")[2]


class _Place:
    """A value's place in a type."""

    def __init__(self, kind: Any, path: str, example: str) -> None:
        """Look nowhere yet."""
        self._kind, self._path, self._example = kind, path, example

    def choices(self) -> list[str]:
        """The values that may stand there; none where there is no list of them."""
        return [str(value) for one in self._types() for value in _choices(one)]

    def fields(self) -> list[str]:
        """The fields that may stand there."""
        structs = [one for one in self._types() if isinstance(one, inspect.StructType)]
        return list(dict.fromkeys(field.encode_name for one in structs for field in one.fields))

    def like(self, pattern: str) -> str:
        """What such a text looks like: by its example, else by one that its pattern takes."""
        if re.search(pattern, ANY_TEXT) and not re.search(pattern, " "):
            return "is blank, or has a character that is not taken here"
        said = self._example or next((one for kind in self._types(bare=False) if (one := _example(kind))), "")
        if said:
            return f"is not like {said}"
        if re.search(pattern, ANY_TEXT):
            return "has a character that is not taken here"
        sample = next((one for one in SAMPLES if re.search(pattern, one)), None)
        return f"is not like {sample}" if sample else f"is not of the form {pattern}"

    def _types(self, *, bare: bool = True) -> list[inspect.Type]:
        try:
            found = [_info(self._kind)]
        except TypeError:  # of no JSON: nothing is known of it
            return []
        for name, index in STEP.findall(self._path):
            found = [below for one in found for plain in _plain(one) for below in _below(plain, name, index)]
        return [plain for one in found for plain in _plain(one)] if bare else found


@cache
def _info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _plain(kind: inspect.Type) -> Iterator[inspect.Type]:
    """What a type may be, without what is said about it."""
    if isinstance(kind, inspect.Metadata):
        yield from _plain(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _plain(one)
    else:
        yield kind


def _below(kind: inspect.Type, name: str, index: str) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == name)
        if kind.tag_field == name and kind.tag is not None:
            yield inspect.LiteralType((kind.tag,))
    elif isinstance(kind, inspect.DictType):
        yield kind.value_type
    elif isinstance(kind, inspect.TupleType):
        yield from kind.item_types if index == "..." else kind.item_types[int(index or 0) :][:1]
    elif isinstance(kind, inspect.CollectionType):
        yield kind.item_type


def _choices(kind: inspect.Type) -> Sequence[object]:
    if isinstance(kind, inspect.EnumType):
        return [one.value for one in kind.cls]
    return kind.values if isinstance(kind, inspect.LiteralType) else ()


def _example(kind: inspect.Type) -> str:
    """The first example that a type has."""
    if isinstance(kind, inspect.UnionType):
        return next((one for each in kind.types if (one := _example(each))), "")
    if isinstance(kind, inspect.Metadata):
        said = (kind.extra_json_schema or {}).get("examples") or [""]
        return str(said[0]) or _example(kind.type)
    return ""


def _type_words(name: str) -> str:
    return " or ".join(LIKE.get(one, one) for one in name.split(" | ") if one != "null") or LIKE["null"]


def _not_of_type(found: re.Match[str], _place: _Place) -> str:
    if found[2] == "null":
        return f"must be {_type_words(found[1])}, and is null"
    return f"must be {_type_words(found[1])}, not {_type_words(found[2]).partition(' like ')[0]}"


def _not_of_length(found: re.Match[str], _place: _Place) -> str:
    what, sign, number = found[1], found[2], int(found[3])
    if sign == ">= " and number == 1:
        return "must not be empty"
    part = PARTS.get(what, "part")
    parts = part if number == 1 else part.removesuffix("y") + ("ies" if part.endswith("y") else "s")
    return f"must have {_AT[sign]}{number} {parts}"


def _no_choice(found: re.Match[str], place: _Place) -> str:
    choices = place.choices()
    return f"{found[1]} is not one of {', '.join(choices)}" if choices else f"{found[1]} is none of its values"


def _no_field(_found: re.Match[str], place: _Place) -> str:
    fields = place.fields()
    return "there is no such field" + (f"; there are {', '.join(fields)}" if fields else "")


def _as_words(words: str) -> Callable[[re.Match[str], _Place], str]:
    return lambda _found, _place: words


_AT: Final = {">= ": "at least ", "<= ": "at most ", "": ""}
_COMPARED: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
# What msgspec says, and what is said instead. What is not here, a type's own sentence, stays as it is.
TABLE: Final[dict[str, Callable[[re.Match[str], _Place], str]]] = {
    r"Invalid RFC3339 encoded (date|datetime|time)": lambda found, _: not_a(found[1]),
    r"Expected `(?:datetime|time)(?: \| null)?` with a timezone component": _as_words(
        "needs its offset, like 2026-11-30T09:00:00-03:00"
    ),
    r"Invalid UUID": _as_words(not_a("uuid")),
    r"Invalid ISO8601 duration": _as_words(not_a("duration")),
    r"Invalid decimal string": _as_words(not_a("decimal")),
    r"Invalid base64 encoded string": _as_words("is not written as base64"),
    r"Invalid (?:enum )?value (.+)": _no_choice,
    r"Object contains unknown field `.+`": _no_field,
    r"Object missing required field `.+`": _as_words(NEEDED),
    r"Expected `str(?: \| null)?` matching regex '(.*)'": lambda found, place: place.like(found[1]),
    r"Expected `(\w+)(?: \| null)?` of (?:at least |at most )?length (>= |<= |)(\d+)(?:, got \d+)?": _not_of_length,
    r"Expected `\w+(?: \| null)?` (>=|<=|>|<) (.+)": lambda found, _: f"must be {_COMPARED[found[1]]} {found[2]}",
    r"Expected `\w+(?: \| null)?` that's a multiple of (.+)": lambda found, _: f"must be a multiple of {found[1]}",
    r"Expected `([^`]+)`, got `([^`]+)`": _not_of_type,
}
