"""A whole input without its secrets: every text in it is looked at, wherever it stands (B35, 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from services.ticketing.domain import secrets
from services.ticketing.domain.refusals import SecretRefused
from services.ticketing.offer import Section

RENDERED = "html"  # a rendering of the text beside it: dropped where that text held a secret

WordsT = TypeVar("WordsT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where in the input a secret stood, and by which sign it was known; never the secret."""

    place: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened(Generic[WordsT]):
    """An input as it may be kept; `advice` tells the sender how to share what was found in it."""

    data: WordsT
    findings: tuple[Finding, ...] = ()
    advice: str | None = None
    policy: str = "redact"


def screen(data: WordsT) -> Screened[WordsT]:
    """The input with each secret replaced, and where they stood."""
    findings: list[Finding] = []
    cleaned = _struct(data, "", findings)
    if findings and RENDERED in data.__struct_fields__:
        cleaned = msgspec.structs.replace(cleaned, **{RENDERED: None})
    return Screened(data=cleaned, findings=tuple(findings))


def decided(given: WordsT, found: Screened[WordsT], *, offer: Section) -> Screened[WordsT]:
    """What the provider wants done with what was found: replaced, refused, or kept with a warning.

    Raises SecretRefused.
    """
    advice = offer.say(offer.secrets.advice)
    if offer.secrets.policy == "reject":
        raise SecretRefused(advice, field=found.findings[0].place)
    data = given if offer.secrets.policy == "warn" else found.data
    return Screened(data=data, findings=found.findings, advice=advice, policy=offer.secrets.policy)


def _struct(data: WordsT, place: str, findings: list[Finding]) -> WordsT:
    changed = {name: _value(getattr(data, name), f"{place}{name}", findings) for name in data.__struct_fields__}
    return msgspec.structs.replace(data, **changed)


def _value(value: Any, place: str, findings: list[Finding]) -> Any:
    match value:
        case str():
            cleaned = secrets.clean(value)
            findings += [Finding(place=place, kind=kind) for kind in cleaned.kinds]
            return cleaned.text
        case msgspec.Struct():
            return _struct(value, f"{place}.", findings)
        case Mapping():
            return {key: _value(one, f"{place}.{key}", findings) for key, one in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return type(value)(_several(value, place, findings))  # type: ignore[call-arg]  # a list or a tuple
        case _:
            return value


def _several(values: Sequence[Any], place: str, findings: list[Finding]) -> Iterator[Any]:
    return (_value(one, f"{place}.{index}", findings) for index, one in enumerate(values))
