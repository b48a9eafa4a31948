"""Pages of the queue: where a reader stopped, as an opaque cursor, and where the next page goes on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.sla.domain import Clock
from shared.errors import Invalid


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in the queue: due instant, rank of the plan, and the clock itself where both are equal (N8)."""

    queue_at: datetime
    queue_rank: int
    id: UUID

    def cursor(self) -> str:
        """The place as a reader hands it back."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A clock in its place."""

    clock: Clock
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Clocks in the order of the queue; `next_cursor` None: there are no more."""

    items: list[Queued]
    next_cursor: str | None


def place_of(cursor: str) -> Place:
    """The place that a cursor stands for. Raises Invalid when this list never gave it."""
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Place)
    except (binascii.Error, ValueError):
        raise Invalid("this cursor is none of this list", field="cursor") from None
    if place.queue_at.tzinfo is None:
        raise Invalid("this cursor is none of this list", field="cursor")
    return place
