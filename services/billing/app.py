"""Billing as one value: its doors and its figures."""

from __future__ import annotations

from services.billing import api, store
from services.billing.handlers import subscriptions
from services.billing.jobs import jobs
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service, wired."""
    return Service(name="billing", routes=api.routes, subscriptions=subscriptions, jobs=jobs, measures=measure)


async def measure(tx: Transaction) -> list[Measure]:
    """What Prometheus is told: invoices finalized by each provider, and adjustments that wait for an index."""
    invoices = [
        Measure(
            name="invoices_total",
            help="Invoices finalized.",
            kind="counter",
            labels=(("tenant", count.tenant),),
            value=count.invoices,
        )
        for count in await store.count_invoices(tx)
    ]
    waiting = [
        Measure(
            name="adjustments_waiting",
            help="Contracts whose adjustment is due and waits for months of its index.",
            kind="gauge",
            labels=(("tenant", one.tenant),),
            value=one.count,
        )
        for one in await store.count_without_index(tx)
    ]
    return [*invoices, *waiting]
