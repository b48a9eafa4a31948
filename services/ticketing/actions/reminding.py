"""The facts about waiting: who was asked once more, who was reminded, what began before it was approved."""

from __future__ import annotations

from datetime import datetime

from services.ticketing.actions.facts import of, of_estimate
from services.ticketing.domain import Estimate, Ticket
from shared.events.ticketing import ApprovalReminded, EmergencyBegun, ImpedimentReminded


def approval_reminded(ticket: Ticket, one: Estimate, *, at: datetime) -> ApprovalReminded:
    """The customer is asked once more."""
    assert one.minutes_over is not None and one.hour_price_cents is not None, "the bank has answered"
    assert one.overage_cents is not None and one.requested_at is not None, "the bank has answered"
    assert one.valid_until is not None, "a quote has its end"
    return ApprovalReminded(
        **of_estimate(ticket, one),
        kind=one.kind.value,
        minutes=one.minutes,
        minutes_over=one.minutes_over,
        hour_price_cents=one.hour_price_cents,
        overage_cents=one.overage_cents,
        requested_at=one.requested_at,
        valid_until=one.valid_until,
        reminded_at=at,
    )


def impediment_reminded(ticket: Ticket, *, at: datetime) -> ImpedimentReminded:
    """The customer is reminded of what is missing."""
    assert ticket.waiting_reason is not None, "an impediment has its name"
    return ImpedimentReminded(
        **of(ticket),
        reason=ticket.waiting_reason,
        times=ticket.reminders,
        is_last=ticket.remind_at is None,
        reminded_at=at,
    )


def emergency_begun(ticket: Ticket, *, most_minutes: int, by: str) -> EmergencyBegun:
    """Work begins that nobody has approved yet."""
    assert ticket.priority is not None and ticket.emergency_at is not None, "an emergency is a matter of priority"
    return EmergencyBegun(
        **of(ticket), priority=ticket.priority, most_minutes=most_minutes, begun_at=ticket.emergency_at, begun_by=by
    )
