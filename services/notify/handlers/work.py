"""What notify hears of visits, meetings, limits of work, tickets that end elsewhere, and of people who log in."""

from __future__ import annotations

from services.notify import actions
from services.notify.domain import people_news, work_news
from services.notify.handlers.heard import subscriptions
from shared.db import Transaction
from shared.events.hourbank import HoldUntouched
from shared.events.sla import TimeboxReached
from shared.events.ticketing import (
    LoginLinkRequested,
    MeetingRequested,
    PersonAnonymised,
    PrivacyExportRequested,
    TicketCancelled,
    TicketEscalated,
    TicketMerged,
    TicketReopened,
    VisitCancelled,
    VisitMissed,
    VisitRescheduled,
    VisitScheduled,
)


@subscriptions.to(VisitScheduled)
async def on_visit_scheduled(tx: Transaction, event: VisitScheduled) -> None:
    """Invite the customer."""
    await actions.tell(tx, news=work_news.of_visit_scheduled(event))


@subscriptions.to(VisitRescheduled)
async def on_visit_rescheduled(tx: Transaction, event: VisitRescheduled) -> None:
    """Invite the customer anew."""
    await actions.tell(tx, news=work_news.of_visit_rescheduled(event))


@subscriptions.to(VisitCancelled)
async def on_visit_cancelled(tx: Transaction, event: VisitCancelled) -> None:
    """Call the visit off."""
    await actions.tell(tx, news=work_news.of_visit_cancelled(event))


@subscriptions.to(VisitMissed)
async def on_visit_missed(tx: Transaction, event: VisitMissed) -> None:
    """Tell the customer that the visit did not come about."""
    await actions.tell(tx, news=work_news.of_visit_missed(event))


@subscriptions.to(MeetingRequested)
async def on_meeting_requested(tx: Transaction, event: MeetingRequested) -> None:
    """Ask whom the meeting is asked of."""
    await actions.tell(tx, news=work_news.of_meeting_requested(event))


@subscriptions.to(TicketMerged)
async def on_ticket_merged(tx: Transaction, event: TicketMerged) -> None:
    """Tell the customer where the demand goes on."""
    await actions.tell(tx, news=work_news.of_ticket_merged(event))


@subscriptions.to(TicketCancelled)
async def on_ticket_cancelled(tx: Transaction, event: TicketCancelled) -> None:
    """Tell the customer that the demand was given up."""
    await actions.tell(tx, news=work_news.of_ticket_cancelled(event))


@subscriptions.to(TicketReopened)
async def on_ticket_reopened(tx: Transaction, event: TicketReopened) -> None:
    """Tell the team that an adjustment is asked for."""
    await actions.tell(tx, news=work_news.of_ticket_reopened(event))


@subscriptions.to(LoginLinkRequested)
async def on_login_link_requested(tx: Transaction, event: LoginLinkRequested) -> None:
    """Send the link to the one person whom it is for."""
    await actions.tell(tx, news=people_news.of_login_link_requested(event))


@subscriptions.to(HoldUntouched)
async def on_hold_untouched(tx: Transaction, event: HoldUntouched) -> None:
    """Tell the team of hours that lie held."""
    await actions.tell(tx, news=work_news.of_hold_untouched(event))


@subscriptions.to(TimeboxReached)
async def on_timebox_reached(tx: Transaction, event: TimeboxReached) -> None:
    """Tell the team that a time-box is used up."""
    await actions.tell(tx, news=work_news.of_timebox_reached(event))


@subscriptions.to(PrivacyExportRequested)
async def on_privacy_export_requested(tx: Transaction, event: PrivacyExportRequested) -> None:
    """Answer the person at once, and say until when they have all that is kept of them (5.1)."""
    await actions.answer_export(tx, event=event)


@subscriptions.to(PersonAnonymised)
async def on_person_anonymised(tx: Transaction, event: PersonAnonymised) -> None:
    """Forget who this was."""
    await actions.forget_person(tx, person_id=event.person_id, number=event.number)


@subscriptions.to(TicketEscalated)
async def on_ticket_escalated(tx: Transaction, event: TicketEscalated) -> None:
    """Tell the account manager what went up (N10)."""
    await actions.tell(tx, news=work_news.of_ticket_escalated(event))
