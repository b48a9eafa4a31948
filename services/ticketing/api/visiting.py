"""Visits with their invitations, and meetings, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import Parameter
from msgspec import Meta

from services.ticketing import actions, store
from services.ticketing.actions import visiting
from services.ticketing.api.inputs import NO_REASON, Code, GiveReason, Id, Instant
from services.ticketing.api.invitations import MEDIA_TYPE, invitation
from services.ticketing.api.tickets import WRITERS
from services.ticketing.api.views import View
from services.ticketing.domain.visits import Slot, VisitState
from services.ticketing.store import visits
from shared.auth import EVERYBODY, STAFF, Principal
from shared.db import Transaction
from shared.errors import NotFound
from shared.web import Input, versioned

ICS = ".ics"

File = Annotated[str, Parameter(max_length=60, description="The visit's id, followed by `.ics`.")]


class ScheduleVisit(Input, frozen=True):
    """Who comes, and from when to when; `agreed`: also beyond the visits of the contract's month."""

    technician_id: Annotated[Id, Meta(examples=["rui"])]
    starts_at: Annotated[Instant, Meta(examples=["2027-06-01T10:00:00-03:00"])]
    ends_at: Annotated[Instant, Meta(examples=["2027-06-01T11:00:00-03:00"])]
    agreed: bool = False

    def slot(self) -> Slot:
        """The slot as the rules know it."""
        return Slot(technician_id=self.technician_id, starts_at=self.starts_at, ends_at=self.ends_at)


class RequestMeeting(Input, frozen=True):
    """How long, with how many of the team; the team names a reason of the offer (N46)."""

    minutes: Annotated[int, Meta(ge=5, le=480, examples=[45])]
    professionals: Annotated[int, Meta(ge=1, le=20)] = 1
    reason_code: Annotated[Code, Meta(examples=["choice_needed"])] | None = None


class VisitView(View, frozen=True):
    """An appointment."""

    id: UUID
    ticket_id: UUID
    sequence: int
    state: VisitState
    technician_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    reason: str | None
    scheduled_at: datetime
    scheduled_by: str


class VisitList(View, frozen=True):
    """Visits, the oldest appointment first."""

    items: list[VisitView]


class MeetingView(View, frozen=True):
    """A meeting that was asked for."""

    id: UUID
    ticket_id: UUID
    reason_code: str | None
    minutes: int
    professionals: int
    by_customer: bool
    requested_at: datetime
    requested_by: str


class MeetingList(View, frozen=True):
    """Meetings, the oldest first."""

    items: list[MeetingView]


def _shown(one: visiting.Appointed, *, status: int = 200, location: str = "") -> Response[VisitView]:
    view = msgspec.convert(one.visit, VisitView, from_attributes=True)
    return versioned(view, version=one.ticket.version, status=status, location=location)


@post("/v1/tickets/{ticket_id:uuid}/visits", roles=STAFF, operation_id="schedule_visit")
async def schedule_visit(
    tx: Transaction, ticket_id: UUID, if_match: int | None, data: ScheduleVisit
) -> Response[VisitView]:
    """Appoint a visit (B21): the ticket waits for it, the customer is told."""
    one = await visiting.schedule_visit(
        tx, ticket_id=ticket_id, version=if_match, slot=data.slot(), is_agreed=data.agreed
    )
    return _shown(one, status=201, location=f"/v1/tickets/{ticket_id}/visits")


@post(
    "/v1/tickets/{ticket_id:uuid}/visits/{visit_id:uuid}/reschedule",
    roles=STAFF,
    operation_id="reschedule_visit",
    status_code=200,
)
async def reschedule_visit(
    tx: Transaction, ticket_id: UUID, visit_id: UUID, if_match: int | None, data: ScheduleVisit
) -> Response[VisitView]:
    """Appoint the same visit anew."""
    one = await visiting.reschedule_visit(
        tx, ticket_id=ticket_id, version=if_match, visit_id=visit_id, slot=data.slot(), is_agreed=data.agreed
    )
    return _shown(one)


