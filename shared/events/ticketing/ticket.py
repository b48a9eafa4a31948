"""The ticket: the stream of what ticketing tells."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketEvent(Event):
    """A fact about one ticket."""

    ticket_id: UUID
    contract_id: UUID
    organization_id: UUID

    @property
    def stream(self) -> UUID:
        """The ticket."""
        return self.ticket_id
