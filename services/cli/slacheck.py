"""`ponteiro slacheck`: business-time cases of any origin, run against our engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.terminal import Cannot, progress, say
from services.sla.slacheck import CaseInvalid, check_case, read_cases

DISAGREED = 1


def slacheck(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Cases in the format of sla_vectors.json.")],
) -> None:
    """Run business-time cases against the engine: which disagree, and how many agree."""
    try:
        cases = read_cases(file.read_bytes())
    except OSError as error:
        raise Cannot(f"{file} cannot be read: {error.strerror or error}") from error
    except CaseInvalid as error:
        raise Cannot(f"{file}: {error}") from error
    disagreed = 0
    with progress("checking", total=len(cases)) as bar:
        for case in cases:
            try:
                found = check_case(case)
            except CaseInvalid as error:
                raise Cannot(f"{file}: {error}") from error
            for one in found:
                say(f"{one.case_id} ({one.kind}) {one.field}: expected {one.expected}, found {one.found}")
            disagreed += bool(found)
            bar.advance(bar.task_ids[0])
    say(f"{len(cases) - disagreed} agree, {disagreed} disagree")
    if disagreed:
        raise typer.Exit(DISAGREED)
