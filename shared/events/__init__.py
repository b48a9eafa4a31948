"""The contracts: what one service tells the others, as frozen values that may only grow.

`shared/events/<who tells>.py`, or the folder of that name, holds the facts of one teller; the import line is the
architecture diagram. A fact is named in the past tense and carries ids and facts only, no personal data. On the wire it
is a CloudEvents 1.0 envelope (`envelope.py`); its type is `<teller>.<class name in snake case>`, e.g.
`ticketing.ticket_closed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

_TELLER_PART = 2  # of shared.events.<teller>[.<module>]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened. Subclasses live in the module of the service that tells them."""

    @property
    def stream(self) -> UUID:
        """The aggregate that the fact is about (ticket, contract, invoice, message): facts of a stream are ordered."""
        raise AssertionError(f"{type(self).__name__} names no stream")


def teller_of(event: type[Event]) -> str:
    """The service that tells this fact: the module, or the folder of modules, that defines it."""
    return event.__module__.split(".")[_TELLER_PART]


def type_of(event: type[Event]) -> str:
    """The CloudEvents type, e.g. `hourbank.hours_debited`: one name for class, queue binding and metric."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
    return f"{teller_of(event)}.{snake}"


TELLERS = ("ticketing", "hourbank", "sla", "billing", "notify")
