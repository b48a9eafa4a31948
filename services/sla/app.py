"""Sla as one value: its doors and its figures."""

from __future__ import annotations

from collections.abc import Iterator

from services.sla import api, store
from services.sla.handlers import subscriptions
from services.sla.jobs import jobs
from services.sla.store import Breaches, Running
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service, wired."""
    return Service(name="sla", routes=api.routes, subscriptions=subscriptions, jobs=jobs, measures=measure)


async def measure(tx: Transaction) -> list[Measure]:
    """What Prometheus is told: breaches, running clocks, time to due; labels come from the offers, so they are few."""
    breaches = [_breaches(one) for one in await store.count_breaches(tx)]
    running = [measure for one in await store.count_running(tx) for measure in _running(tx, one)]
    return breaches + running


def _breaches(one: Breaches) -> Measure:
    return Measure(
        name="sla_breaches_total",
        help="Promises broken, as announced.",
        kind="counter",
        labels=(
            ("tenant", one.tenant),
            ("plan", one.plan_code),
            ("priority", one.priority or "none"),
            ("metric", one.metric),
        ),
        value=one.count,
    )


def _running(tx: Transaction, one: Running) -> Iterator[Measure]:
    labels = (("tenant", one.tenant), ("metric", one.metric))
    yield Measure(
        name="sla_clocks_running",
        help="Promises that run now.",
        kind="gauge",
        labels=labels,
        value=one.count,
    )
    yield Measure(
        name="sla_seconds_to_due",
        help="Seconds until the first of the running promises is due; below zero it waits to be announced.",
        kind="gauge",
        labels=labels,
        value=(one.first_due_at - tx.now).total_seconds(),
    )
    for seconds, count in zip(store.WITHIN_SECONDS, one.due_within, strict=True):
        yield Measure(
            name="sla_clocks_due_within",
            help="Running promises that are due within so many seconds, cumulative.",
            kind="gauge",
            labels=(*labels, ("seconds", str(seconds))),
            value=count,
        )
