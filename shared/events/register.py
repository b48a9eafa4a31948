"""Every fact of every teller."""

from __future__ import annotations

from collections.abc import Iterator

from shared.events import Event, billing, hourbank, notify, sla, teller_of, ticketing

_TELLERS = (ticketing, hourbank, sla, billing, notify)


def all_events() -> Iterator[type[Event]]:
    """Every kind of fact, teller by teller; leaf classes only."""
    for module in _TELLERS:
        for value in vars(module).values():
            is_fact = isinstance(value, type) and issubclass(value, Event) and not value.__subclasses__()
            if is_fact and f"{Event.__module__}.{teller_of(value)}" == module.__name__:
                yield value
