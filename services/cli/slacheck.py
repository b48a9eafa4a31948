"""`ponteiro slacheck`: business-time cases of any origin, run against our engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from services.cli.terminal import Cannot, progress, say
from services.sla.slacheck import CaseInvalid, check_case, read_cases

DISAGREED = 1


def slacheck(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Cases in the format of sla_vectors.json.")],
) -> None:
    """Run business-time cases against the engine: which disagree, and how many agree."""
    try:
        with file.open("rb") as cases:
            agreed, disagreed = _check(cases)
    except OSError as error:
        raise Cannot(f"{file} cannot be read: {error.strerror or error}") from error
    except CaseInvalid as error:
        raise Cannot(f"{file}: {error}") from error
    say(f"{agreed} agree, {disagreed} disagree")
    if disagreed:
        raise typer.Exit(DISAGREED)


def _check(cases: BinaryIO) -> tuple[int, int]:
    """Run one case after the other as they are read; how many agree, how many do not. Raises CaseInvalid, OSError."""
    agreed = disagreed = 0
    with progress("checking", total=None) as bar:
        for case in read_cases(cases):
            found = check_case(case)
            for one in found:
                say(f"{one.case_id} ({one.kind}) {one.field}: expected {one.expected}, found {one.found}")
            agreed, disagreed = agreed + (not found), disagreed + bool(found)
            bar.advance(bar.task_ids[0])
    return agreed, disagreed
