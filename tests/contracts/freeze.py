"""Writes the frozen example of each fact that has none yet: `python -m tests.contracts.freeze`. It changes none."""

import msgspec

from shared.events import Event, type_of
from shared.events.examples import envelope_of
from shared.events.register import all_events
from tests.contracts.frozen import path_of


def freeze(kind: type[Event]) -> bool:
    """Write the example of one kind of fact, unless it is written; whether it was."""
    path = path_of(type_of(kind))
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(envelope_of(kind).encode(), indent=2) + b"\n")
    return True


if __name__ == "__main__":
    for one in all_events():
        if freeze(one):
            print(f"{type_of(one)} is frozen")
