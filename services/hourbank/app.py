"""The hour bank as one value: its routes, what it hears, its jobs, its figures."""

from __future__ import annotations

from services.hourbank import store
from services.hourbank.api import routes
from services.hourbank.handlers import subscriptions
from services.hourbank.jobs import jobs
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(_settings: Settings) -> Service:
    """Wire the service; it needs no settings of its own."""
    return Service(name="hourbank", routes=routes, subscriptions=subscriptions, jobs=jobs, measures=measures)


async def measures(tx: Transaction) -> list[Measure]:
    """The figures of each scrape: available minutes, by provider."""
    return [
        Measure(
            name="hours_available_minutes",
            help="Minutes that customers have bought and may still have held, by provider.",
            kind="gauge",
            labels=(("tenant", one.tenant),),
            value=one.minutes,
        )
        for one in await store.available_by_tenant(tx)
    ]
