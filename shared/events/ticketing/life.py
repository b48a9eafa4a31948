"""The life of a ticket: registered, classified, forwarded, waiting, resolved, reopened, closed, given up, merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.billing import RoundingRule
from shared.events.ticketing.ticket import TicketEvent
from shared.events.ticketing.work import TimeEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketOpened(TicketEvent):
    """A demand was registered (N14, B22). `registered_at` never changes; the SLA clock starts from it (B12, B17).

    A ticket that was split off another (N31) bears the registered_at of that one.
    """

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
    split_from: UUID | None = None
    asset_id: UUID | None = None


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
    """The ticket was forwarded to a higher level (B27); a person's forwarding satisfies the attendance promise (B10).

    `is_automatic`: nobody forwarded it, a time-box was used up (B20); that is no attention (4.3).
    """

    number: int
    from_level: int
    to_level: int
    reason: str | None
    escalated_at: datetime
    escalated_by: str
    is_automatic: bool = False


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
    """The ticket is done: `minutes` (actual minus written off) are to be debited now (N19). All in whole minutes.

    `entries` are the time entries of this round and `rounding` the rule that was fixed on the ticket (2.6): from them
    hourbank can say why these minutes were taken.
    """

    number: int
    round: int
    minutes_actual: int
    minutes_written_off: int
    minutes: int
    minutes_approved: int
    closed_at: datetime
    closed_by: str
    entries: tuple[TimeEntry, ...] = ()
    rounding: RoundingRule | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketCancelled(TicketEvent):
    """The demand was given up: every hold comes back, every clock stops."""

    number: int
    reason: str | None
    cancelled_at: datetime
    cancelled_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketAssigned(TicketEvent):
    """Somebody is in charge from here on: an agent (None: nobody yet), of a team, in the queue of a level (B24)."""

    number: int
    agent_id: str | None
    team: str | None
    level: int
    assigned_at: datetime
    assigned_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketMerged(TicketEvent):
    """The same demand is another ticket already (B3): this one ends, its clocks and holds with it (4.3)."""

    number: int
    into_ticket_id: UUID
    into_number: int
    registered_at: datetime
    merged_at: datetime
    merged_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketAbsorbed(TicketEvent):
    """The survivor of a merge took another ticket in: the earliest `registered_at` of the two counts (4.3)."""

    number: int
    from_ticket_id: UUID
    from_number: int
    registered_at: datetime
    absorbed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketRecovered(TicketEvent):
    """Monitoring saw that the problem went away by itself (B17); whether people had acted is the listener's to know."""

    number: int
    detected_at: datetime | None
    recovered_at: datetime
