"""One example of each fact, the same in every process: for the documents, and frozen by tests/contracts/."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from shared.events import Event, type_of
from shared.events.envelope import Envelope, seal

INSTANT: Final = datetime(2026, 11, 16, 13, 30, tzinfo=UTC)
DAY: Final = date(2026, 11, 16)
IDS: Final = UUID("018f3b1e-0000-7000-8000-000000000000")
TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

# What stands in a field of this name; a field that is not named here shows its own name, or 1.
NUMBERS: Final = {
    "number": 1042,
    "ticket_number": 1042,
    "seconds": 5400,
    "minutes": 90,
    "minutes_over": 30,
    "hour_price_cents": 23000,
    "overage_cents": 11500,
    "cents": 11500,
    "total_cents": 122900,
}
WORDS: Final = {
    "plan_code": "START",
    "billing_month": "2026-11",
    "period": "2026-11",
    "timezone": "America/Sao_Paulo",
    "locale": "pt-BR",
    "currency": "BRL",
    "priority": "high",
    "channel": "email",
    "kind": "initial",
    "author_role": "staff",
}

ThingT = TypeVar("ThingT")


def example_of(kind: type[ThingT]) -> ThingT:
    """The example of a fact, or of a value in one."""
    assert is_dataclass(kind), "facts are dataclasses"
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(field.name, hints[field.name]) for field in fields(kind)})


def envelope_of(kind: type[Event]) -> Envelope:
    """The example of a fact as it goes over the wire, the first one of its stream."""
    return seal(
        example_of(kind),
        id=uuid5(IDS, type_of(kind)),
        tenant="blocktime",
        sequence=1,
        time=INSTANT,
        traceparent=TRACE,
        causationid=str(uuid5(IDS, "cause")),
    )


def _value(name: str, hint: Any) -> object:
    if get_origin(hint) in (Union, UnionType):
        return _value(name, next(one for one in get_args(hint) if one is not type(None)))
    if get_origin(hint) is tuple:
        return (_value(name, get_args(hint)[0]),)
    plain: dict[Any, object] = {
        UUID: uuid5(IDS, name),
        datetime: INSTANT,
        date: DAY,
        bool: False,
        int: NUMBERS.get(name, 1),
        str: WORDS.get(name, name),
    }
    return plain[hint] if hint in plain else example_of(hint)
