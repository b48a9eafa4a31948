"""The door of monitoring: alarms and recoveries over HTTP (B17)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import post
from msgspec import Meta

from services.ticketing import actions
from services.ticketing.actions import watching
from services.ticketing.api.inputs import NO_NUL, Code, Instant, Line, Prose
from services.ticketing.api.views import View
from services.ticketing.domain.watching import Source, Verdict
from shared.auth import STAFF
from shared.db import Transaction
from shared.web import Input

Check = Annotated[str, Meta(min_length=1, max_length=120, pattern=NO_NUL, examples=["ping"])]


class RaiseAlarm(Input, frozen=True):
    """A check of an asset that fails; without `contract_id` it is for the only contract of the asset's organization."""

    asset_id: UUID
    check: Check
    subject: Annotated[Line, Meta(examples=["Link de internet fora do ar"])]
    description: Annotated[Prose, Meta(examples=["5 de 5 pings perdidos"])]
    detected_at: Annotated[Instant, Meta(description="When it was seen: the promises count from here.")]
    contract_id: UUID | None = None
    impact: Annotated[Code, Meta(examples=["company"])] | None = None
    operation: Annotated[Code, Meta(examples=["stopped"])] | None = None


class ReportRecovery(Input, frozen=True):
    """A check of an asset that succeeds again."""

    asset_id: UUID
    check: Check
    recovered_at: Instant


class AlarmAnswer(View, frozen=True):
    """What became of it, and in which ticket.

    `opened`, `annotated`, `reopened` (it was resolved), `resolved` (soon over, untouched) or `ignored` (nothing new).
    """

    decision: Verdict
    ticket_id: UUID | None
    ticket_number: int | None


@post("/v1/alarms", roles=STAFF, operation_id="raise_alarm", status_code=200)
async def raise_alarm(tx: Transaction, data: RaiseAlarm) -> AlarmAnswer:
    """Open a ticket, or annotate the one that is open for this asset and check (B17)."""
    said = await actions.screen(tx, data)
    data = said.data
    heard = await watching.hear_alarm(
        tx,
        alarm=watching.Alarm(
            source=Source(asset_id=data.asset_id, check=data.check),
            contract_id=data.contract_id,
            subject=data.subject,
            description=data.description,
            impact=data.impact,
            operation=data.operation,
            detected_at=data.detected_at,
        ),
    )
    return _answer(heard)


@post("/v1/alarms/recoveries", roles=STAFF, operation_id="report_recovery", status_code=200)
async def report_recovery(tx: Transaction, data: ReportRecovery) -> AlarmAnswer:
    """The problem is over: within five minutes, untouched, the ticket is resolved by it; else it is told so (4.3)."""
    said = (await actions.screen(tx, data)).data  # as the alarm: a check is found again by its name
    source = Source(asset_id=said.asset_id, check=said.check)
    return _answer(await watching.hear_recovery(tx, source=source, recovered_at=data.recovered_at))


def _answer(heard: watching.Heard) -> AlarmAnswer:
    ticket = heard.ticket
    return AlarmAnswer(
        decision=heard.verdict,
        ticket_id=None if ticket is None else ticket.id,
        ticket_number=None if ticket is None else ticket.number,
    )


routes = [raise_alarm, report_recovery]
