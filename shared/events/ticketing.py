"""What ticketing tells: the life of a ticket, its estimates and approvals, the work done on it. Stream: the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketOpened(TicketEvent):
    """A demand was registered (N14, B22). `registered_at` never changes; the SLA clock starts from it (B12, B17)."""

    number: int
    plan_code: str
    channel: str
    source: str
    area: str | None
    item: str | None
    priority: str | None
    registered_at: datetime
    detected_at: datetime | None
    opened_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketTriaged(TicketEvent):
    """Staff set or changed the priority (B9, B25)."""

    number: int
    priority: str
    previous_priority: str | None
    reason: str | None
    triaged_at: datetime
    triaged_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketEscalated(TicketEvent):
    """The ticket was forwarded to a higher level (B27); forwarding satisfies the attendance promise (B10)."""

    number: int
    from_level: int
    to_level: int
    reason: str | None
    escalated_at: datetime
    escalated_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagePosted(TicketEvent):
    """Somebody wrote in the ticket. The words themselves stay in ticketing.

    `author_role` is customer, staff or system; only a public staff message that is not `automatic` is attendance.
    """

    number: int
    message_id: UUID
    author_id: str
    author_role: str
    public: bool
    automatic: bool
    posted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseSet(TicketEvent):
    """The customer was told the planned delivery instant (N16); a change carries its reason."""

    number: int
    promised_at: datetime
    previous_promised_at: datetime | None
    reason: str | None
    set_at: datetime
    set_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimatePublished(TicketEvent):
    """The team estimated the work (N17) or asks for additional hours with a justification (N41).

    `kind` is initial or additional; `estimate_number` counts 1, 2, ... within the ticket; `round` counts reopenings
    after close.
    """

    number: int
    estimate_id: UUID
    estimate_number: int
    round: int
    kind: str
    minutes: int
    justification: str | None
    published_at: datetime
    published_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalRequested(TicketEvent):
    """The customer has to answer before work goes on (N17, N41): what the bank covers, what is over, what it costs.

    `replaces_estimate_number` is the estimate that was asked before, and is superseded unanswered by this one (A-02).
    """

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    minutes: int
    minutes_from_bank: int
    minutes_over: int
    hour_price_cents: int
    overage_cents: int
    justification: str | None
    valid_until: datetime
    requested_at: datetime
    replaces_estimate_number: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateApproved(TicketEvent):
    """Minutes may be worked, the overage among them at the rate pinned here (S35); `automatic`: nothing was over."""

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    minutes: int
    minutes_over: int
    hour_price_cents: int
    automatic: bool
    approved_at: datetime
    approved_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateDeclined(TicketEvent):
    """The customer said no (N42): the hold of this estimate comes back whole."""

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    reason: str | None
    declined_at: datetime
    declined_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateExpired(TicketEvent):
    """Nobody answered within the validity of the quote (domain 2.4, S18): the hold comes back."""

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    expired_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimateSuperseded(TicketEvent):
    """A newer estimate took the place of an unanswered one (A-02): the hold of the older comes back."""

    number: int
    estimate_id: UUID
    estimate_number: int
    superseded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkLogged(TicketEvent):
    """A professional was allocated to the customer for so many seconds (N34)."""

    number: int
    entry_id: UUID
    professional_id: str
    kind: str
    seconds: int
    billable: bool
    started_at: datetime
    logged_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketPaused(TicketEvent):
    """Work waits (N15, N38, B21): `state` is awaiting_customer, awaiting_approval, blocked or scheduled."""

    number: int
    state: str
    reason: str | None
    paused_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketResumed(TicketEvent):
    """What was waited for has come; `from_state` is the state that ended."""

    number: int
    from_state: str
    resumed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketResolved(TicketEvent):
    """The customer is told of the completion (N18); nothing is debited yet. `closes_at`: when silence closes it."""

    number: int
    resolved_at: datetime
    resolved_by: str
    closes_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketReopened(TicketEvent):
    """The customer asked for an adjustment (N19) before or after the close; after it a new round begins (2.7)."""

    number: int
    round: int
    after_close: bool
    reason: str | None
    reopened_at: datetime
    reopened_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketClosed(TicketEvent):
    """The ticket is done: `minutes` (actual minus written off) are to be debited now (N19). All in whole minutes."""

    number: int
    round: int
    minutes_actual: int
    minutes_written_off: int
    minutes: int
    minutes_approved: int
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketCancelled(TicketEvent):
    """The demand was given up: every hold comes back, every clock stops."""

    number: int
    reason: str | None
    cancelled_at: datetime
    cancelled_by: str
