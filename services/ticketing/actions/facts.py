"""The facts that ticketing tells, made from a ticket: ids, numbers and instants only, never words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import msgspec

from services.ticketing.domain import Closing, Estimate, Ticket, estimates
from services.ticketing.domain.visits import Visit
from services.ticketing.store import Message, WorkEntry
from shared.events.billing import RoundingRule
from shared.events.ticketing import (
    ApprovalRequested,
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    EstimateWithdrawn,
    MessagePosted,
    PromiseSet,
    TicketAbsorbed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPaused,
    TicketRecovered,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTriaged,
    TimeEntry,
    WorkLogged,
)


class OfTicket(TypedDict):
    """What every fact about a ticket carries; typed, so that it is checked where it is spread into a fact."""

    ticket_id: UUID
    contract_id: UUID
    organization_id: UUID
    number: int


class OfEstimate(OfTicket):
    """What every fact about an estimate carries."""

    estimate_id: UUID
    estimate_number: int


def of(ticket: Ticket) -> OfTicket:
    """The ids that every fact about a ticket begins with."""
    return {
        "ticket_id": ticket.id,
        "contract_id": ticket.contract_id,
        "organization_id": ticket.organization_id,
        "number": ticket.number,
    }


def of_estimate(ticket: Ticket, one: Estimate) -> OfEstimate:
    """The ids that every fact about an estimate begins with."""
    return {**of(ticket), "estimate_id": one.id, "estimate_number": one.number}


class OfVisit(TypedDict):
    """What is told of an appointment."""

    visit_id: UUID
    sequence: int
    technician_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    scheduled_at: datetime
    scheduled_by: str


def of_visit(visit: Visit) -> OfVisit:
    """An appointment, as it is told."""
    return {
        "visit_id": visit.id,
        "sequence": visit.sequence,
        "technician_id": visit.technician_id,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "timezone": visit.timezone,
        "scheduled_at": visit.scheduled_at,
        "scheduled_by": visit.scheduled_by,
    }


def opened(ticket: Ticket) -> TicketOpened:
    """A demand was registered."""
    return TicketOpened(
        **of(ticket),
        plan_code=ticket.plan_code,
        channel=ticket.channel,
        source=ticket.source,
        area=ticket.area,
        item=ticket.item,
        priority=ticket.priority,
        registered_at=ticket.registered_at,
        detected_at=ticket.detected_at,
        opened_by=ticket.opened_by,
        split_from=ticket.split_from,
        asset_id=ticket.asset_id,
    )


def assigned(ticket: Ticket, *, at: datetime, by: str) -> TicketAssigned:
    """Somebody is in charge."""
    return TicketAssigned(
        **of(ticket), agent_id=ticket.agent_id, team=ticket.team, level=ticket.level, assigned_at=at, assigned_by=by
    )


def merged(ticket: Ticket, into: Ticket, *, registered_at: datetime, at: datetime, by: str) -> TicketMerged:
    """The ticket ended in favour of another one."""
    return TicketMerged(
        **of(ticket),
        into_ticket_id=into.id,
        into_number=into.number,
        registered_at=registered_at,
        merged_at=at,
        merged_by=by,
    )


def absorbed(ticket: Ticket, other: Ticket, *, at: datetime) -> TicketAbsorbed:
    """The ticket took another one in: it bears the earlier registration of the two."""
    return TicketAbsorbed(
        **of(ticket),
        from_ticket_id=other.id,
        from_number=other.number,
        registered_at=ticket.registered_at,
        absorbed_at=at,
    )


def triaged(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> TicketTriaged:
    """Staff set or changed the priority."""
    assert ticket.priority is not None, "a triage gives a priority"
    return TicketTriaged(
        **of(ticket),
        priority=ticket.priority,
        previous_priority=before.priority,
        reason=reason,
        triaged_at=at,
        triaged_by=by,
    )


def escalated(
    ticket: Ticket, *, before: Ticket, reason: str | None, is_automatic: bool, at: datetime, by: str
) -> TicketEscalated:
    """The ticket was forwarded, by a person or by a time-box that was used up."""
    return TicketEscalated(
        **of(ticket),
        from_level=before.level,
        to_level=ticket.level,
        reason=reason,
        escalated_at=at,
        escalated_by=by,
        is_automatic=is_automatic,
    )


def posted(ticket: Ticket, message: Message) -> MessagePosted:
    """Somebody wrote."""
    return MessagePosted(
        **of(ticket),
        message_id=message.id,
        author_id=message.author_id,
        author_role=message.author_role,
        public=message.public,
        automatic=message.automatic,
        posted_at=message.posted_at,
    )


def promised(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> PromiseSet:
    """The customer was told when."""
    assert ticket.promised_at is not None, "a promise has its instant"
    return PromiseSet(
        **of(ticket),
        promised_at=ticket.promised_at,
        previous_promised_at=before.promised_at,
        reason=reason,
        set_at=at,
        set_by=by,
    )


def published(ticket: Ticket, one: Estimate) -> EstimatePublished:
    """The work was estimated, or additional hours were asked for."""
    return EstimatePublished(
        **of_estimate(ticket, one),
        round=one.round,
        kind=one.kind.value,
        minutes=one.minutes,
        justification=one.justification,
        published_at=one.published_at,
        published_by=one.published_by,
    )


def approval_requested(ticket: Ticket, one: Estimate) -> ApprovalRequested:
    """The customer has to answer."""
    assert one.minutes_from_bank is not None and one.minutes_over is not None, "the bank has answered"
    assert one.hour_price_cents is not None and one.overage_cents is not None, "the bank has said the price"
    assert one.valid_until is not None and one.requested_at is not None, "a quote has its dates"
    return ApprovalRequested(
        **of_estimate(ticket, one),
        kind=one.kind.value,
        minutes=one.minutes,
        minutes_from_bank=one.minutes_from_bank,
        minutes_over=one.minutes_over,
        hour_price_cents=one.hour_price_cents,
        overage_cents=one.overage_cents,
        justification=one.justification,
        valid_until=one.valid_until,
        requested_at=one.requested_at,
        replaces_estimate_number=estimates.replaced_number(ticket, one),
    )


def approved(ticket: Ticket, one: Estimate, *, automatic: bool) -> EstimateApproved:
    """The minutes may be worked, at the price pinned here."""
    assert one.minutes_over is not None and one.hour_price_cents is not None, "the bank has answered"
    assert one.decided_at is not None and one.decided_by is not None, "an approval is somebody's, at an instant"
    return EstimateApproved(
        **of_estimate(ticket, one),
        kind=one.kind.value,
        minutes=one.minutes,
        minutes_over=one.minutes_over,
        hour_price_cents=one.hour_price_cents,
        automatic=automatic,
        approved_at=one.decided_at,
        approved_by=one.decided_by,
    )


def declined(ticket: Ticket, one: Estimate) -> EstimateDeclined:
    """The customer said no."""
    assert one.decided_at is not None and one.decided_by is not None, "a no is somebody's, at an instant"
    return EstimateDeclined(
        **of_estimate(ticket, one),
        kind=one.kind.value,
        reason=one.reason,
        declined_at=one.decided_at,
        declined_by=one.decided_by,
    )


def expired(ticket: Ticket, one: Estimate) -> EstimateExpired:
    """Nobody answered in time."""
    assert one.decided_at is not None, "a quote expires at an instant"
    return EstimateExpired(**of_estimate(ticket, one), kind=one.kind.value, expired_at=one.decided_at)


def withdrawn(ticket: Ticket, one: Estimate) -> EstimateWithdrawn:
    """The customer took the yes back."""
    assert one.decided_at is not None and one.decided_by is not None, "a no is somebody's, at an instant"
    return EstimateWithdrawn(
        **of_estimate(ticket, one),
        kind=one.kind.value,
        reason=one.reason,
        withdrawn_at=one.decided_at,
        withdrawn_by=one.decided_by,
    )


def superseded(ticket: Ticket, one: Estimate, *, at: datetime) -> EstimateSuperseded:
    """A newer estimate took its place."""
    return EstimateSuperseded(**of_estimate(ticket, one), superseded_at=at)


def worked(ticket: Ticket, entry: WorkEntry) -> WorkLogged:
    """A professional was allocated for so long."""
    return WorkLogged(
        **of(ticket),
        entry_id=entry.id,
        professional_id=entry.professional_id,
        kind=entry.kind,
        seconds=entry.seconds,
        billable=entry.billable,
        started_at=entry.started_at,
        logged_at=entry.logged_at,
    )


def pause_changed(before: Ticket, after: Ticket, *, at: datetime) -> Sequence[TicketEvent]:
    """What the clocks must know: every pause that was told is ended before another begins."""
    told: list[TicketEvent] = []
    if before.pause is after.pause:
        return told
    if before.pause is not None:
        told.append(TicketResumed(**of(after), from_state=before.pause.value, resumed_at=at))
    if after.pause is not None:
        told.append(TicketPaused(**of(after), state=after.pause.value, reason=after.waiting_reason, paused_at=at))
    return told


def resolved(ticket: Ticket, *, at: datetime, by: str) -> TicketResolved:
    """The work is done."""
    return TicketResolved(**of(ticket), resolved_at=at, resolved_by=by, closes_at=ticket.auto_close_at)


def recovered(ticket: Ticket) -> TicketRecovered:
    """The problem went away by itself."""
    assert ticket.recovered_at is not None, "a recovery has its instant"
    return TicketRecovered(**of(ticket), detected_at=ticket.detected_at, recovered_at=ticket.recovered_at)


def reopened(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> TicketReopened:
    """An adjustment was asked for; after the close a new round begins."""
    return TicketReopened(
        **of(ticket),
        round=ticket.round,
        after_close=ticket.round != before.round,
        reason=reason,
        reopened_at=at,
        reopened_by=by,
    )


def closed(ticket: Ticket, closing: Closing, entries: Sequence[WorkEntry], *, by: str) -> TicketClosed:
    """The round is over: its minutes are to be debited; the entries and the rounding say where they come from."""
    assert ticket.closed_at is not None, "a closed ticket was closed at an instant"
    return TicketClosed(
        **of(ticket),
        round=ticket.round,
        minutes_actual=closing.minutes_actual,
        minutes_written_off=closing.minutes_written_off,
        minutes=closing.minutes,
        minutes_approved=closing.minutes_approved,
        closed_at=ticket.closed_at,
        closed_by=by,
        entries=tuple(_entry(one) for one in entries),
        rounding=msgspec.convert(closing.rounding, RoundingRule, from_attributes=True),
    )


def _entry(one: WorkEntry) -> TimeEntry:
    return TimeEntry(
        entry_id=one.id,
        professional_id=one.professional_id,
        kind=one.kind,
        seconds=one.seconds,
        started_at=one.started_at,
        billable=one.billable,
    )


def cancelled(ticket: Ticket, *, reason: str | None, at: datetime, by: str) -> TicketCancelled:
    """The demand was given up."""
    return TicketCancelled(**of(ticket), reason=reason, cancelled_at=at, cancelled_by=by)
