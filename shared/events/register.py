"""Every fact of every teller."""

from __future__ import annotations

from collections.abc import Iterator

from shared.events import Event, billing, hourbank, notify, sla, ticketing

_TELLERS = (ticketing, hourbank, sla, billing, notify)


def all_events() -> Iterator[type[Event]]:
    """Every kind of fact, teller by teller; leaf classes only."""
    for module in _TELLERS:
        for value in vars(module).values():
            is_class = isinstance(value, type) and issubclass(value, Event)
            if is_class and value.__module__ == module.__name__ and not value.__subclasses__():
                yield value
