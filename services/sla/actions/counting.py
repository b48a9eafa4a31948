"""What reports count, as it is told of tickets; and the reports that take more than one count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.sla import domain, store
from services.sla.domain import Opened, Reopened
from services.sla.offer import Section
from shared import offers
from shared.db import Transaction
from shared.events.ticketing import MeetingRequested, TicketOpened

MEETING_DAYS = 90  # N47: a rolling quarter [choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRatio:
    """Meetings asked for beside tickets received in the last MEETING_DAYS days, and how many the provider wants."""

    meetings: int
    tickets: int
    target_percent: int | None

    @property
    def is_above(self) -> bool:
        """Whether there are more than the provider wants (N47): a warning, nothing is blocked."""
        return self.target_percent is not None and self.meetings * 100 > self.target_percent * self.tickets


async def count_opened(tx: Transaction, *, event: TicketOpened) -> None:
    """Count a ticket in the month of its registration, as the provider's calendar shows it. Raises NoOffer."""
    ref = await store.terms_of_today(tx)
    calendar = (await store.book_of(tx, [ref]))[ref].delivery_without_policy.calendar
    one = store.Registered(
        ticket_id=event.ticket_id,
        number=event.number,
        organization_id=event.organization_id,
        plan_code=event.plan_code,
        priority=event.priority,
        registered_at=event.registered_at,
        registered_date=calendar.local_date(event.registered_at),
    )
    await store.register(tx, one)


async def count_resolved(tx: Transaction, *, ticket_id: UUID, at: datetime) -> None:
    """Count what a ticket took from its registration on, in the business time of its plan (N3, N30)."""
    facts = await store.facts_of(tx, ticket_id)
    book = await store.book_of(tx, [one.terms for one in facts if isinstance(one, Opened | Reopened)])
    ticket = domain.fold(facts, book)
    section = await offers.current(tx, Section)
    took = domain.taken(
        ticket.terms.delivery_rule(ticket.subject).calendar,
        since=ticket.opened.at,
        until=at,
        waits=ticket.waits,
        typical=section.typical_resolution,
    )
    await store.set_resolved(tx, ticket_id=ticket_id, at=at, took=took)


async def count_meeting(tx: Transaction, *, event: MeetingRequested) -> None:
    """Count a meeting (N47)."""
    await store.add_meeting(tx, meeting_id=event.meeting_id, ticket_id=event.ticket_id, at=event.requested_at)


async def meeting_ratio(tx: Transaction) -> MeetingRatio:
    """The ratio of meetings as of now (N47). Raises NoOffer."""
    section = await offers.current(tx, Section)
    counted = await store.count_meetings(tx, since=tx.now - timedelta(days=MEETING_DAYS))
    return MeetingRatio(
        meetings=counted.meetings, tickets=counted.tickets, target_percent=section.meeting_ratio_target_percent
    )
