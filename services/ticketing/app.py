"""Ticketing as one value: routes, subscriptions, jobs and figures, wired."""

from __future__ import annotations

from services.ticketing import api, store
from services.ticketing.handlers import subscriptions
from services.ticketing.jobs import jobs
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service; it has no settings of its own yet."""
    return Service(name="ticketing", routes=api.routes, subscriptions=subscriptions, jobs=jobs, measures=measure)


async def measure(tx: Transaction) -> list[Measure]:
    """How many tickets are open, by provider and status."""
    return [
        Measure(
            name="tickets_open",
            help="Tickets that are neither closed nor cancelled.",
            kind="gauge",
            labels=(("tenant", one.tenant), ("status", one.status)),
            value=one.tickets,
        )
        for one in await store.count_open(tx)
    ]
