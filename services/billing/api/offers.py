"""HTTP in: billing's section of the provider's offer, and the plans in it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, put
from msgspec import Meta

from services.billing import actions, domain, store
from services.billing.domain import ListedPrices
from services.billing.offer import Features, Plan, Section, Words
from shared import offers
from shared.auth import ADMINS, EVERYBODY, OFFICE
from shared.db import Transaction


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is offered; null prices and packages are agreed per contract (`negotiable`)."""

    code: Annotated[str, Meta(examples=["START"])]
    name: Words
    product: str
    queue_rank: Annotated[int, Meta(description="1 is served first.")]
    price_cents: Annotated[int | None, Meta(description="Per month, in centavos.", examples=[65400])]
    monthly_minutes: Annotated[int | None, Meta(description="Granted each month; 0: no hours.", examples=[180])]
    negotiable: bool
    suggested_price_cents: Annotated[int | None, Meta(description="For the smallest package (N25).")]
    discount_percent: Annotated[int, Meta(description="Off the full hour, inside the package only.", examples=[5])]
    min_minutes: int
    validity_months: int
    sla_minutes: int | None
    features: Features


class PlansView(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's plans, and what an hour beyond them costs."""

    items: list[PlanView]
    full_hour_price_cents: Annotated[int | None, Meta(examples=[23000])]
    price_list_version: int
    currency: str


class PriceListsView(msgspec.Struct, frozen=True, kw_only=True):
    """Price lists by version; null prices are agreed per contract."""

    items: list[ListedPrices]


@get("/v1/plans", roles=EVERYBODY, operation_id="list_plans")
async def list_plans(tx: Transaction) -> PlansView:
    """The plans of your provider's offer."""
    section = await offers.current(tx, Section)
    hour = section.price_list.full_hour_price_cents
    return PlansView(
        items=[_plan_view(plan, hour) for plan in section.plans],
        full_hour_price_cents=hour,
        price_list_version=section.price_list.version,
        currency=section.price_list.currency,
    )


@get("/v1/price-lists", roles=OFFICE, operation_id="list_price_lists")
async def list_price_lists(tx: Transaction) -> PriceListsView:
    """Every price list that was in force, newest first: a contract keeps the one that it was written under."""
    return PriceListsView(items=list(await store.price_lists_of(tx)))


@put("/v1/offers/billing", roles=ADMINS, operation_id="apply_billing_offer")
async def apply_billing_offer(tx: Transaction, data: Section) -> offers.Applied:
    """Bring billing to this section of the offer; applying the same again changes nothing."""
    return await actions.apply_offer(tx, data)


@get("/v1/offers/billing", roles=ADMINS, operation_id="read_billing_offer")
async def read_billing_offer(tx: Transaction) -> Section:
    """The section of the offer that is in force."""
    return await offers.current(tx, Section)


def _plan_view(plan: Plan, full_hour_price_cents: int | None) -> PlanView:
    suggested = domain.plan_suggestion(plan, full_hour_price_cents=full_hour_price_cents)
    fields = msgspec.structs.asdict(plan)
    return PlanView(**fields, suggested_price_cents=suggested)


routes = [list_plans, list_price_lists, apply_billing_offer, read_billing_offer]
