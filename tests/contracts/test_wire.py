"""Every fact that was ever told can still be read, with every field that it ever had; and each has its example."""

from typing import Any

import msgspec
import pytest

from shared.events import type_of
from shared.events.envelope import events_by_type, read
from shared.events.examples import envelope_of
from shared.events.register import all_events
from tests.contracts.frozen import names, path_of

TYPES = sorted(type_of(kind) for kind in all_events())


def missing_from(now: Any, then: Any, path: str = "") -> list[str]:
    """What stood in an old document and does not, or not so, in a new one; what is new is nobody's loss."""
    if isinstance(then, dict) and isinstance(now, dict):
        gone = [f"{path}.{name}" for name in then if name not in now]
        kept = [name for name in then if name in now]
        return gone + [loss for name in kept for loss in missing_from(now[name], then[name], f"{path}.{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [loss for new, old in zip(now, then, strict=True) for loss in missing_from(new, old, f"{path}[]")]
    return [] if now == then else [f"{path}: {then!r} became {now!r}"]


def test_every_fact_has_a_frozen_example_and_none_has_gone() -> None:
    # A new fact is frozen by `python -m tests.contracts.freeze`.
    assert names() == set(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_what_was_frozen_is_read_and_loses_nothing(name: str) -> None:
    frozen = path_of(name).read_bytes()

    envelope = read(frozen)
    told = msgspec.json.decode(msgspec.json.encode(envelope.event()))

    assert missing_from(told, msgspec.json.decode(envelope.data)) == []
    assert missing_from(msgspec.json.decode(envelope.encode()), msgspec.json.decode(frozen)) == []


@pytest.mark.parametrize("name", TYPES)
def test_a_reader_of_yesterday_understands_what_is_told_today(name: str) -> None:
    today = msgspec.json.decode(envelope_of(events_by_type()[name]).encode())
    frozen = msgspec.json.decode(path_of(name).read_bytes())

    # Every field that yesterday's reader asks for is there; what it finds besides it ignores.
    assert set(frozen) <= set(today)
    assert set(frozen["data"]) <= set(today["data"])


@pytest.mark.parametrize("name", TYPES)
def test_a_field_that_nobody_knows_yet_harms_nobody(name: str) -> None:
    document = msgspec.json.decode(path_of(name).read_bytes())
    document["from_tomorrow"] = 1
    document["data"]["from_tomorrow"] = {"deep": [1, 2]}

    envelope = read(msgspec.json.encode(document))

    assert envelope.event() == read(path_of(name).read_bytes()).event()
