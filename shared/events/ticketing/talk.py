"""What was said: messages and promises. The words themselves stay in ticketing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ticketing.ticket import TicketEvent


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
class ImpedimentReminded(TicketEvent):
    """The customer is reminded of what a blocked ticket waits for (N38, N39), for the `times`-th time.

    `reason` is the code of the impediment in the offer; with `is_last` the team is left to see to it.
    """

    number: int
    reason: str
    times: int
    is_last: bool
    reminded_at: datetime
