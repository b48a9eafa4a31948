"""The figures of a running service, read from its /metrics with Prometheus' own parser."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

SCRAPE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a service said of itself at one moment."""

    families: Sequence[Metric]

    def names(self) -> set[str]:
        """The names that a query may use: those of the samples."""
        return {sample.name for family in self.families for sample in family.samples}

    def labels(self, name: str) -> list[Mapping[str, str]]:
        """The labels of each sample of a name."""
        return [sample.labels for family in self.families for sample in family.samples if sample.name == name]

    def total(self, name: str, **labels: str) -> float:
        """The sum of the samples of a name that have these labels; 0 where there is none."""
        return sum(
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


def figures_of(url: str) -> Figures:
    """Scrape a service, as Prometheus does. Raises ValueError where the text is not in Prometheus' format."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=SCRAPE_SECONDS) as answer:  # noqa: S310  our own
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return Figures(families=list(text_string_to_metric_families(answer.read().decode())))
