"""Visits: by prior appointment, as agreed in the contract (B21)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.domain.life import PROMISE_MOST_DAYS
from shared.calendar import local_date
from shared.errors import Invalid

VISIT_MOST_HOURS = 24  # what takes longer is several visits


class VisitState(enum.StrEnum):
    """What became of an appointment."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Who comes, and from when to when."""

    technician_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An appointment; `sequence` counts its changes, as calendars want to know (RFC 5545)."""

    id: UUID
    ticket_id: UUID
    contract_id: UUID
    sequence: int
    state: VisitState
    technician_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    reason: str | None
    scheduled_at: datetime
    scheduled_by: str


def check_slot(slot: Slot, *, at: datetime) -> None:
    """Refuse a slot that is not ahead, not in order, or longer than a day. Raises Invalid."""
    if not at < slot.starts_at <= at + timedelta(days=PROMISE_MOST_DAYS):
        raise Invalid("a visit is appointed for an instant ahead", field="starts_at", rule="B21")
    if not slot.starts_at < slot.ends_at <= slot.starts_at + timedelta(hours=VISIT_MOST_HOURS):
        told = f"a visit ends after it began, within {VISIT_MOST_HOURS} hours"
        raise Invalid(told, field="ends_at", rule="B21")


def check_quota(others: Sequence[Visit], slot: Slot, *, timezone: str, most: int | None, is_agreed: bool) -> None:
    """Refuse what is beyond the visits of the contract in the local month of the slot, unless it was agreed upon.

    `others` are the contract's other visits; cancelled ones do not count, missed ones do: the technician came.
    Raises VisitQuotaReached.
    """
    if most is None or is_agreed:
        return
    day = local_date(slot.starts_at, timezone)
    in_month = [
        one
        for one in others
        if one.state is not VisitState.CANCELLED
        and (local_date(one.starts_at, timezone).year, local_date(one.starts_at, timezone).month)
        == (day.year, day.month)
    ]
    if len(in_month) >= most:
        told = f"the contract has {most} visits a month and {len(in_month)} are appointed: agree upon more first"
        raise refusals.VisitQuotaReached(told, field="starts_at")


def reschedule(visit: Visit, slot: Slot, *, at: datetime, by: str) -> Visit:
    """The same visit at another time or by somebody else. Raises VisitIsOver, Invalid."""
    _check_open(visit)
    check_slot(slot, at=at)
    return replace(
        visit,
        sequence=visit.sequence + 1,
        technician_id=slot.technician_id,
        starts_at=slot.starts_at.astimezone(UTC),
        ends_at=slot.ends_at.astimezone(UTC),
        scheduled_at=at,
        scheduled_by=by,
    )


def cancel(visit: Visit, *, reason: str | None) -> Visit:
    """It does not take place. Raises VisitIsOver."""
    _check_open(visit)
    return replace(visit, state=VisitState.CANCELLED, sequence=visit.sequence + 1, reason=reason)


def miss(visit: Visit, *, reason: str | None, at: datetime) -> Visit:
    """Nobody was there, or nobody came: known once the visit should have begun. Raises VisitIsOver, Invalid."""
    _check_open(visit)
    if at < visit.starts_at:
        raise Invalid("the visit has not begun yet: cancel or reschedule it", field="visit_id", rule="B21")
    return replace(visit, state=VisitState.MISSED, reason=reason)


def _check_open(visit: Visit) -> None:
    if visit.state is not VisitState.SCHEDULED:
        raise refusals.VisitIsOver(f"the visit is {visit.state.value}: appoint another one")
