"""The only source of ids and randomness, so that a run can be replayed from a seed."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

_random: random.Random = random.SystemRandom()
_LOW_BITS = (1 << 62) - 1
# The millisecond of the newest id, and the 74 bits that followed it.
_newest: tuple[int, int] = (-1, 0)


def seed(number: int) -> None:
    """Make every id and draw from here on repeatable (tests, rehearsals)."""
    global _random, _newest  # noqa: PLW0603  one source for the whole process is the point
    _random = random.Random(number)  # noqa: S311  repeatable on purpose; never in earnest
    _newest = (-1, 0)


def new_id(at: datetime) -> UUID:
    """A UUID version 7: ordered by `at` (milliseconds), so that indexes grow at one end.

    Ids that one process makes in a row at the same millisecond are in the order in which they were made (RFC 9562, 6.2,
    method 2), so that a list by (instant, id) tells what came first even where the virtual clock stands still.
    """
    return new_ids(at, 1)[0]


def new_ids(at: datetime, count: int) -> list[UUID]:
    """So many ids of one instant, in order, as `new_id` makes them, for less: thousands are told in one transaction."""
    global _newest  # noqa: PLW0603  what came last is a matter of the whole process
    milliseconds = int(at.timestamp() * 1000)
    # A first draw leaves the highest of the 74 bits free and a step is at most 2^32: two million million ids have room.
    tail = _newest[1] if milliseconds == _newest[0] else _random.getrandbits(73)
    fixed = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    made = []
    for _ in range(count):
        tail += 1 + _random.getrandbits(32)
        made.append(UUID(int=fixed | (tail >> 62) << 64 | tail & _LOW_BITS))
    _newest = (milliseconds, tail)
    return made


def random_fraction() -> float:
    """A number in [0, 1), for jitter."""
    return _random.random()


def random_bits(bits: int) -> int:
    """So many random bits, for traces and tokens."""
    return _random.getrandbits(bits)
