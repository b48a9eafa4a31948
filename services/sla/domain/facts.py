"""What happened to a ticket, as far as its clocks care: the small alphabet that every clock is folded from.

Facts are kept as told and never changed; clocks are derived from them and can be derived again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from shared.events.ticketing import EstimatePublished, MessagePosted, TicketAssigned, TicketEscalated, TicketOpened


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
    split_at: datetime | None = None  # it was split off another ticket then, and bears that one's registration (N31)


class Prioritised(Fact, frozen=True, kw_only=True, tag="prioritised"):
    """Staff set or changed the priority (B9, S31)."""

    priority: str


class Attended(Fact, frozen=True, kw_only=True, tag="attended"):
    """A person attended to the ticket or forwarded it (B10): `how` is message, escalation, quote or visit."""

    how: str
    to_level: int | None = None


class Handled(Fact, frozen=True, kw_only=True, tag="handled"):
    """Staff took the ticket in hand, out of the customer's sight (B25): `how` is note or assignment."""

    how: str
    to_level: int | None = None


class Raised(Fact, frozen=True, kw_only=True, tag="raised"):
    """The ticket went up by itself, since a time-box was used up (B20): nobody has attended to it (4.3)."""

    to_level: int


class TimerBegan(Fact, frozen=True, kw_only=True, tag="timer_began"):
    """A professional began to work on it (B20)."""

    timer_id: UUID
    timer_kind: str


class TimerEnded(Fact, frozen=True, kw_only=True, tag="timer_ended"):
    """A professional stopped working on it."""

    timer_id: UUID


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
    """The customer wants more: a new attendance clock starts, under the terms of today (4.3).

    `plan_code` is the contract's plan of today; None when nobody told of the contract: then it is the ticket's.
    """

    terms: TermsRef
    plan_code: str | None = None


class Recounted(Fact, frozen=True, kw_only=True, tag="recounted"):
    """The provider changed its calendars: open promises are counted by those of another version (S-13).

    `policies`: its policies as well, because whoever changed them asked for it; B11 leaves them to new tickets.
    """

    terms: TermsRef
    policies: bool = False


class Replanned(Fact, frozen=True, kw_only=True, tag="replanned"):
    """The contract is of another plan: an open promise takes that plan's if it is better (2.8)."""

    plan_code: str


class Absorbed(Fact, frozen=True, kw_only=True, tag="absorbed"):
    """Another ticket was merged into this one: the earliest registration counts (4.3)."""

    registered_at: datetime


class Recovered(Fact, frozen=True, kw_only=True, tag="recovered"):
    """What monitoring had found was over by itself (4.3)."""

    detected_at: datetime | None
    recovered_at: datetime


class Cancelled(Fact, frozen=True, kw_only=True, tag="cancelled"):
    """The demand was given up."""


AnyFact = (
    Opened
    | Prioritised
    | Attended
    | Handled
    | Raised
    | Promised
    | WaitBegan
    | WaitEnded
    | TimerBegan
    | TimerEnded
    | Resolved
    | Reopened
    | Recounted
    | Replanned
    | Absorbed
    | Recovered
    | Cancelled
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


def to_text(fact: AnyFact) -> str:
    """The fact as it is kept."""
    return _encoder.encode(fact).decode()


def from_text(text: str) -> AnyFact:
    """The fact that was kept."""
    return _decoder.decode(text)


def opening(event: TicketOpened, *, id: UUID, terms: TermsRef, heard_at: datetime) -> Opened:
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
        split_at=heard_at if event.split_from is not None else None,
    )


def attention(event: MessagePosted, *, id: UUID) -> Attended | Handled | None:
    """Only what a person of the staff says to the customer is attendance (4.3, S-33).

    A note among the staff is none, but somebody has it in hand (B26); anything else is no fact.
    """
    if event.author_role != "staff" or event.automatic:
        return None
    if event.public:
        return Attended(id=id, at=event.posted_at, how="message")
    return Handled(id=id, at=event.posted_at, how="note")


def assignment(event: TicketAssigned, *, id: UUID) -> Handled | None:
    """Somebody is in charge now (B26); a queue without anybody is none."""
    if event.agent_id is None:
        return None
    return Handled(id=id, at=event.assigned_at, how="assignment", to_level=event.level)


def forwarding(event: TicketEscalated, *, id: UUID) -> Attended | Raised:
    """A person who forwards a ticket attends to it; a time-box that is used up is no person (4.3)."""
    if event.is_automatic:
        return Raised(id=id, at=event.escalated_at, to_level=event.to_level)
    return Attended(id=id, at=event.escalated_at, how="escalation", to_level=event.to_level)


def quote(event: EstimatePublished, *, id: UUID) -> Attended | None:
    """The first quote forwards a solution (4.3); asking for additional hours later is no new attention."""
    return Attended(id=id, at=event.published_at, how="quote") if event.kind == "initial" else None
