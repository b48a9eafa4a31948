"""What a ticket is: its status, its estimates, its rounds, as frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.ticketing.offer import Policy
from shared.calendar import local_date


class Status(enum.StrEnum):
    """Where a ticket is, as people see it. The first nine are stages of the work, the last three ways of waiting."""

    REGISTERED = "registered"
    TRIAGED = "triaged"
    ESTIMATED = "estimated"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_PROGRESS = "in_progress"
    DECLINED = "declined"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    AWAITING_CUSTOMER = "awaiting_customer"
    BLOCKED = "blocked"
    SCHEDULED = "scheduled"


WAITS = frozenset({Status.AWAITING_CUSTOMER, Status.BLOCKED, Status.SCHEDULED})
STAGES = frozenset(Status) - WAITS
ENDED = frozenset({Status.CLOSED, Status.CANCELLED})

# A ticket can wait while work is before it or under way. The wait lies over the stage: when it ends, the stage that was
# reached meanwhile (the bank may have answered) shows again.
WAITABLE = frozenset({Status.REGISTERED, Status.TRIAGED, Status.ESTIMATED, Status.IN_PROGRESS})

# What the SLA service is told to pause for (4.3). A declined ticket still waits for the customer: for a new estimate to
# agree upon, or for giving up.
PAUSES = {status: status for status in WAITS} | {
    Status.AWAITING_APPROVAL: Status.AWAITING_APPROVAL,
    Status.DECLINED: Status.AWAITING_APPROVAL,
}


class Kind(enum.StrEnum):
    """The first estimate of a round (N17), or additional hours (N41)."""

    INITIAL = "initial"
    ADDITIONAL = "additional"


class State(enum.StrEnum):
    """What became of an estimate. Asked of the bank, then of the customer, then answered; REFUSED is the bank's no."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    CANCELLED = "cancelled"


PENDING = frozenset({State.REQUESTED, State.AWAITING_APPROVAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """So many minutes of work, asked for and answered. What the bank said of them is None until it has.

    `remind_at`: when the customer is asked once more (A-05); `repeats`: the declined estimate to whose terms they have
    said yes after all (A-03).
    """

    id: UUID
    number: int
    round: int
    kind: Kind
    minutes: int
    justification: str | None
    state: State
    published_at: datetime
    published_by: str
    minutes_from_bank: int | None = None
    minutes_over: int | None = None
    hour_price_cents: int | None = None
    overage_cents: int | None = None
    requested_at: datetime | None = None
    valid_until: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    remind_at: datetime | None = None
    repeats: int | None = None

    @property
    def is_pending(self) -> bool:
        """Whether the bank or the customer still has to answer."""
        return self.state in PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One demand (N31). `round` counts the closes: a reopening after one begins the next (2.7).

    `remind_at` and `reminders`: when the customer is next reminded of an impediment, and how often they were (N38);
    `emergency_at`: when work began that nobody had approved yet (A-07).
    """

    id: UUID
    number: int
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    queue_rank: int
    channel: str
    source: str
    area: str | None
    item: str | None
    hosting: str | None
    subject: str
    registered_at: datetime
    detected_at: datetime | None
    opened_by: str
    priority: str | None = None
    level: int = 1
    stage: Status = Status.REGISTERED
    waiting: Status | None = None
    waiting_reason: str | None = None
    waiting_until: datetime | None = None
    round: int = 1
    promised_at: datetime | None = None
    promise_changes: int = 0
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    auto_close_at: datetime | None = None
    rounding: Policy | None = None
    agent_id: str | None = None
    team: str | None = None
    split_from: UUID | None = None
    merged_into: UUID | None = None
    asset_id: UUID | None = None
    monitor_check: str | None = None
    recovered_at: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    emergency_at: datetime | None = None
    template: str | None = None
    planned_on: date | None = None
    recurrence_id: UUID | None = None
    version: int = 1
    estimates: tuple[Estimate, ...] = ()

    def __post_init__(self) -> None:
        """A ticket that cannot be is the programmer's mistake."""
        assert self.stage in STAGES, "a stage is no way of waiting"
        assert self.waiting is None or self.waiting in WAITS, "a wait is no stage"
        assert sum(one.is_pending for one in self.estimates) <= 1, "one estimate at a time waits for an answer"
        assert not (self.stage in ENDED and (self.pending or self.waiting)), "what has ended waits for nothing"

    @property
    def status(self) -> Status:
        """Where the ticket is, as people see it: the wait, when there is one that shows, else the stage."""
        return self.waiting if self.waiting and self.stage in WAITABLE else self.stage

    @property
    def pause(self) -> Status | None:
        """What the clocks stand still for (4.3), None when they run."""
        return PAUSES.get(self.status)

    @property
    def pending(self) -> Estimate | None:
        """The estimate that waits for the bank or the customer."""
        return next((one for one in self.estimates if one.is_pending), None)

    @property
    def approved(self) -> tuple[Estimate, ...]:
        """The approved estimates of this round."""
        return tuple(one for one in self.estimates if one.round == self.round and one.state is State.APPROVED)

    @property
    def minutes_approved(self) -> int:
        """The approval limit L of this round (2.4.6)."""
        return sum(one.minutes for one in self.approved)

    @property
    def due_at(self) -> datetime | None:
        """When time itself changes the ticket next: a reminder, a quote that lapses, a visit, silence that ends."""
        pending = self.pending
        asked = (pending.valid_until, pending.remind_at) if pending else ()
        dues = (*asked, self.auto_close_at, self.waiting_until, self.remind_at)
        return min((due for due in dues if due is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What ticketing knows of a contract (N12): whose it is, and where its people stand in the queue (N8).

    `rounding` is its own policy of time (2.6), None where the provider's holds. `ends_on` is the first local date
    without it, once notice was given (2.9); the account manager and the deputy are people of the provider (N10).
    """

    id: UUID
    organization_id: UUID
    plan_code: str
    kind: str
    product: str
    timezone: str
    queue_rank: int
    account_manager_id: str | None
    activated_at: datetime
    rounding: Policy | None = None
    account_manager_deputy_id: str | None = None
    suspended_at: datetime | None = None
    ends_on: date | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether the contract has ended at an instant: its last local day is the one before `ends_on` (2.9)."""
        return self.ends_on is not None and local_date(at, self.timezone) >= self.ends_on
