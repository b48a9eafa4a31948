"""Tickets of an older system, over HTTP: brought a hundred at a time, all of them or none."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.ticketing import actions
from services.ticketing.actions import importing
from services.ticketing.actions.importing import Brought, Outcome
from services.ticketing.api.inputs import Code, Id, Instant, Line, Prose
from services.ticketing.api.views import View
from services.ticketing.domain.past import Past
from shared.auth import MANAGERS
from shared.db import Transaction
from shared.web import Input

TICKETS_MOST = 100  # in one request: some 300 statements, well within its time


BROUGHT = Example(
    value={
        "tickets": [
            {
                "reference": "4711",
                "contract_id": "01900000-0000-7000-8000-000000000000",
                "subject": "Impressora parada",
                "description": "A impressora do financeiro não imprime.",
                "registered_at": "2026-02-10T10:00:00-03:00",
                "closed_at": "2026-02-11T16:30:00-03:00",
            }
        ]
    }
)


class PastTicket(Input, frozen=True):
    """A ticket as the older system has it. `closed_at` null: it is still open, and registered here today."""

    reference: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,60}$(?!\n)", description="How it is called there.", examples=["4711"])
    ]
    contract_id: UUID
    subject: Annotated[Line, Meta(examples=["Impressora parada"])]
    description: Annotated[Prose, Meta(examples=["A impressora do financeiro não imprime."])]
    registered_at: Annotated[Instant, Meta(examples=["2026-02-10T10:00:00-03:00"])]
    closed_at: Annotated[Instant, Meta(examples=["2026-02-11T16:30:00-03:00"])] | None = None
    channel: Code = "portal"
    area: Code | None = None
    item: Code | None = None
    priority: Code | None = None
    opened_by: Annotated[Id, Meta(description="The subject of a person's token.")] | None = None


class PastTickets(Input, frozen=True):
    """Tickets, and whether they are only looked at."""

    tickets: Annotated[tuple[PastTicket, ...], Meta(min_length=1, max_length=TICKETS_MOST)]
    only_look: Annotated[bool, Meta(description="True: say what would become of them, change nothing.")] = False


class BroughtView(View, frozen=True):
    """What became of a ticket: `new`, `known`, or `differs` in the fields named, and nothing was changed."""

    reference: str
    outcome: Outcome
    ticket_id: UUID | None
    number: int | None
    differs: list[str]
    redacted: bool


class BroughtList(View, frozen=True):
    """What became of each, in the order in which they were brought."""

    items: list[BroughtView]


@post("/v1/imports/tickets", roles=MANAGERS, operation_id="import_tickets", status_code=200)
async def import_tickets(tx: Transaction, data: Annotated[PastTickets, Body(examples=[BROUGHT])]) -> BroughtList:
    """Bring tickets of an older system: those closed there as silent history, those open there as new demands.

    Secrets in their words are taken out as everywhere (B35). Brought again they change nothing.
    """
    said = await actions.screen(tx, data)
    several = [Past(**{name: getattr(one, name) for name in PastTicket.__struct_fields__}) for one in said.data.tickets]
    brought = await importing.bring_tickets(tx, several=several, only_look=data.only_look)
    hit = {int(finding.place.split(".")[1]) for finding in said.findings}
    views = [
        _view(one.reference, result, redacted=place in hit)
        for place, (one, result) in enumerate(zip(several, brought, strict=True))
    ]
    return BroughtList(items=views)


def _view(reference: str, result: Brought, *, redacted: bool) -> BroughtView:
    return BroughtView(
        reference=reference,
        outcome=result.outcome,
        ticket_id=result.ticket.id if result.ticket else None,
        number=result.ticket.number if result.ticket else None,
        differs=list(result.differs),
        redacted=redacted,
    )
