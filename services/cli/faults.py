"""All that keeps a plain document from being read as a type: every place with what is wrong there."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

Place = tuple[str | int, ...]
"""Where something stands: ("billing", "plans", 0, "price_cents")."""

_NAMED = re.compile(r"([a-z_]+): ")


def faults_in(value: Any, kind: Any, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every place at which a value breaks a type, with msgspec's words or the type's own.

    What a type says of several fields together (`__post_init__`) is asked once each of them can be read.

    >>> list(faults_in({"1": "a", "2": [], "3": 3}, dict[str, int]))
    [(('1',), 'Expected `int`, got `str`'), (('2',), 'Expected `int`, got `array`')]
    """
    try:
        msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError as error:
        bare = _bare(kind)
        below = [*_misnamed(value, bare, at)]
        for step, part, part_kind in _parts(value, bare):
            below += faults_in(part, part_kind, (*at, step))
        yield from below or _said(error, value, at)


def _said(error: msgspec.ValidationError, value: Any, at: Place) -> Iterator[tuple[Place, str]]:
    """What is said of a value itself; a type's own words may begin with the field that they are about."""
    message, _, _ = str(error).partition(" - at ")
    for said in (message, *getattr(error.__cause__, "__notes__", ())):
        named = _NAMED.match(said)
        if named and isinstance(value, dict) and named[1] in value:
            yield (*at, named[1]), said[named.end() :]
        else:
            yield at, said


def _misnamed(value: Any, kind: Any, at: Place) -> Iterator[tuple[Place, str]]:
    """Fields that are missing, and those that nobody knows where these are refused; keys that are none."""
    fields = _fields(kind)
    if not isinstance(value, dict):
        return
    if fields is None:
        keys = value if _is_mapping(kind) else ()
        yield from (((*at, key), said) for key in keys for _, said in faults_in(key, get_args(kind)[0]))
        return
    needed = [name for name, (_, is_needed) in fields.items() if is_needed]
    yield from ((at, f"Object missing required field `{name}`") for name in needed if name not in value)
    if issubclass(kind, msgspec.Struct) and kind.__struct_config__.forbid_unknown_fields:
        unknown = [name for name in value if name not in fields]
        yield from (((*at, name), f"Object contains unknown field `{name}`") for name in unknown)


def _parts(value: Any, kind: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """What a value is made of: where each part stands, the part, and what it is read as."""
    fields, inner = _fields(kind), get_args(kind)
    if isinstance(value, dict) and fields is not None:
        yield from ((name, value[name], part) for name, (part, _) in fields.items() if name in value)
    elif isinstance(value, dict) and _is_mapping(kind):
        yield from ((key, part, inner[1]) for key, part in value.items())
    elif isinstance(value, list) and get_origin(kind) in (list, tuple, Sequence):
        is_fixed = get_origin(kind) is tuple and inner[-1] is not ...
        kinds = inner if is_fixed else [inner[0]] * len(value)
        yield from ((number, part, one) for number, (part, one) in enumerate(zip(value, kinds, strict=False)))


def _bare(kind: Any) -> Any:
    """A type without its constraints; of `X | None` the X."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        others = [one for one in get_args(kind) if one is not NoneType]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping)


def _fields(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """The fields of a struct or a dataclass as documents name them: what each is read as, and whether it must be."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {one.encode_name: (one.type, one.required) for one in msgspec.structs.fields(kind)}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        return {one.name: (hints[one.name], _is_needed(one)) for one in dataclasses.fields(kind)}
    return None


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
