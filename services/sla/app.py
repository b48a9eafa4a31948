"""Sla as one value: its doors and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.sla import api, store
from services.sla.domain.labels import Group
from services.sla.handlers import subscriptions
from services.sla.jobs import jobs
from services.sla.store import Running
from shared.db import Transaction
from shared.metrics import Measure
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service, wired."""
    return Service(name="sla", routes=api.routes, subscriptions=subscriptions, jobs=jobs, measures=measure)


async def measure(tx: Transaction) -> list[Measure]:
    """What Prometheus is told: breaches, running clocks, time to due, and how late the runner is."""
    breaches = [_breaches(group, count) for group, count in (await store.count_breaches(tx)).items()]
    running = [measure for one in await store.count_running(tx) for measure in _running(tx, one)]
    return [*breaches, *running, _late(tx, await store.next_due(tx))]


def _labels(group: Group) -> tuple[tuple[str, str], ...]:
    return (
        ("tenant", group.tenant),
        ("plan", group.plan_code),
        ("priority", group.priority),
        ("metric", group.metric),
    )


def _breaches(group: Group, count: int) -> Measure:
    return Measure(
        name="sla_breaches_total",
        help="Promises broken, as announced.",
        kind="counter",
        labels=_labels(group),
        value=count,
    )


def _late(tx: Transaction, due_at: datetime | None) -> Measure:
    return Measure(
        name="sla_oldest_due_seconds",
        help="For how long the oldest warning or breach that is due has not been announced.",
        kind="gauge",
        labels=(),
        value=max(0.0, (tx.now - due_at).total_seconds()) if due_at else 0.0,
    )


def _running(tx: Transaction, one: Running) -> Iterator[Measure]:
    labels = _labels(one.group)
    yield _gauge("sla_clocks_running", "Promises that run now.", labels, one.count)
    yield _gauge("sla_clocks_warned", "Running promises of which a warning was announced.", labels, one.warned)
    yield _gauge(
        "sla_seconds_to_due",
        "Seconds until the first of the running promises is due; below zero it waits to be announced.",
        labels,
        (one.first_due_at - tx.now).total_seconds(),
    )
    for seconds, count in zip(store.WITHIN_SECONDS, one.due_within, strict=True):
        yield _gauge(
            "sla_clocks_due_within",
            "Running promises that are due within so many seconds, cumulative.",
            (*labels, ("seconds", str(seconds))),
            count,
        )


def _gauge(name: str, said: str, labels: tuple[tuple[str, str], ...], value: float) -> Measure:
    return Measure(name=name, help=said, kind="gauge", labels=labels, value=value)
