"""What those who watch are shown of a fact: ids, kind, number and the ticket's present status, and no words."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.ticketing.store.tables import tickets
from shared.db import Transaction
from shared.events import ticketing as told
from shared.events import type_of
from shared.live import Item, Looked
from shared.outbox import events

# What a customer may know to have happened; who of the team does what, and for how long, is the team's own affair.
PUBLIC_KINDS: Final = frozenset(
    type_of(kind)
    for kind in (
        told.TicketOpened,
        told.TicketTriaged,
        told.TicketPaused,
        told.TicketResumed,
        told.TicketResolved,
        told.TicketReopened,
        told.TicketClosed,
        told.TicketCancelled,
        told.TicketMerged,
        told.EstimatePublished,
        told.ApprovalRequested,
        told.EstimateApproved,
        told.EstimateDeclined,
        told.EstimateExpired,
        told.EstimateSuperseded,
        told.MessagePosted,
        told.PromiseSet,
        told.MeetingRequested,
        told.VisitScheduled,
        told.VisitRescheduled,
        told.VisitCancelled,
        told.VisitMissed,
    )
)


class LiveView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a ticket; `status` is the present one."""

    kind: str
    at: datetime
    ticket_id: UUID
    number: int
    status: str


class _Data(msgspec.Struct, frozen=True):
    organization_id: UUID | None = None
    ticket_id: UUID | None = None
    number: int = 0
    public: bool = True


class _Fact(msgspec.Struct, frozen=True):
    type: str
    time: datetime
    tenant: str
    data: _Data


async def look(tx: Transaction, after: int, most: int) -> Looked:
    """The facts of every provider behind a position, as they are shown."""
    upto = await tx.settled()
    rows = (await tx.execute(_FACTS, {"after": after, "upto": upto, "most": most})).all()
    facts = [(row.position, _decoder.decode(row.body)) for row in rows]
    asked = {fact.data.ticket_id for _, fact in facts if fact.data.ticket_id is not None}
    found = await tx.execute(_STATUSES, {"asked": list(asked)}) if asked else ()
    statuses = {row.id: row.status for row in found}
    shown = [_shown(place, fact, fact.data.ticket_id, statuses) for place, fact in facts if fact.data.ticket_id]
    return Looked(items=shown, position=rows[-1].position if rows else after)


def _shown(position: int, fact: _Fact, ticket_id: UUID, statuses: dict[UUID, str]) -> Item:
    status = statuses.get(ticket_id, "")
    view = LiveView(kind=fact.type, at=fact.time, ticket_id=ticket_id, number=fact.data.number, status=status)
    return Item(
        position=position,
        tenant=fact.tenant,
        organization_id=fact.data.organization_id,
        public=fact.type in PUBLIC_KINDS and fact.data.public,
        body=msgspec.json.encode(view),
    )


_decoder = msgspec.json.Decoder(_Fact)
_FACTS = (
    sa.select(events.c.position, events.c.body)
    .where(events.c.position > sa.bindparam("after"), events.c.position <= sa.bindparam("upto"))
    .order_by(events.c.position)
    .limit(sa.bindparam("most"))
)
_STATUSES = sa.select(tickets.c.id, tickets.c.status).where(tickets.c.id.in_(sa.bindparam("asked", expanding=True)))
