"""One figure, and how all of them are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

WHOLE_FROM = 100  # smaller values are shown with three digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value; `ratio` = value / baseline where there is a baseline; `goal` as the issue states it."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    goal: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its baseline."""
        return self.value / self.baseline if self.baseline else None


def keep(figures: Sequence[Figure], path: Path, *, beside: bool = False) -> None:
    """Write them as a list of {name, value, unit, baseline, ratio, ...}; `beside` those of other names in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
    if beside and path.exists():
        new = {row["name"] for row in rows}
        rows = [row for row in json.loads(path.read_text()) if row["name"] not in new] + rows
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def show(figures: Sequence[Figure]) -> None:
    """Print them as a table."""
    table = Table(title="make bench")
    for column in ("figure", "value", "unit", "baseline", "ratio", "goal"):
        table.add_column(column, justify="right" if column in ("value", "baseline", "ratio") else "left")
    for figure in figures:
        baseline = f"{figure.baseline:,.0f} {figure.baseline_name}" if figure.baseline else ""
        ratio = f"{figure.ratio:.3f}" if figure.ratio else ""
        value = f"{figure.value:,.3g}" if figure.value < WHOLE_FROM else f"{figure.value:,.0f}"
        table.add_row(figure.name, value, figure.unit, baseline, ratio, figure.goal)
    console = Console(width=150)
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name}: {figure.note}", soft_wrap=True)
