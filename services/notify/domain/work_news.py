"""What is told of visits, meetings, tickets that end elsewhere, and of limits of work that the team should see."""

from __future__ import annotations

from dataclasses import replace

from services.notify.domain.ticket_news import own_words, to_customer, to_staff
from services.notify.domain.values import Count, Hours, Invitation, Moment, News, Template, Term, Words, said
from shared.events.hourbank import HoldUntouched
from shared.events.sla import TimeboxReached
from shared.events.ticketing import (
    MeetingRequested,
    TicketCancelled,
    TicketEscalated,
    TicketMerged,
    TicketReopened,
    VisitCancelled,
    VisitMissed,
    VisitRescheduled,
    VisitScheduled,
)


def of_visit_scheduled(event: VisitScheduled) -> News:
    """A visit was appointed (B21): the invitation goes along."""
    return _visit(event, Template.VISIT_SCHEDULED)


def of_visit_rescheduled(event: VisitRescheduled) -> News:
    """The appointment is another now: the same invitation, with a higher number."""
    return _visit(event, Template.VISIT_RESCHEDULED)


def _visit(event: VisitScheduled | VisitRescheduled, template: Template) -> News:
    return to_customer(
        event,
        template,
        number=event.number,
        actor=event.scheduled_by,
        at=event.scheduled_at,
        values=said(starts_at=Moment(event.starts_at), ends_at=Moment(event.ends_at)),
        invitation=Invitation(
            visit_id=event.visit_id, sequence=event.sequence, starts_at=event.starts_at, ends_at=event.ends_at
        ),
    )


def of_visit_cancelled(event: VisitCancelled) -> News:
    """The visit does not take place: it leaves the calendars, too."""
    return to_customer(
        event,
        Template.VISIT_CANCELLED,
        number=event.number,
        actor=event.cancelled_by,
        at=event.cancelled_at,
        values=said(starts_at=Moment(event.starts_at) if event.starts_at else None, reason=own_words(event.reason)),
        invitation=Invitation(
            visit_id=event.visit_id,
            sequence=event.sequence,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            is_off=True,
        ),
    )


def of_visit_missed(event: VisitMissed) -> News:
    """The visit did not come about (B21)."""
    return to_customer(
        event,
        Template.VISIT_MISSED,
        number=event.number,
        actor=None,
        at=event.missed_at,
        values=said(starts_at=Moment(event.starts_at) if event.starts_at else None, reason=own_words(event.reason)),
    )


def of_meeting_requested(event: MeetingRequested) -> News:
    """Who is asked: the customer by the team, with what it takes of their hours (N34, N49); or the team."""
    values = said(
        reason=Term(f"meeting.{event.reason_code}") if event.reason_code else None,
        minutes=Hours(event.minutes),
        professionals=Count(event.professionals),
        minutes_in_all=Hours(event.minutes * event.professionals),
    )
    if event.by_customer:
        return to_staff(event, Template.MEETING_WANTED, number=event.number, at=event.requested_at, values=values)
    return to_customer(
        event,
        Template.MEETING_REQUESTED,
        number=event.number,
        actor=event.requested_by,
        at=event.requested_at,
        values=values,
    )


def of_ticket_merged(event: TicketMerged) -> News:
    """The demand goes on in another ticket (B3)."""
    return to_customer(
        event,
        Template.TICKET_MERGED,
        number=event.number,
        actor=event.merged_by,
        at=event.merged_at,
        values=said(into_number=Count(event.into_number)),
    )


def of_ticket_cancelled(event: TicketCancelled) -> News:
    """The demand was given up: nothing is charged, every hold comes back."""
    return to_customer(
        event,
        Template.TICKET_CANCELLED,
        number=event.number,
        actor=event.cancelled_by,
        at=event.cancelled_at,
        values=said(cancelled_at=Moment(event.cancelled_at), reason=own_words(event.reason)),
    )


def of_ticket_reopened(event: TicketReopened) -> News:
    """An adjustment is asked for (N19), before or after the close."""
    values = said(
        reopened_at=Moment(event.reopened_at),
        reason=own_words(event.reason),
        after_close=Words("") if event.after_close else None,
    )
    return to_staff(event, Template.TICKET_REOPENED, number=event.number, at=event.reopened_at, values=values)


def of_ticket_escalated(event: TicketEscalated) -> News | None:
    """The ticket went up (B27); what went up by itself is told with the time-box that was used up."""
    if event.is_automatic:
        return None
    values = said(
        from_level=Count(event.from_level),
        to_level=Count(event.to_level),
        escalated_at=Moment(event.escalated_at),
        reason=own_words(event.reason),
    )
    news = to_staff(event, Template.TICKET_ESCALATED, number=event.number, at=event.escalated_at, values=values)
    return replace(news, actor=event.escalated_by)


def of_hold_untouched(event: HoldUntouched) -> News:
    """Hours have lain held for a ticket that nobody touches (2.3); the fact names no ticket number."""
    values = said(minutes=Hours(event.minutes), days=Count(event.days))
    return to_staff(event, Template.HOLD_UNTOUCHED, number=None, at=None, values=values)


def of_timebox_reached(event: TimeboxReached) -> News:
    """A time-box of work is used up (B20, B26)."""
    escalates = event.at_limit == "escalate"
    values = said(
        box=Term(f"box.{event.box}"),
        limit=Hours(event.limit_minutes),
        escalated=Words("") if escalates else None,
        suggested=None if escalates else Words(""),
    )
    return to_staff(event, Template.TIMEBOX_REACHED, number=event.ticket_number, at=event.reached_at, values=values)
