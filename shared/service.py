"""A service as one value: what it answers, hears and does in time. Each `services/<name>/app.py` builds one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.bus import Subscriptions
from shared.db import Transaction
from shared.jobs import Jobs
from shared.metrics import Measure

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler, WebsocketRouteHandler

Measures = Callable[[Transaction], Awaitable[list[Measure]]]


async def no_measures(tx: Transaction) -> list[Measure]:
    """For a service that has no figures of its own."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Wiring only: `routes` are HTTP in, `subscriptions` events in, `jobs` the clock; `measures` for each scrape."""

    name: str
    routes: Sequence[HTTPRouteHandler]
    subscriptions: Subscriptions
    jobs: Jobs
    measures: Measures = no_measures
    sockets: Sequence[WebsocketRouteHandler] = ()
    opened: Any = None

    @property
    def migrations(self) -> str:
        """The package that holds the history of the service's schema."""
        return f"services.{self.name}.migrations"
