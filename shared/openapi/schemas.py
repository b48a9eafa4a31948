"""The schemas of the document, as msgspec says them: what it says of a type is what it accepts and writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect

Json = dict[str, Any]

PREFIX = "#/components/schemas/"
INNER = ("type", "item_type", "key_type", "value_type")  # where a type of msgspec.inspect keeps another
SAMPLES = {
    "uuid": "01999999-9999-7999-8999-999999999999",
    "date": "2026-12-01",
    "date-time": "2026-12-01T09:00:00-03:00",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """The components by name, and the schema of each type that was asked for."""

    components: dict[str, Json]
    _of: Mapping[int, Json]

    def of(self, kind: Any) -> Json:
        """The schema of a type."""
        return self._of[id(kind)]

    def example_of(self, schema: Json) -> Any:
        """A value made of the examples in a schema: what is required, and what shows an example of its own."""
        if "$ref" in schema:
            return self.example_of(self.components[schema["$ref"].removeprefix(PREFIX)])
        if _own_example(schema) is not None:
            return _own_example(schema)
        if "properties" in schema:
            needed = schema.get("required", [])
            shown = {name: one for name, one in schema["properties"].items() if name in needed or _own_example(one)}
            return {name: self.example_of(one) for name, one in shown.items()}
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema:
            return self.example_of(schema["anyOf"][0])
        return SAMPLES.get(schema.get("format", ""), "Capitu")


def schemas_of(*, bodies: Sequence[Any], answers: Sequence[Any]) -> Schemas:
    """The schemas of what is taken and of what is answered; an answer always has all of its members."""
    kinds = [*bodies, *answers]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=PREFIX + "{name}")
    classes = {one.cls: one for one in _named(inspect.multi_type_info(kinds))}
    names = _names(classes)
    full = {_msgspec_name(cls, components): cls for cls in classes}
    taken = {one.cls for one in _named(inspect.multi_type_info(bodies))}
    renamed = {old: names[cls] for old, cls in full.items()}
    told: dict[str, Json] = {}
    for old, schema in components.items():
        one = _renamed(schema, renamed)
        one["title"] = renamed[old]
        for field in getattr(classes[full[old]], "fields", ()):
            _say(one["properties"][field.encode_name], field.type)
        if "enum" in one:
            one["type"] = "string"
        one["description"] = cleandoc(one.get("description", ""))
        if full[old] not in taken:
            _say_always(one, classes[full[old]])
        told[renamed[old]] = one
    of = {id(kind): _renamed(schema, renamed) for kind, schema in zip(kinds, schemas, strict=True)}
    return Schemas(components=dict(sorted(told.items())), _of=of)


def _named(types: Iterable[inspect.Type]) -> Iterator[Any]:
    """Every class below some types, once: structs and enums."""
    seen: set[type] = set()
    waiting = list(types)
    while waiting:
        one: Any = waiting.pop()
        waiting += [getattr(one, name) for name in INNER if hasattr(one, name)]
        waiting += [*getattr(one, "types", ()), *getattr(one, "item_types", ())]
        if isinstance(one, inspect.StructType | inspect.DataclassType | inspect.EnumType) and one.cls not in seen:
            seen.add(one.cls)
            yield one
            waiting += [field.type for field in getattr(one, "fields", ())]


def _names(classes: Iterable[type]) -> dict[type, str]:
    """Each class's own name; where two services say the same, the service's name before it."""
    listed = list(classes)
    counted = Counter(cls.__name__ for cls in listed)
    return {cls: cls.__name__ if counted[cls.__name__] == 1 else _of_service(cls) for cls in listed}


def _of_service(cls: type) -> str:
    service = cls.__module__.split(".")[1]
    own = "Offer" if cls.__name__ == "Section" else cls.__name__
    room = "Offer" if own == "Template" and ".offer" in cls.__module__ else ""
    return f"{service.capitalize()}{room}{own}"


def _msgspec_name(cls: type, components: Mapping[str, Json]) -> str:
    full = f"{cls.__module__}.{cls.__qualname__}"
    return full if full in components else cls.__name__


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_renamed(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _renamed(value, names) for key, value in schema.items()}
    if isinstance(told.get("$ref"), str):
        told["$ref"] = PREFIX + names[told["$ref"].removeprefix(PREFIX)]
    return told


def _say(schema: Json, kind: Any) -> None:
    """What msgspec knows of a member and leaves out: every instant has an offset, a fact is an object."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    options = [schema, *schema.get("anyOf", ())]
    if any(isinstance(one, inspect.DateTimeType) for one in getattr(kind, "types", (kind,))):
        for one in options:
            one.update({"format": "date-time"} if one.get("type") == "string" else {})
    if schema.get("items") == {}:
        schema["items"] = {"type": "object"}
    for one in options[1:]:  # words of a member are looked for at the member, not at one of its options
        schema.update({word: one.pop(word) for word in ("description", "examples") if word in one})


def _say_always(schema: Json, info: Any) -> None:
    """What is written has every member, whatever has a default; unless its class leaves defaults out."""
    if isinstance(info, inspect.StructType) and not info.cls.__struct_config__.omit_defaults:
        schema["required"] = [field.encode_name for field in info.fields]


def _own_example(schema: Json) -> Any:
    for one in (schema, *schema.get("anyOf", ())):
        if one.get("examples"):
            return one["examples"][0]
    return None
