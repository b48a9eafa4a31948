"""What every request of a process shares, and from where one came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.auth import Keys
from shared.clock import Clock
from shared.db import Database
from shared.live import Live
from shared.rates import Rates
from shared.sights import Streams

if TYPE_CHECKING:
    from shared.web import Hosted, Rehearsal


@dataclass(slots=True)
class Frame:
    """What every request of a process shares."""

    hosted: tuple[Hosted, ...]
    keys: Keys
    clock: Clock
    ready: Callable[[], Awaitable[list[str]]]
    rehearsal: Rehearsal | None
    live: Live
    rates: Rates | None = None
    streams: Streams = field(default_factory=Streams)
    databases: dict[str, Database] = field(init=False)

    def __post_init__(self) -> None:
        """Find databases by the name of their service."""
        self.databases = {one.service.name: one.database for one in self.hosted}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From where a request came, as it may be kept beside what it decided: the address only as this house's digest."""

    address_digest: str | None
    user_agent: str | None
