"""Ids are UUIDs version 7, in the order in which they were made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from shared import ids

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def _not_repeatable_afterwards() -> Iterator[None]:
    before = ids._random
    yield
    ids._random = before


def test_ids_of_one_millisecond_are_in_the_order_in_which_they_were_made() -> None:
    made = [ids.new_id(NOON) for _ in range(500)] + ids.new_ids(NOON, 500)

    assert made == sorted(set(made))
    assert len(made) == 1000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_an_id_of_a_later_millisecond_sorts_behind_all_of_the_earlier() -> None:
    earlier = ids.new_ids(NOON, 1000)

    assert earlier[-1] < ids.new_id(NOON + MILLISECOND)
    assert ids.new_id(NOON - MILLISECOND) < earlier[0]


def test_nobody_guesses_the_next_id() -> None:
    steps = {later.int - one.int for one, later in pairwise(ids.new_ids(NOON, 1000))}

    assert len(steps) > 990


def test_a_seed_repeats_the_same_ids() -> None:
    ids.seed(7)
    first = ids.new_ids(NOON, 3)
    ids.seed(7)

    assert [ids.new_id(NOON) for _ in range(3)] == first
