"""The figures that the house tells, by name and label, and how a service is asked: by Prometheus' own parser."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

SCRAPE_SECONDS = 30.0

OF_MACHINERY: Mapping[str, frozenset[str]] = {
    "http_request_seconds": frozenset({"service", "method", "route", "status"}),
    "delivery_seconds": frozenset({"listener"}),
    "deliveries_total": frozenset({"listener", "outcome"}),
    "outbox_unsent": frozenset({"service"}),
    "outbox_oldest_seconds": frozenset({"service"}),
    "parked_facts": frozenset({"listener"}),
}
OF_SERVICE: Mapping[str, Mapping[str, frozenset[str]]] = {
    "ticketing": {"tickets_open": frozenset({"tenant", "status"})},
    "hourbank": {"hours_available_minutes": frozenset({"tenant"})},
    "sla": {
        "sla_breaches_total": frozenset({"tenant", "plan", "priority", "metric"}),
        "sla_clocks_running": frozenset({"tenant", "plan", "priority", "metric"}),
        "sla_clocks_warned": frozenset({"tenant", "plan", "priority", "metric"}),
        "sla_seconds_to_due": frozenset({"tenant", "plan", "priority", "metric"}),
        "sla_clocks_due_within": frozenset({"tenant", "plan", "priority", "metric", "seconds"}),
        "sla_oldest_due_seconds": frozenset(),
    },
    "billing": {"invoices_total": frozenset({"tenant"})},
    "notify": {"messages_waiting": frozenset(), "messages_oldest_seconds": frozenset()},
}
HISTOGRAMS = {"http_request_seconds", "delivery_seconds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a service said of itself at one moment."""

    families: Sequence[Metric]

    def labels(self) -> dict[str, frozenset[str]]:
        """The names that a query may use, those of the samples, with the names of their labels."""
        return {
            sample.name: frozenset(sample.labels)
            for family in self.families
            for sample in family.samples
            if not sample.name.endswith("_created")
        }

    def values(self, label: str) -> set[str]:
        """Everything that a label says."""
        samples = (sample for family in self.families for sample in family.samples)
        return {sample.labels[label] for sample in samples if label in sample.labels}

    def total(self, name: str, **labels: str) -> float:
        """The sum of the samples of a name that have these labels; 0 where there is none."""
        return sum(
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


def samples_of(figures: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The samples of these figures, with the names of their labels: a histogram has three."""
    found = {name: labels for name, labels in figures.items() if name not in HISTOGRAMS}
    for name in figures.keys() & HISTOGRAMS:
        found |= {
            f"{name}_bucket": figures[name] | {"le"},
            f"{name}_count": figures[name],
            f"{name}_sum": figures[name],
        }
    return found


def every_sample() -> dict[str, frozenset[str]]:
    """All samples of the whole house."""
    of_services = {name: labels for figures in OF_SERVICE.values() for name, labels in figures.items()}
    return samples_of({**OF_MACHINERY, **of_services})


def figures_of(url: str) -> Figures:
    """Scrape a service, as Prometheus does. Raises ValueError where the text is not in Prometheus' format."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=SCRAPE_SECONDS) as answer:  # noqa: S310  our own
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return read_figures(answer.read().decode())


def read_figures(text: str) -> Figures:
    """Read what a service said. Raises ValueError where it is not in Prometheus' format."""
    return Figures(families=list(text_string_to_metric_families(text)))
