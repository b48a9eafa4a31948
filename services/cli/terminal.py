"""How the command line speaks: results to standard output, one sentence of trouble to standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared.errors import Refused

TABLE_MOST_CHARACTERS = 1000

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Cannot(Refused):
    """The command cannot do what was asked: the sentence says why, and what to do."""


def say(text: str) -> None:
    """A line on standard output, as it is: long ones are not folded, so that they can be piped."""
    out.print(text, soft_wrap=True, markup=False)


def trouble(sentence: str) -> None:
    """A line on standard error."""
    err.print(f"ponteiro: {sentence}", soft_wrap=True, markup=False)


def show(table: Table) -> None:
    """A table on standard output, as wide as it is: ids are there to be copied, and are never folded."""
    for column in table.columns:
        column.no_wrap = True
    wide = out.measure(table, options=out.options.update(max_width=TABLE_MOST_CHARACTERS)).maximum
    Console(file=out.file, width=max(wide, out.width), highlight=False).print(table)


@contextmanager
def progress(what: str, *, total: int | None) -> Iterator[Progress]:
    """A bar on a terminal that disappears when the work is done; `advance(task_ids[0])` moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        bar.add_task(what, total=total)
        yield bar


def read_instant(text: str) -> datetime:
    """An instant with its offset, as a person types it."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no instant like 2026-11-10T10:00-03:00") from None
    if _is_date(text):
        raise typer.BadParameter(f"a date needs a time: {instant:%Y-%m-%d}T09:00-03:00")
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} lacks its offset, e.g. {text}-03:00 or {text}Z")
    return instant


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
