"""HTTP in: what managers put right: minutes of closed rounds taken back, minutes given."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Meta

from services.hourbank import actions
from services.hourbank.api.views import Cents, LotView, Minutes, ShareView, lot_view, share_view
from services.hourbank.domain import Reversal
from shared.auth import EVERYBODY, MANAGERS
from shared.db import Transaction
from shared.web import Input

NO_NUL = r"^[^\x00]*$"
Given = Annotated[int, Meta(ge=1, le=60_000, description="Whole minutes, a thousand hours at most.", examples=[60])]
Days = Annotated[int, Meta(ge=1, le=730, description="Days that they live, today among them.", examples=[30])]
Reference = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9._-]{1,60}$(?!\n)", description="How the older system calls the lot.")
]
Reason = Annotated[
    str,
    Meta(min_length=3, max_length=500, pattern=NO_NUL, examples=["Retrabalho em garantia"]),
]


class ReversalInput(Input, frozen=True, kw_only=True):
    """Minutes of a closed round to be taken back; without `round`, of the ticket's newest one."""

    ticket_id: UUID
    minutes: Given
    reason: Reason
    round: Annotated[int, Meta(ge=1, le=1_000, examples=[1])] | None = None


class CorrectionInput(Input, frozen=True, kw_only=True):
    """Minutes to be given, and how long they live."""

    minutes: Given
    validity_days: Days
    reason: Reason


class OpeningInput(Input, frozen=True, kw_only=True):
    """What is left of a lot: usable while the local date is in [`effective_date`, `expires_date`)."""

    minutes: Given
    effective_date: Annotated[date, Meta(examples=["2026-08-01"])]
    expires_date: Annotated[date, Meta(examples=["2028-08-01"])]


class ReversedOverageView(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of one tranche that are no longer charged, and what they had cost."""

    overage_id: UUID
    minutes: Minutes
    cents: Cents


class ReversalView(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back of a round: overage first, then the lots that had paid, latest-expiring first (2.7).

    Of `by_lot`, `corrections` stand for lots that had ended; `forfeited_minutes` lapsed, for the contract had ended.
    """

    reversal_id: UUID
    ticket_id: UUID
    round: Annotated[int, Meta(examples=[1])]
    minutes: Minutes
    over_minutes: Minutes
    cents: Cents
    overages: list[ReversedOverageView]
    by_lot: list[ShareView]
    corrections: list[ShareView]
    forfeited_minutes: Minutes
    reason: Annotated[str, Meta(examples=["Retrabalho em garantia"])]
    actor: str
    dispute_id: UUID | None
    reversed_at: datetime
    local_date: date


class ReversalList(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back of a ticket, in order."""

    items: list[ReversalView]


@post(
    "/v1/accounts/{contract_id:uuid}/reversals",
    roles=MANAGERS,
    operation_id="reverse_hours",
    summary="Take minutes of a closed round back",
)
async def reverse_hours(tx: Transaction, contract_id: UUID, data: ReversalInput) -> Response[ReversalView]:
    """Undo a debit backwards, never more than it was, never while the round is disputed (2.7, invariant 14)."""
    reversal = await actions.reverse_hours(
        tx,
        contract_id=contract_id,
        ticket_id=data.ticket_id,
        round_number=data.round,
        minutes=data.minutes,
        reason=data.reason,
    )
    return Response(_view(reversal), status_code=201)


@get(
    "/v1/accounts/{contract_id:uuid}/tickets/{ticket_id:uuid}/reversals",
    roles=EVERYBODY,
    operation_id="list_reversals",
    summary="What was taken back of a ticket",
)
async def list_reversals(tx: Transaction, contract_id: UUID, ticket_id: UUID) -> ReversalList:
    """Every reversal of every round of a ticket."""
    found = await actions.read_reversals(tx, contract_id=contract_id, ticket_id=ticket_id)
    return ReversalList(items=[_view(reversal) for reversal in found])


@post(
    "/v1/accounts/{contract_id:uuid}/corrections",
    roles=MANAGERS,
    operation_id="correct_balance",
    untagged=True,
    summary="Give minutes",
)
async def correct_balance(tx: Transaction, contract_id: UUID, data: CorrectionInput) -> Response[LotView]:
    """Give minutes as a lot of their own, drawn by when it dies, as every other; never to a contract that has ended."""
    lot = await actions.correct_balance(
        tx,
        contract_id=contract_id,
        minutes=data.minutes,
        validity_days=data.validity_days,
        reason=data.reason,
    )
    return Response(lot_view(lot), status_code=201, headers={"Location": f"/v1/accounts/{contract_id}"})


@put(
    "/v1/accounts/{contract_id:uuid}/opening-lots/{reference:str}",
    roles=MANAGERS,
    operation_id="bring_opening_lot",
    untagged=True,
    summary="Bring what is left of an older lot",
    also=(201,),
)
async def bring_opening_lot(
    tx: Transaction, contract_id: UUID, reference: Reference, data: OpeningInput
) -> Response[LotView]:
    """Bring what is left of a lot that an older system granted, with its own dates: 201 when new (2.1, 2.3)."""
    opening = actions.Opening(
        reference=reference,
        minutes=data.minutes,
        effective_date=data.effective_date,
        expires_date=data.expires_date,
    )
    lot, is_new = await actions.bring_opening_lot(tx, contract_id=contract_id, opening=opening)
    return Response(lot_view(lot), status_code=201 if is_new else 200)


@get(
    "/v1/accounts/{contract_id:uuid}/opening-lots/{reference:str}",
    roles=EVERYBODY,
    operation_id="read_opening_lot",
    summary="An opening lot",
)
async def read_opening_lot(tx: Transaction, contract_id: UUID, reference: Reference) -> LotView:
    """What has become of a lot that was brought from an older system."""
    return lot_view(await actions.read_opening_lot(tx, contract_id=contract_id, reference=reference))


def _view(reversal: Reversal) -> ReversalView:
    return ReversalView(
        reversal_id=reversal.id,
        ticket_id=reversal.ticket_id,
        round=reversal.round,
        minutes=reversal.minutes,
        over_minutes=reversal.minutes_over,
        cents=reversal.cents,
        overages=[
            ReversedOverageView(overage_id=one.overage_id, minutes=one.minutes, cents=one.cents)
            for one in reversal.overages
        ],
        by_lot=[share_view(share) for share in reversal.by_lot],
        corrections=[share_view(share) for share in reversal.corrections],
        forfeited_minutes=reversal.forfeited_minutes,
        reason=reversal.reason,
        actor=reversal.actor,
        dispute_id=reversal.dispute_id,
        reversed_at=reversal.reversed_at,
        local_date=reversal.local_date,
    )


correction_routes: list[HTTPRouteHandler] = [
    reverse_hours,
    list_reversals,
    correct_balance,
    bring_opening_lot,
    read_opening_lot,
]
