"""What notify tells: what became of each word that was to leave the house. Stream: the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingEvent(Event):
    """A fact about one outgoing message; `template` names what it says, `channel` how it goes (email)."""

    message_id: UUID
    template: str
    channel: str

    @property
    def stream(self) -> UUID:
        """The message."""
        return self.message_id


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSent(OutgoingEvent):
    """The message was handed over to the next server.

    `about` is what it gave to its reader as a whole, where that is a document: the invoice. `header_id` is the
    Message-ID that it left under, empty where it was told before that was.
    """

    attempts: int
    sent_at: datetime
    about: UUID | None = None
    header_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFailed(OutgoingEvent):
    """The message was refused for good, or every attempt is used up."""

    attempts: int
    error: str
    failed_at: datetime
