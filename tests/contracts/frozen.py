"""Where the frozen examples lie: one file per kind of fact, as it went over the wire when it was first told."""

from pathlib import Path

FOLDER = Path(__file__).parent / "wire"


def path_of(event_type: str) -> Path:
    """The example of one kind, e.g. `wire/ticketing/ticket_closed.json`."""
    teller, _, name = event_type.partition(".")
    return FOLDER / teller / f"{name}.json"


def names() -> set[str]:
    """Every kind that was ever frozen."""
    return {f"{path.parent.name}.{path.stem}" for path in FOLDER.glob("*/*.json")}
