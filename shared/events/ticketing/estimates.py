"""Estimates and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ticketing.ticket import TicketEvent


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
class EstimateWithdrawn(TicketEvent):
    """The customer took a yes back while its quote was valid and nothing of it worked (A-03): the hold comes back."""

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    reason: str | None
    withdrawn_at: datetime
    withdrawn_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalReminded(TicketEvent):
    """The customer was asked so many business hours ago and has not answered: they are asked once more (A-05)."""

    number: int
    estimate_id: UUID
    estimate_number: int
    kind: str
    minutes: int
    minutes_over: int
    hour_price_cents: int
    overage_cents: int
    requested_at: datetime
    valid_until: datetime
    reminded_at: datetime
