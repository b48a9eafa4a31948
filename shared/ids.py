"""The only source of ids and randomness, so that a run can be replayed from a seed."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

_random: random.Random = random.SystemRandom()


def seed(number: int) -> None:
    """Make every id and draw from here on repeatable (tests, rehearsals)."""
    global _random  # noqa: PLW0603  one source for the whole process is the point
    _random = random.Random(number)  # noqa: S311  repeatable on purpose; never in earnest


def new_id(at: datetime) -> UUID:
    """A UUID version 7: ordered by `at` (milliseconds), so that indexes grow at one end."""
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | _random.getrandbits(12) << 64
    return UUID(int=value | 0b10 << 62 | _random.getrandbits(62))


def random_fraction() -> float:
    """A number in [0, 1), for jitter."""
    return _random.random()


def random_bits(bits: int) -> int:
    """So many random bits, for traces and tokens."""
    return _random.getrandbits(bits)
