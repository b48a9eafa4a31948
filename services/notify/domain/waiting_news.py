"""News of waiting: who is asked once more, what a blocked ticket needs, what began before it was approved."""

from __future__ import annotations

from dataclasses import replace

from services.notify.domain.ticket_news import own_words, to_customer, to_staff
from services.notify.domain.values import (
    APPROVAL_LINK,
    Count,
    Hours,
    Moment,
    Money,
    News,
    Template,
    Term,
    Topic,
    Words,
    said,
)
from shared.events.ticketing import ApprovalReminded, EmergencyBegun, EstimateWithdrawn, ImpedimentReminded


def of_approval_reminded(event: ApprovalReminded) -> News:
    """Nobody has answered: who may approve is asked once more, with a link of their own (A-05)."""
    news = to_customer(
        event,
        Template.APPROVAL_REMINDED,
        number=event.number,
        actor=None,
        at=event.reminded_at,
        topic=Topic.APPROVALS,
        values=said(
            estimate_number=Count(event.estimate_number),
            minutes=Hours(event.minutes),
            minutes_over=Hours(event.minutes_over) if event.minutes_over else None,
            overage=Money(event.overage_cents),
            requested_at=Moment(event.requested_at),
            valid_until=Moment(event.valid_until),
            approval_link=Words(APPROVAL_LINK),
        ),
    )
    return replace(news, estimate_id=event.estimate_id, answer_until=event.valid_until)


def of_estimate_withdrawn(event: EstimateWithdrawn) -> News:
    """The customer took the approval back (A-03): the team stops."""
    values = said(
        estimate_number=Count(event.estimate_number),
        withdrawn_at=Moment(event.withdrawn_at),
        reason=own_words(event.reason),
    )
    return to_staff(event, Template.ESTIMATE_WITHDRAWN, number=event.number, at=event.withdrawn_at, values=values)


def of_impediment_reminded(event: ImpedimentReminded) -> News:
    """The customer is reminded of what is missing (N38, N39)."""
    return to_customer(
        event,
        Template.IMPEDIMENT_REMINDED,
        number=event.number,
        actor=None,
        at=event.reminded_at,
        values=said(impediment=Term(f"impediment.{event.reason}")),
    )


def of_impediment_left(event: ImpedimentReminded) -> News | None:
    """The customer was reminded as often as they are: from here on it is the team's to see to."""
    if not event.is_last:
        return None
    values = said(impediment=Term(f"impediment.{event.reason}"), times=Count(event.times))
    return to_staff(event, Template.IMPEDIMENT_LEFT, number=event.number, at=event.reminded_at, values=values)


def of_emergency_begun(event: EmergencyBegun) -> News:
    """Work has begun before its approval, up to so many minutes (A-07): the customer learns of it at once."""
    return to_customer(
        event,
        Template.EMERGENCY_BEGUN,
        number=event.number,
        actor=event.begun_by,
        at=event.begun_at,
        topic=Topic.APPROVALS,
        values=said(most=Hours(event.most_minutes), begun_at=Moment(event.begun_at)),
    )