@post(
    "/v1/tickets/{ticket_id:uuid}/visits/{visit_id:uuid}/cancel",
    roles=STAFF,
    operation_id="cancel_visit",
    status_code=200,
)
async def cancel_visit(
    tx: Transaction, ticket_id: UUID, visit_id: UUID, if_match: int | None, data: GiveReason = NO_REASON
) -> Response[VisitView]:
    """Call a visit off."""
    said = await actions.screen(tx, data)
    one = await visiting.cancel_visit(
        tx, ticket_id=ticket_id, version=if_match, visit_id=visit_id, reason=said.data.reason
    )
    await actions.note_secrets(tx, one.ticket, said)
    return _shown(one)


@post(
    "/v1/tickets/{ticket_id:uuid}/visits/{visit_id:uuid}/miss",
    roles=STAFF,
    operation_id="miss_visit",
    status_code=200,
)
async def miss_visit(
    tx: Transaction, ticket_id: UUID, visit_id: UUID, if_match: int | None, data: GiveReason = NO_REASON
) -> Response[VisitView]:
    """Say that the visit did not take place (no-show)."""
    said = await actions.screen(tx, data)
    one = await visiting.miss_visit(
        tx, ticket_id=ticket_id, version=if_match, visit_id=visit_id, reason=said.data.reason
    )
    await actions.note_secrets(tx, one.ticket, said)
    return _shown(one)


@get("/v1/tickets/{ticket_id:uuid}/visits", roles=EVERYBODY, operation_id="list_visits")
async def list_visits(tx: Transaction, ticket_id: UUID) -> VisitList:
    """The visits of a ticket."""
    await store.one(tx, ticket_id)
    found = await visits.visits_of(tx, ticket_id)
    return VisitList(items=msgspec.convert(found, list[VisitView], from_attributes=True))


@get(
    "/v1/tickets/{ticket_id:uuid}/visits/{file:str}",
    roles=EVERYBODY,
    operation_id="read_invitation",
    media_type=MEDIA_TYPE,
)
async def read_invitation(tx: Transaction, ticket_id: UUID, file: File) -> Response[bytes]:
    """The invitation to a visit, `{visit_id}.ics`: iCalendar with a stable UID and a rising SEQUENCE."""
    ticket = await store.one(tx, ticket_id)
    visit = await visits.visit_of(tx, ticket_id, _visit_id(file))
    return Response(invitation(tx.tenant, ticket, visit), media_type=MEDIA_TYPE)


def _visit_id(file: str) -> UUID:
    try:
        return UUID(file.removesuffix(ICS) if file.endswith(ICS) else "")
    except ValueError as error:
        raise NotFound("the ticket has no such visit") from error


@post("/v1/tickets/{ticket_id:uuid}/meetings", roles=WRITERS, operation_id="request_meeting", untagged=True)
async def request_meeting(
    tx: Transaction, who: Principal, ticket_id: UUID, if_match: int | None, data: RequestMeeting
) -> Response[MeetingView]:
    """Ask for a meeting (N46): what it would take of the hours is shown in the ticket (N34, N49)."""
    meeting = await visiting.request_meeting(
        tx,
        ticket_id=ticket_id,
        version=if_match,
        reason_code=data.reason_code,
        minutes=data.minutes,
        professionals=data.professionals,
        by_customer=who.is_customer,
    )
    view = msgspec.convert(meeting, MeetingView, from_attributes=True)
    return Response(view, status_code=201, headers={"Location": f"/v1/tickets/{ticket_id}/meetings"})


@get("/v1/tickets/{ticket_id:uuid}/meetings", roles=EVERYBODY, operation_id="list_meetings")
async def list_meetings(tx: Transaction, ticket_id: UUID) -> MeetingList:
    """The meetings that were asked for in a ticket."""
    await store.one(tx, ticket_id)
    found = await visits.meetings_of(tx, ticket_id)
    return MeetingList(items=msgspec.convert(found, list[MeetingView], from_attributes=True))
