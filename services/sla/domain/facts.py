"""What happened to a ticket, as far as its clocks care: the small alphabet that every clock is folded from.

Facts are kept as told and never changed; clocks are derived from them and can be derived again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from shared.events.ticketing import EstimatePublished, MessagePosted, TicketOpened


class TermsRef(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the provider's offer that a promise was made under, and the fingerprint of its words."""

    version: int
    sha256: str


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Something that happened `at` an instant; a clock that it starts takes over its `id`."""

    id: UUID
    at: datetime


class Opened(Fact, frozen=True, kw_only=True, tag="opened"):
    """A demand was registered; `at` is the start of its clock, which monitoring may have found earlier (B12, B17)."""

    ticket_id: UUID
    ticket_number: int
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    channel: str
    area: str | None
    priority: str | None
    terms: TermsRef


class Prioritised(Fact, frozen=True, kw_only=True, tag="prioritised"):
    """Staff set or changed the priority (B9, S31)."""

    priority: str


class Attended(Fact, frozen=True, kw_only=True, tag="attended"):
    """A person attended to the ticket or forwarded it (B10): `how` is message, escalation or quote."""

    how: str


class Promised(Fact, frozen=True, kw_only=True, tag="promised"):
    """The customer was told when it will be done (N16)."""

    promised_at: datetime


class WaitBegan(Fact, frozen=True, kw_only=True, tag="wait_began"):
    """Work waits (4.3): `state` is one of the pause states of the offer."""

    state: str


class WaitEnded(Fact, frozen=True, kw_only=True, tag="wait_ended"):
    """What was waited for has come."""

    state: str


class Resolved(Fact, frozen=True, kw_only=True, tag="resolved"):
    """The work is done, or the ticket closed: every promise has its verdict."""


class Reopened(Fact, frozen=True, kw_only=True, tag="reopened"):
    """The customer wants more: a new attendance clock starts, under the terms of today (4.3)."""

    terms: TermsRef


class Cancelled(Fact, frozen=True, kw_only=True, tag="cancelled"):
    """The demand was given up."""


AnyFact = Opened | Prioritised | Attended | Promised | WaitBegan | WaitEnded | Resolved | Reopened | Cancelled

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


def to_text(fact: AnyFact) -> str:
    """The fact as it is kept."""
    return _encoder.encode(fact).decode()


def from_text(text: str) -> AnyFact:
    """The fact that was kept."""
    return _decoder.decode(text)


def opening(event: TicketOpened, *, id: UUID, terms: TermsRef) -> Opened:
    """A ticket's first fact. What monitoring found counts from when it was found (B17, S30)."""
    found_at = event.detected_at if event.source == "monitoring" else None
    return Opened(
        id=id,
        at=min(event.registered_at, found_at or event.registered_at),
        ticket_id=event.ticket_id,
        ticket_number=event.number,
        contract_id=event.contract_id,
        organization_id=event.organization_id,
        plan_code=event.plan_code,
        channel=event.channel,
        area=event.area,
        priority=event.priority,
        terms=terms,
    )


def attention(event: MessagePosted, *, id: UUID) -> Attended | None:
    """Only what a person of the staff says to the customer is attendance (4.3, S-33); anything else is no fact."""
    attends = event.author_role == "staff" and event.public and not event.automatic
    return Attended(id=id, at=event.posted_at, how="message") if attends else None


def quote(event: EstimatePublished, *, id: UUID) -> Attended | None:
    """The first quote forwards a solution (4.3); asking for additional hours later is no new attention."""
    return Attended(id=id, at=event.published_at, how="quote") if event.kind == "initial" else None
