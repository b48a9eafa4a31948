"""Visits and meetings: appointed, moved, cancelled, missed, asked for (B21, N46-N49)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import say, tell_pause, wake_for, words_in
from services.ticketing.domain import Status, Ticket, life, refusals, visits, words
from services.ticketing.domain.visits import Slot, Visit, VisitState
from services.ticketing.offer import PlanFeatures, Section, Text
from services.ticketing.store import visits as kept_visits
from services.ticketing.store.visits import Meeting
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound
from shared.events.ticketing import MeetingRequested, VisitCancelled, VisitMissed, VisitRescheduled, VisitScheduled

QUOTA_DAYS = timedelta(days=32)  # the visits of a month are all within so many days of one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointed:
    """A visit, and the ticket after what was done with it."""

    ticket: Ticket
    visit: Visit


async def schedule_visit(
    tx: Transaction, *, ticket_id: UUID, version: int | None, slot: Slot, is_agreed: bool
) -> Appointed:
    """Appoint a visit: the ticket waits for it, and the customer reads when somebody comes (4.3).

    Raises Invalid, VisitQuotaReached, WrongStage.
    """
    before = await current(tx, ticket_id, version=version)
    visits.check_slot(slot, at=tx.now)
    zone = await _zone(tx, before)
    await _check_quota(tx, before, slot, zone, is_agreed=is_agreed, but=None)
    visit = Visit(
        id=tx.new_id(),
        ticket_id=before.id,
        contract_id=before.contract_id,
        sequence=0,
        state=VisitState.SCHEDULED,
        technician_id=slot.technician_id,
        starts_at=slot.starts_at.astimezone(UTC),
        ends_at=slot.ends_at.astimezone(UTC),
        timezone=zone,
        reason=None,
        scheduled_at=tx.now,
        scheduled_by=tx.actor,
    )
    after = life.wait(before, Status.SCHEDULED, until=visit.starts_at, at=tx.now)
    kept = await _tell_words(tx, before, after, visit, words.VISIT, act="visit_scheduled")
    await kept_visits.add_visit(tx, visit)
    await tx.publish(VisitScheduled(**facts.of(kept), **facts.of_visit(visit)))
    return Appointed(ticket=kept, visit=visit)


async def reschedule_visit(
    tx: Transaction, *, ticket_id: UUID, version: int | None, visit_id: UUID, slot: Slot, is_agreed: bool
) -> Appointed:
    """Appoint the same visit anew: a higher sequence, the same id. Raises what scheduling does, VisitIsOver."""
    before = await current(tx, ticket_id, version=version)
    known = await kept_visits.visit_of(tx, ticket_id, visit_id)
    visit = visits.reschedule(known, slot, at=tx.now, by=tx.actor)
    await _check_quota(tx, before, slot, visit.timezone, is_agreed=is_agreed, but=visit.id)
    after = life.wait(before, Status.SCHEDULED, until=visit.starts_at, at=tx.now)
    kept = await _tell_words(tx, before, after, visit, words.VISIT, act="visit_rescheduled")
    await kept_visits.save_visit(tx, visit)
    await tx.publish(VisitRescheduled(**facts.of(kept), **facts.of_visit(visit)))
    return Appointed(ticket=kept, visit=visit)


async def cancel_visit(
    tx: Transaction, *, ticket_id: UUID, version: int | None, visit_id: UUID, reason: str | None
) -> Appointed:
    """Call a visit off: the ticket no longer waits for it. Raises NotFound, VisitIsOver."""
    before = await current(tx, ticket_id, version=version)
    visit = visits.cancel(await kept_visits.visit_of(tx, ticket_id, visit_id), reason=reason)
    after = life.begin_visit(before) if before.waiting_until == visit.starts_at else before
    kept = await _tell_words(tx, before, after, visit, words.VISIT_CANCELLED, act="visit_cancelled", reason=reason)
    await kept_visits.save_visit(tx, visit)
    await tx.publish(
        VisitCancelled(
            **facts.of(kept),
            visit_id=visit.id,
            sequence=visit.sequence,
            reason=None,
            cancelled_at=tx.now,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            cancelled_by=tx.actor,
        )
    )
    return Appointed(ticket=kept, visit=visit)


async def miss_visit(
    tx: Transaction, *, ticket_id: UUID, version: int | None, visit_id: UUID, reason: str | None
) -> Appointed:
    """Say that the visit did not take place (no-show). Raises NotFound, VisitIsOver, Invalid."""
    before = await current(tx, ticket_id, version=version)
    visit = visits.miss(await kept_visits.visit_of(tx, ticket_id, visit_id), reason=reason, at=tx.now)
    kept = await _tell_words(tx, before, before, visit, words.VISIT_MISSED, act="visit_missed", reason=reason)
    await kept_visits.save_visit(tx, visit)
    await tx.publish(
        VisitMissed(
            **facts.of(kept),
            visit_id=visit.id,
            sequence=visit.sequence,
            reason=None,
            missed_at=tx.now,
            starts_at=visit.starts_at,
        )
    )
    return Appointed(ticket=kept, visit=visit)


async def request_meeting(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    reason_code: str | None,
    minutes: int,
    professionals: int,
    by_customer: bool,
) -> Meeting:
    """Ask for a meeting: the team for a reason of the offer (N46, N48), the customer for any; what it costs is shown.

    It is never refused for being one too many (N47). Raises MeetingNeedsReason.
    """
    before = await current(tx, ticket_id, version=version)
    life.step(before.stage, life.Act.WRITE)
    offer = await offers.current(tx, Section)
    why = _reason(offer, reason_code, by_customer=by_customer)
    meeting = Meeting(
        id=tx.new_id(),
        ticket_id=before.id,
        reason_code=reason_code,
        minutes=minutes,
        professionals=professionals,
        by_customer=by_customer,
        requested_at=tx.now,
        requested_by=tx.actor,
    )
    total = minutes * professionals
    told = await words_in(tx, words.MEETING, minutes=minutes, professionals=professionals, total=total, reason=why)
    kept = await say(tx, before, before, text=told.strip(), act="meeting_requested", new_value=reason_code)
    await kept_visits.add_meeting(tx, meeting)
    await tx.publish(_asked(kept, meeting))
    return meeting


def _asked(ticket: Ticket, meeting: Meeting) -> MeetingRequested:
    return MeetingRequested(
        **facts.of(ticket),
        meeting_id=meeting.id,
        reason_code=meeting.reason_code,
        minutes=meeting.minutes,
        professionals=meeting.professionals,
        by_customer=meeting.by_customer,
        requested_at=meeting.requested_at,
        requested_by=meeting.requested_by,
    )


def _reason(offer: Section, code: str | None, *, by_customer: bool) -> str:
    """The reason in words; the team has to give one where the offer names any. Raises MeetingNeedsReason."""
    reasons = offer.meetings.reasons
    if code in reasons:
        return offer.say(reasons[code])
    if code is None and (by_customer or not reasons):
        return ""
    raise refusals.MeetingNeedsReason(f"a meeting is asked for because of {', '.join(reasons)}", field="reason_code")


async def _tell_words(
    tx: Transaction, before: Ticket, after: Ticket, visit: Visit, text: Text, *, act: str, reason: str | None = None
) -> Ticket:
    zone = ZoneInfo(visit.timezone)
    starts, ends = (one.astimezone(zone).strftime("%d/%m/%Y %H:%M") for one in (visit.starts_at, visit.ends_at))
    told = await words_in(tx, text, starts=starts, ends=ends, timezone=visit.timezone)
    kept = await say(tx, before, after, text=told, act=act, new_value=str(visit.id), reason=reason)
    await tell_pause(tx, before, kept)
    wake_for(tx, kept)
    return kept


async def _zone(tx: Transaction, ticket: Ticket) -> str:
    known = await store.contract_by_id(tx, ticket.contract_id)
    if known is None:
        raise NotFound("there is no such contract")
    return known.contract.timezone


async def _check_quota(
    tx: Transaction, ticket: Ticket, slot: Slot, zone: str, *, is_agreed: bool, but: UUID | None
) -> None:
    offer = await offers.current(tx, Section)
    most = offer.plan_features.get(ticket.plan_code, PlanFeatures()).visits_per_month
    since, until = slot.starts_at - QUOTA_DAYS, slot.starts_at + QUOTA_DAYS
    found = await kept_visits.visits_between(tx, ticket.contract_id, since, until)
    others = [one for one in found if one.id != but]
    visits.check_quota(others, slot, timezone=zone, most=most, is_agreed=is_agreed)
