"""Places in the queue of clocks: where a reader stopped, and where the next page goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from services.sla.domain import Clock
from shared.pages import Number


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in the queue: due instant, rank of the plan, and the clock itself where both are equal (N8)."""

    queue_at: Annotated[datetime, msgspec.Meta(tz=True)]
    queue_rank: Number
    id: UUID

    def __post_init__(self) -> None:
        """Raises ValueError for an instant that has no place in UTC."""
        try:
            self.queue_at.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("no such instant") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A clock in its place."""

    clock: Clock
    place: Place
