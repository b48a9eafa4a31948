"""What a contract says: the terms of the offer, pinned when it is written, with what was agreed filled in."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from services.billing.offer import Adjustment, EarlyExit, FeeTiming, Locale, OnTermination, Plan, Section
from shared.errors import Refused

MINUTES_OF_AN_HOUR = 60
VALIDITY_MONTHS = 12  # of hours bought without a plan (N9)

Kind = Literal["recurring", "one_off", "project"]


class UnknownPlan(Refused):
    """The provider's offer has no such plan or product."""

    status = 422
    rule = "B41"


class NotNegotiable(Refused):
    """The offer fixes this price or package."""

    status = 422
    rule = "N25"


class BelowMinimum(Refused):
    """The plan begins at a larger package of hours."""

    status = 422
    rule = "N25"


class StillToNegotiate(Refused):
    """A price or package that is agreed per contract has not been filled in."""

    rule = "N25"


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiated:
    """What was agreed with this customer; None: as the offer says."""

    price_cents: int | None = None
    monthly_minutes: int | None = None
    full_hour_price_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a contract says, pinned when it was written: a later offer changes none of it. None: to be negotiated.

    `plan_code` is empty for one-off work without a plan; `queue_rank` 1 is served first. `factors` are those of the
    adjustments since the price list was pinned, exact, as decimal numbers (3.9).
    """

    product: str
    plan_code: str
    plan_name: str
    queue_rank: int
    price_cents: int | None
    monthly_minutes: int | None
    full_hour_price_cents: int | None
    price_list_version: int
    plan_negotiable: bool
    hour_negotiable: bool
    discount_percent: int
    min_minutes: int
    validity_months: int
    net_days: int
    minimum_term_months: int
    notice_days: int
    fees: FeeTiming = "advance"
    early_exit: EarlyExit = "blocked"
    early_exit_fee_percent: int = 0
    on_termination: OnTermination = "forfeit"
    suspension_stops_grants: bool = False
    grant_requires_payment: bool = False
    adjustment: Adjustment | None = None
    late_fee_bp: int = 0
    late_interest_bp: int = 0
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was agreed with this customer besides prices (B45, 2.9, 3.9); None: as the offer says."""

    net_days: int | None = None
    minimum_term_months: int | None = None
    notice_days: int | None = None
    fees: FeeTiming | None = None
    early_exit: EarlyExit | None = None
    early_exit_fee_percent: int | None = None
    on_termination: OnTermination | None = None
    suspension_stops_grants: bool | None = None
    grant_requires_payment: bool | None = None
    adjustment: Adjustment | None = None
    late_fee_bp: int | None = None
    late_interest_bp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The prices of terms that leave nothing open."""

    price_cents: int
    monthly_minutes: int
    full_hour_price_cents: int


def terms_of(section: Section, *, kind: Kind, plan_code: str | None, product: str | None, locale: Locale) -> Terms:
    """The terms of a new contract by the offer. Raises UnknownPlan.

    One-off work and projects have no fee and no package: every minute is overage at the full price (B42).
    """
    plan = _plan_of(section, kind=kind, plan_code=plan_code, product=product)
    sold = plan if kind == "recurring" else None
    return Terms(
        product=plan.product if plan else product or section.products[0].code,
        plan_code=plan.code if plan else "",
        plan_name=plan.name.read_in(locale) if plan else "",
        queue_rank=plan.queue_rank if plan else _last_rank(section),
        price_cents=sold.price_cents if sold else 0,
        monthly_minutes=sold.monthly_minutes if sold else 0,
        full_hour_price_cents=section.price_list.full_hour_price_cents,
        price_list_version=section.price_list.version,
        plan_negotiable=sold is not None and sold.negotiable,
        hour_negotiable=section.price_list.negotiable,
        discount_percent=sold.discount_percent if sold else 0,
        min_minutes=sold.min_minutes if sold else 0,
        validity_months=sold.validity_months if sold else VALIDITY_MONTHS,
        net_days=section.terms.net_days,
        minimum_term_months=section.terms.minimum_term_months,
        notice_days=section.terms.notice_days,
        fees=section.terms.fees,
        early_exit=section.terms.early_exit,
        early_exit_fee_percent=section.terms.early_exit_fee_percent,
        on_termination=section.terms.on_termination,
        suspension_stops_grants=section.terms.suspension_stops_grants,
        grant_requires_payment=section.terms.grant_requires_payment,
        adjustment=section.terms.adjustment,
        late_fee_bp=section.terms.late_fee_bp,
        late_interest_bp=section.terms.late_interest_bp,
    )


def on_conditions(terms: Terms, agreed: Conditions) -> Terms:
    """The terms with the conditions that were agreed with this customer (B45)."""
    told = {field.name: getattr(agreed, field.name) for field in fields(agreed)}
    return replace(terms, **{name: value for name, value in told.items() if value is not None})


def negotiate(terms: Terms, agreed: Negotiated) -> Terms:
    """The terms with what was agreed filled in. Raises NotNegotiable, BelowMinimum (N25)."""
    if not terms.plan_negotiable:
        for name in ("price_cents", "monthly_minutes"):
            if getattr(agreed, name) is not None:
                raise NotNegotiable(f"the offer fixes the {name} of the plan {terms.plan_code}", field=name)
    if not terms.hour_negotiable and agreed.full_hour_price_cents is not None:
        raise NotNegotiable("the offer fixes the price of the full hour", field="full_hour_price_cents")
    minutes = agreed.monthly_minutes
    if minutes is not None and minutes < terms.min_minutes:
        hours = terms.min_minutes // MINUTES_OF_AN_HOUR
        raise BelowMinimum(f"{terms.plan_code} starts at {hours} hours", field="monthly_minutes")
    return replace(
        terms,
        price_cents=_first(agreed.price_cents, terms.price_cents),
        monthly_minutes=_first(minutes, terms.monthly_minutes),
        full_hour_price_cents=_first(agreed.full_hour_price_cents, terms.full_hour_price_cents),
    )


def agreed_prices(terms: Terms) -> Agreed:
    """The prices, when none is left open. Raises StillToNegotiate, naming the field."""
    for name in ("price_cents", "monthly_minutes", "full_hour_price_cents"):
        if getattr(terms, name) is None:
            raise StillToNegotiate(f"{name} is agreed per contract and has not been filled in", field=name)
    price, minutes, hour = terms.price_cents, terms.monthly_minutes, terms.full_hour_price_cents
    assert price is not None and minutes is not None and hour is not None, "checked one by one above"
    return Agreed(price_cents=price, monthly_minutes=minutes, full_hour_price_cents=hour)


def suggested_price(minutes: int, *, full_hour_price_cents: int, discount_percent: int) -> int:
    """What a package should cost, in centavos: minutes at the full price less the discount, rounded once (N25, S37).

    >>> suggested_price(1200, full_hour_price_cents=23000, discount_percent=20)
    368000
    """
    return (2 * minutes * full_hour_price_cents * (100 - discount_percent) + 6000) // 12000


def suggestion_for(terms: Terms) -> int | None:
    """The suggested price of terms whose plan price is agreed per contract; None where nothing can be said."""
    minutes, hour = terms.monthly_minutes or terms.min_minutes, terms.full_hour_price_cents
    if not terms.plan_negotiable or not minutes or hour is None:
        return None
    return suggested_price(minutes, full_hour_price_cents=hour, discount_percent=terms.discount_percent)


def _plan_of(section: Section, *, kind: Kind, plan_code: str | None, product: str | None) -> Plan | None:
    """The plan that was asked for, None for work without one. Raises UnknownPlan."""
    plan = section.plan(plan_code or "")
    if plan is None and (plan_code is not None or kind == "recurring"):
        raise UnknownPlan(_no_such_plan(section, plan_code), field="plan_code")
    if product is not None and product not in {one.code for one in section.products}:
        raise UnknownPlan(f"the offer has no product called {product!r}", field="product")
    if plan is not None and product not in {None, plan.product}:
        raise UnknownPlan(f"the plan {plan.code} belongs to the product {plan.product}", field="product")
    return plan


def _no_such_plan(section: Section, plan_code: str | None) -> str:
    plans = ", ".join(plan.code for plan in section.plans)
    known = f"its plans are {plans}" if plans else "it has no plans"
    if plan_code is None:
        return f"a recurring contract needs a plan_code of the offer: {known}"
    return f"the offer has no plan called {plan_code!r}: {known}"


def _last_rank(section: Section) -> int:
    """Behind every plan (N8)."""
    return 1 + max((plan.queue_rank for plan in section.plans), default=0)


def _first(agreed: int | None, offered: int | None) -> int | None:
    return offered if agreed is None else agreed


def plan_suggestion(plan: Plan, *, full_hour_price_cents: int | None) -> int | None:
    """What the smallest package of a negotiable plan should cost, in centavos (N25)."""
    if not plan.negotiable or not plan.min_minutes or full_hour_price_cents is None:
        return None
    return suggested_price(
        plan.min_minutes, full_hour_price_cents=full_hour_price_cents, discount_percent=plan.discount_percent
    )
