"""HTTP in: hours that are bought beside the plan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from msgspec import Meta

from services.billing import actions, store
from services.billing.domain import Purchase, PurchaseState
from services.billing.offer import MOST_CENTS, MOST_MINUTES
from shared.auth import EVERYBODY, OFFICE
from shared.db import Transaction
from shared.web import Input, Later


class PurchaseInput(Input, frozen=True, kw_only=True):
    """Hours beside the plan. `cents` null: at the price of the full hour (N6); `validity_months` null: the plan's."""

    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES, examples=[300])]
    cents: Annotated[int, Meta(ge=0, le=MOST_CENTS, description="Integer centavos, when agreed.")] | None = None
    validity_months: Annotated[int, Meta(ge=1, le=120)] | None = None


class PurchaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase. `voiding`: it was taken back, and the hour bank has not said yet whether that can be.

    `void_refused`: it was to be taken back, and some of it was used (L-16).
    """

    purchase_id: UUID
    contract_id: UUID
    state: PurchaseState
    minutes: int
    cents: int
    validity_months: int
    effective_date: date
    purchased_at: datetime
    voided_at: datetime | None
    void_refused: str | None


class PurchasesView(msgspec.Struct, frozen=True, kw_only=True):
    """The purchases of a contract, oldest first."""

    items: list[PurchaseView]


@post("/v1/contracts/{contract_id:uuid}/purchases", roles=OFFICE, operation_id="buy_hours", untagged=True)
async def buy_hours(
    tx: Transaction, contract_id: UUID, data: PurchaseInput, if_match: int | None
) -> Response[PurchaseView]:
    """Sell hours beside the plan: they can be used at once, and are on the next invoice."""
    purchase = await actions.buy_hours(
        tx,
        contract_id=contract_id,
        minutes=data.minutes,
        cents=data.cents,
        validity_months=data.validity_months,
        expected_version=if_match,
    )
    return Response(_view(purchase), status_code=201, headers={"Location": f"/v1/contracts/{contract_id}/purchases"})


@get("/v1/contracts/{contract_id:uuid}/purchases", roles=EVERYBODY, operation_id="list_purchases")
async def list_purchases(tx: Transaction, contract_id: UUID) -> PurchasesView:
    """The hours that were bought beside the plan."""
    contract = await store.contract(tx, contract_id)
    return PurchasesView(items=[_view(one) for one in await store.purchases_of(tx, contract.id)])


@delete(
    "/v1/contracts/{contract_id:uuid}/purchases/{purchase_id:uuid}",
    roles=OFFICE,
    operation_id="void_purchase",
    status_code=202,
)
async def void_purchase(tx: Transaction, contract_id: UUID, purchase_id: UUID, later: Later) -> Response[PurchaseView]:
    """Take a purchase back before it is invoiced; if some of it was used, it comes back on the next invoice.

    The hour bank decides: 202 with where to look, or, with `Prefer: wait=2`, 200 with its answer if it comes in time.
    """
    await actions.void_purchase(tx, contract_id=contract_id, purchase_id=purchase_id)

    async def view(fresh: Transaction) -> PurchaseView:
        return _view(await store.purchase(fresh, contract_id, purchase_id))

    return await later.answer(
        tx,
        view,
        decided=lambda shown: shown.state is not PurchaseState.VOIDING,
        location=f"/v1/contracts/{contract_id}/purchases",
    )


def _view(purchase: Purchase) -> PurchaseView:
    return PurchaseView(
        purchase_id=purchase.id,
        contract_id=purchase.contract_id,
        state=purchase.state,
        minutes=purchase.minutes,
        cents=purchase.cents,
        validity_months=purchase.validity_months,
        effective_date=purchase.effective_date,
        purchased_at=purchase.purchased_at,
        voided_at=purchase.voided_at,
        void_refused=purchase.void_refused,
    )


routes = [buy_hours, list_purchases, void_purchase]
