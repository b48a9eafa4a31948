"""The facts that ticketing tells, made from a ticket: ids, numbers and instants only, never words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.ticketing.domain import Closing, Estimate, Ticket, estimates
from services.ticketing.store import Message, WorkEntry
from shared.events.ticketing import (
    ApprovalRequested,
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    MessagePosted,
    PromiseSet,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketOpened,
    TicketPaused,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTriaged,
    WorkLogged,
)


def opened(ticket: Ticket) -> TicketOpened:
    """A demand was registered."""
    return TicketOpened(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        plan_code=ticket.plan_code,
        channel=ticket.channel,
        source=ticket.source,
        area=ticket.area,
        item=ticket.item,
        priority=ticket.priority,
        registered_at=ticket.registered_at,
        detected_at=ticket.detected_at,
        opened_by=ticket.opened_by,
    )


def triaged(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> TicketTriaged:
    """Staff set or changed the priority."""
    assert ticket.priority is not None, "a triage gives a priority"
    return TicketTriaged(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        priority=ticket.priority,
        previous_priority=before.priority,
        reason=reason,
        triaged_at=at,
        triaged_by=by,
    )


def escalated(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> TicketEscalated:
    """The ticket was forwarded."""
    return TicketEscalated(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        from_level=before.level,
        to_level=ticket.level,
        reason=reason,
        escalated_at=at,
        escalated_by=by,
    )


def posted(ticket: Ticket, message: Message) -> MessagePosted:
    """Somebody wrote."""
    return MessagePosted(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
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
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        promised_at=ticket.promised_at,
        previous_promised_at=before.promised_at,
        reason=reason,
        set_at=at,
        set_by=by,
    )


def published(ticket: Ticket, one: Estimate) -> EstimatePublished:
    """The work was estimated, or additional hours were asked for."""
    return EstimatePublished(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
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
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
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
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
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
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
        kind=one.kind.value,
        reason=one.reason,
        declined_at=one.decided_at,
        declined_by=one.decided_by,
    )


def expired(ticket: Ticket, one: Estimate) -> EstimateExpired:
    """Nobody answered in time."""
    assert one.decided_at is not None, "a quote expires at an instant"
    return EstimateExpired(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
        kind=one.kind.value,
        expired_at=one.decided_at,
    )


def superseded(ticket: Ticket, one: Estimate, *, at: datetime) -> EstimateSuperseded:
    """A newer estimate took its place."""
    return EstimateSuperseded(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        estimate_id=one.id,
        estimate_number=one.number,
        superseded_at=at,
    )


def worked(ticket: Ticket, entry: WorkEntry) -> WorkLogged:
    """A professional was allocated for so long."""
    return WorkLogged(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
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
        told.append(
            TicketResumed(
                ticket_id=after.id,
                contract_id=after.contract_id,
                organization_id=after.organization_id,
                number=after.number,
                from_state=before.pause.value,
                resumed_at=at,
            )
        )
    if after.pause is not None:
        told.append(
            TicketPaused(
                ticket_id=after.id,
                contract_id=after.contract_id,
                organization_id=after.organization_id,
                number=after.number,
                state=after.pause.value,
                reason=after.waiting_reason,
                paused_at=at,
            )
        )
    return told


def resolved(ticket: Ticket, *, at: datetime, by: str) -> TicketResolved:
    """The work is done."""
    return TicketResolved(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        resolved_at=at,
        resolved_by=by,
        closes_at=ticket.auto_close_at,
    )


def reopened(ticket: Ticket, *, before: Ticket, reason: str | None, at: datetime, by: str) -> TicketReopened:
    """An adjustment was asked for; after the close a new round begins."""
    return TicketReopened(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        round=ticket.round,
        after_close=ticket.round != before.round,
        reason=reason,
        reopened_at=at,
        reopened_by=by,
    )


def closed(ticket: Ticket, closing: Closing, *, by: str) -> TicketClosed:
    """The round is over: its minutes are to be debited."""
    assert ticket.closed_at is not None, "a closed ticket was closed at an instant"
    return TicketClosed(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        round=ticket.round,
        minutes_actual=closing.minutes_actual,
        minutes_written_off=closing.minutes_written_off,
        minutes=closing.minutes,
        minutes_approved=closing.minutes_approved,
        closed_at=ticket.closed_at,
        closed_by=by,
    )


def cancelled(ticket: Ticket, *, reason: str | None, at: datetime, by: str) -> TicketCancelled:
    """The demand was given up."""
    return TicketCancelled(
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        organization_id=ticket.organization_id,
        number=ticket.number,
        reason=reason,
        cancelled_at=at,
        cancelled_by=by,
    )
