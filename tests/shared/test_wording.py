"""What the parser says of a value is told in the words of whoever sent it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta, Struct

from shared.body import AT
from shared.wording import told


class State(StrEnum):
    """How far it is."""

    SENT = "sent"
    PAID = "paid"


class Round(Struct, tag="round"):
    """A form."""


class Square(Struct, tag="square"):
    """Another."""


class Part(Struct, forbid_unknown_fields=True):
    """Something inside."""

    word: str
    size: Annotated[int, Meta(ge=1, le=9)] = 1


class Whole(Struct, forbid_unknown_fields=True):
    """One of each."""

    day: date | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    who: UUID | None = None
    state: State | None = None
    colour: Literal["red", "blue"] = "red"
    month: Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)")] | None = None
    region: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", examples=["RJ"])] | None = None
    line: Annotated[str, Meta(pattern=r"^[^\x00-\x1f]+$")] = "a"
    name: Annotated[str, Meta(min_length=1, max_length=5)] = "a"
    parts: Annotated[list[Part], Meta(max_length=2)] = []
    by_name: dict[str, Part] = {}
    form: Round | Square | None = None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"day": "2026-11-31"}, "is no date like 2026-11-30"),
        ({"at": "yesterday"}, "is no instant like 2026-11-30T09:00:00-03:00"),
        ({"at": "2026-11-30T09:00:00"}, "needs its offset, like 2026-11-30T09:00:00-03:00"),
        ({"who": "ana"}, "is no id like 018f0000-0000-7000-8000-000000000001"),
        ({"who": 1}, "must be an id like 018f0000-0000-7000-8000-000000000001, not a whole number"),
        ({"state": "payed"}, "'payed' is not one of sent, paid"),
        ({"colour": "green"}, "'green' is not one of blue, red"),
        ({"month": "November"}, "is not like 2026-11"),
        ({"region": "Rio"}, "is not like RJ"),
        ({"line": "a\nb"}, "has a character that is not taken here"),
        ({"name": ""}, "must not be empty"),
        ({"name": "a" * 6}, "must have at most 5 characters"),
        ({"name": None}, "must be a text, and is null"),
        ({"parts": [{"word": "a"}] * 3}, "must have at most 2 entries"),
        ({"parts": [{}]}, "is needed"),
        ({"parts": [{"word": "a", "size": 0}]}, "must be at least 1"),
        ({"parts": [{"word": "a", "size": 10}]}, "must be at most 9"),
        ({"parts": [{"word": "a", "size": "1"}]}, "must be a whole number, not a text"),
        ({"parts": [{"word": "a", "wordy": 1}]}, "there is no such field; there are word, size"),
        ({"by_name": {"a": {"word": "a", "wordy": 1}}}, "there is no such field; there are word, size"),
        ({"parts": {}}, "must be a list, not an object"),
        ({"form": {"type": "oval"}}, "'oval' is not one of round, square"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(given: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(given), type=Whole)

    found = AT.match(str(caught.value))
    assert found is not None
    assert told(found["said"], Whole, found["path"] or "") == said


def test_a_sentence_of_the_type_s_own_stays_as_it_is() -> None:
    assert told("say text or html, one of them", Whole) == "say text or html, one of them"
