"""What lies in `shared` beside the repository: stories, business-time cases, a help desk's log, the design."""

from pathlib import Path
from typing import Final

import pytest

BESIDE: Final = Path(__file__).parents[1].parent / "shared"


def beside(path: str) -> Path:
    """A file beside the repository, as in `data/scenarios.json`.

    Where it is absent, the test that asks for it is reported as not run, by name; `.ci/run` takes that for a failure.
    """
    if not (BESIDE / path).exists():
        pytest.skip(f"{path} is not beside the repository")
    return BESIDE / path
