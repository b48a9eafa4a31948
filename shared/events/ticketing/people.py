"""What ticketing tells of people, by their ids only: who asks for their data, and who became nobody (5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonEvent(Event):
    """A fact about one person: `person_id` is the subject of their token, `person_key` stands for provider and person.

    Stream: the person.
    """

    person_id: str
    person_key: UUID

    @property
    def stream(self) -> UUID:
        """The person."""
        return self.person_key


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonAnonymised(PersonEvent):
    """Who this was is not kept any more: every service forgets what names the person, no business record changes.

    `number` is that of the name in its place, the same however often it is asked for.
    """

    number: int
    anonymised_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivacyExportRequested(PersonEvent):
    """The person asks for everything that is kept about them (art. 18); `due_at` is 15 days later (art. 19)."""

    export_id: UUID
    requested_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivacyExportReady(PersonEvent):
    """The export can be fetched."""

    export_id: UUID
    ready_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginLinkRequested(Event):
    """Somebody wants a link that logs in once; only who has the address gets it. Stream: the link.

    The link itself is in no fact: notify seals it anew from these ids (`shared/events/links.py`).
    """

    subject: str
    organization_id: UUID
    link_id: UUID
    expires_at: datetime
    requested_at: datetime

    @property
    def stream(self) -> UUID:
        """The link."""
        return self.link_id
