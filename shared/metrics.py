"""The metrics of the machinery, and how a service's own figures are read from its database at each scrape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry()

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

http_request_seconds = Histogram(
    "http_request_seconds",
    "Time from the request's arrival to its answer.",
    ["service", "method", "route", "status"],
    buckets=BUCKETS_SECONDS,
    registry=registry,
)
delivery_seconds = Histogram(
    "delivery_seconds",
    "Time from telling a fact to its being handled by a listener.",
    ["listener"],
    buckets=BUCKETS_SECONDS,
    registry=registry,
)
deliveries_total = Counter(
    "deliveries_total", "Deliveries by what became of them.", ["listener", "outcome"], registry=registry
)
outbox_unsent = Gauge("outbox_unsent", "Facts that wait for the bus.", ["service"], registry=registry)
outbox_oldest_seconds = Gauge(
    "outbox_oldest_seconds", "Age of the oldest fact that waits for the bus.", ["service"], registry=registry
)
parked_facts = Gauge("parked_facts", "Facts whose stream is parked.", ["listener"], registry=registry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure read from a service's database: `labels` as (name, value) pairs of bounded variety."""

    name: str
    help: str
    kind: str
    labels: tuple[tuple[str, str], ...]
    value: float


def exposition(measures: Iterable[Measure]) -> bytes:
    """The text that Prometheus reads: the process's own metrics, then the measures."""
    return generate_latest(registry) + _render(list(measures)).encode()


def _render(measures: Sequence[Measure]) -> str:
    lines: list[str] = []
    told: set[str] = set()
    for measure in sorted(measures, key=lambda one: one.name):
        if measure.name not in told:
            told.add(measure.name)
            lines += [f"# HELP {measure.name} {measure.help}", f"# TYPE {measure.name} {measure.kind}"]
        labels = ",".join(f'{name}="{_escape(value)}"' for name, value in measure.labels)
        lines.append(f"{measure.name}{{{labels}}} {measure.value}")
    return "".join(f"{line}\n" for line in lines)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
