"""Price lists: a contract pins the version of the one it was written under (1.3, N36)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.billing.offer import Section
from shared.errors import Refused


class PricesChangedInPlace(Refused):
    """Prices of a list are changed by a new list: contracts have pinned the version of the old one."""

    status = 422
    rule = "N36"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlan:
    """A plan as it was listed. None: agreed per contract."""

    code: str
    price_cents: int | None
    monthly_minutes: int | None
    discount_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrices:
    """One version of the price list: what plans and hours cost under it."""

    version: int
    full_hour_price_cents: int | None
    currency: str
    plans: tuple[ListedPlan, ...]
    listed_at: datetime


def listed(section: Section, *, at: datetime) -> ListedPrices:
    """The price list of an offer."""
    plans = [
        ListedPlan(
            code=plan.code,
            price_cents=plan.price_cents,
            monthly_minutes=plan.monthly_minutes,
            discount_percent=plan.discount_percent,
        )
        for plan in section.plans
    ]
    return ListedPrices(
        version=section.price_list.version,
        full_hour_price_cents=section.price_list.full_hour_price_cents,
        currency=section.price_list.currency,
        plans=tuple(plans),
        listed_at=at,
    )


def relist(known: ListedPrices, now: ListedPrices) -> ListedPrices:
    """The list with the plans that are new in it; plans may come and go, their prices stay.

    Raises PricesChangedInPlace.
    """
    if known.full_hour_price_cents != now.full_hour_price_cents:
        raise PricesChangedInPlace(
            f"the full hour of price list {now.version} is known at another price: give the list a new version",
            field="price_list.version",
        )
    before = {plan.code: plan for plan in known.plans}
    for plan in now.plans:
        if plan != before.setdefault(plan.code, plan):
            raise PricesChangedInPlace(
                f"{plan.code} is known otherwise in price list {now.version}: give the list a new version",
                field="price_list.version",
            )
    return replace(known, plans=tuple(before.values()))
