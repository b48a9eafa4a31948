"""Which facts of a ticket are told to people, to whom, and with which values; what stays among machines is None."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.notify.domain.values import (
    APPROVAL_LINK,
    Audience,
    Count,
    Hours,
    Invitation,
    Moment,
    Money,
    News,
    Template,
    Term,
    Topic,
    Values,
    Words,
    said,
)
from shared.events.hourbank import HoldUntouched
from shared.events.sla import ClockEvent, SlaBreached, SlaWarned, TimeboxReached
from shared.events.ticketing import (
    ApprovalRequested,
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    MessagePosted,
    PromiseSet,
    TicketEvent,
    TicketOpened,
    TicketResolved,
)


def of_ticket_opened(event: TicketOpened) -> News:
    """The demand was registered (N14): a receipt, so it goes to who opened the ticket too."""
    return to_customer(
        event,
        Template.TICKET_OPENED,
        number=event.number,
        actor=None,
        at=event.registered_at,
        values=said(registered_at=Moment(event.registered_at)),
    )


def of_message_posted(event: MessagePosted) -> News | None:
    """A public answer of the team reaches the customer by e-mail (N15), the customer's the team; the rest nobody."""
    if not event.public or event.automatic:
        return None
    values = said(posted_at=Moment(event.posted_at))
    if event.author_role == "staff":
        return to_customer(
            event,
            Template.STAFF_ANSWERED,
            number=event.number,
            actor=event.author_id,
            at=event.posted_at,
            values=values,
        )
    if event.author_role == "customer":
        return to_staff(event, Template.CUSTOMER_ANSWERED, number=event.number, at=event.posted_at, values=values)
    return None


def of_promise_set(event: PromiseSet) -> News:
    """The planned delivery instant, or the new one with the reason of the change (N16)."""
    before = event.previous_promised_at
    return to_customer(
        event,
        Template.PROMISE_SET if before is None else Template.PROMISE_CHANGED,
        number=event.number,
        actor=event.set_by,
        at=event.set_at,
        values=said(
            promised_at=Moment(event.promised_at),
            previous_promised_at=Moment(before) if before else None,
            reason=own_words(event.reason),
        ),
    )


def of_approval_requested(event: ApprovalRequested) -> News:
    """What the customer has to decide: hours, what the bank covers, what is over and costs, until when (N17, N41)."""
    over = event.minutes_over
    replaced = event.replaces_estimate_number
    is_additional = event.kind == "additional"
    news = to_customer(
        event,
        Template.ADDITIONAL_HOURS_REQUESTED if is_additional else Template.APPROVAL_REQUESTED,
        number=event.number,
        actor=None,
        at=event.requested_at,
        topic=Topic.APPROVALS,
        values=said(
            estimate_number=Count(event.estimate_number),
            minutes=Hours(event.minutes),
            minutes_from_bank=Hours(event.minutes_from_bank) if over else None,
            minutes_covered=None if over else Hours(event.minutes_from_bank),
            minutes_over=Hours(over) if over else None,
            hour_price=Money(event.hour_price_cents),
            overage=Money(event.overage_cents),
            justification=own_words(event.justification),
            valid_until=Moment(event.valid_until),
            replaced_number=Count(replaced) if replaced is not None else None,
            approval_link=Words(APPROVAL_LINK),
        ),
    )
    return replace(news, estimate_id=event.estimate_id, answer_until=event.valid_until)


def of_ticket_resolved(event: TicketResolved) -> News:
    """The work is done; the customer may ask for an adjustment (N18)."""
    return to_customer(
        event,
        Template.TICKET_RESOLVED,
        number=event.number,
        actor=event.resolved_by,
        at=event.resolved_at,
        values=said(
            resolved_at=Moment(event.resolved_at),
            closes_at=Moment(event.closes_at) if event.closes_at else None,
            closes_some_day=None if event.closes_at else Words(""),
        ),
    )


def of_estimate_approved(event: EstimateApproved) -> News | None:
    """The team may go on; what approved itself (N17) is no news."""
    if event.automatic:
        return None
    return to_staff(
        event,
        Template.ESTIMATE_APPROVED,
        number=event.number,
        at=event.approved_at,
        values=said(
            minutes=Hours(event.minutes),
            minutes_over=Hours(event.minutes_over) if event.minutes_over else None,
            hour_price=Money(event.hour_price_cents),
            estimate_number=Count(event.estimate_number),
            approved_at=Moment(event.approved_at),
        ),
    )


def of_estimate_declined(event: EstimateDeclined) -> News:
    """The customer said no (N42)."""
    values = said(
        estimate_number=Count(event.estimate_number),
        declined_at=Moment(event.declined_at),
        reason=own_words(event.reason),
    )
    return to_staff(event, Template.ESTIMATE_DECLINED, number=event.number, at=event.declined_at, values=values)


def of_estimate_expired(event: EstimateExpired) -> News:
    """Nobody answered in time (2.4)."""
    values = said(estimate_number=Count(event.estimate_number), expired_at=Moment(event.expired_at))
    return to_staff(event, Template.ESTIMATE_EXPIRED, number=event.number, at=event.expired_at, values=values)


def of_sla_warned(event: SlaWarned) -> News:
    """A promise is about to break; the fact names no ticket number."""
    values = said(percent=Count(event.percent), metric=_metric(event), due_at=Moment(event.due_at))
    return to_staff(event, Template.SLA_WARNED, number=None, at=event.warned_at, values=values)


def of_sla_breached(event: SlaBreached) -> News:
    """A promise was not kept."""
    values = said(
        metric=_metric(event),
        due_at=Moment(event.due_at),
        priority=Term(f"priority.{event.priority}") if event.priority else None,
    )
    return to_staff(event, Template.SLA_BREACHED, number=None, at=event.announced_at, values=values)


def _metric(event: ClockEvent) -> Term:
    return Term(f"metric.{event.metric}")


def own_words(text: str | None) -> Words | None:
    """What somebody wrote; None where they wrote nothing."""
    return Words(text) if text and text.strip() else None


def to_customer(
    event: TicketEvent,
    template: Template,
    *,
    number: int,
    actor: str | None,
    at: datetime,
    values: Values,
    topic: Topic = Topic.TICKETS,
    invitation: Invitation | None = None,
) -> News:
    """News of a ticket for the people of its customer, except `actor`, who did it (N-03)."""
    return News(
        template=template,
        audience=Audience.CUSTOMER,
        topic=topic,
        actor=actor,
        organization_id=event.organization_id,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        ticket_number=number,
        path=f"tickets/{event.ticket_id}",
        said_at=at,
        values=values,
        invitation=invitation,
    )


def to_staff(
    event: TicketEvent | ClockEvent | HoldUntouched | TimeboxReached,
    template: Template,
    *,
    number: int | None,
    at: datetime | None,
    values: Values,
) -> News:
    """News of a ticket for the team's mailbox; `number` None where the fact does not carry it."""
    return News(
        template=template,
        audience=Audience.STAFF,
        topic=None,
        actor=None,
        organization_id=event.organization_id,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        ticket_number=number,
        path=f"tickets/{event.ticket_id}",
        said_at=at,
        values=values,
    )
