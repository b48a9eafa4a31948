"""A contract: the terms that were agreed, negotiated while it is a draft, in force once it is active."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.billing.domain.months import Month
from services.billing.domain.onboarding import Applicant
from services.billing.domain.schedule import Calendars, Run, planned_run
from services.billing.offer import FirstCycle, Locale, Plan, Section
from shared.calendar import local_date
from shared.errors import Refused

START_MOST_MONTHS = 60  # a start farther away than this, in either direction, is a typing error
MINUTES_OF_AN_HOUR = 60
VALIDITY_MONTHS = 12  # of hours bought without a plan (N9)

Kind = Literal["recurring", "one_off", "project"]
State = Literal["draft", "active"]


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


class StartTooFar(Refused):
    """The contract would start, or be invoiced from, a date that nobody can mean."""

    status = 422
    rule = "2.2"


class AlreadyActive(Refused):
    """The contract is in force: its terms are changed by an amendment."""

    rule = "B47"


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiated:
    """What was agreed with this customer; None: as the offer says."""

    price_cents: int | None = None
    monthly_minutes: int | None = None
    full_hour_price_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a contract says, pinned when it was written: a later offer changes none of it. None: to be negotiated.

    `plan_code` is empty for one-off work without a plan; `queue_rank` 1 is served first.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The prices of terms that leave nothing open."""

    price_cents: int
    monthly_minutes: int
    full_hour_price_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract. `next_fee_month` is the first month whose fee is on no invoice yet.

    `applicant` is what a draft says of its customer; the organization says the same once the contract is active.
    """

    id: UUID
    organization_id: UUID
    state: State
    kind: Kind
    terms: Terms
    account_manager_id: str | None
    timezone: str
    locale: Locale
    start_date: date
    first_cycle: FirstCycle
    next_fee_month: Month
    next_run: Run | None
    created_at: datetime
    activated_at: datetime | None
    version: int
    applicant: Applicant | None = None


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
    )


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


def first_fee_month(start_date: date, fees_from: Month | None, *, now: datetime, timezone: str) -> Month:
    """The first month whose fee is invoiced here: that of the start, or later when an older system did it.

    Raises StartTooFar.
    """
    start, today = Month.of(start_date), Month.of(local_date(now, timezone))
    if not today.plus(-START_MOST_MONTHS) <= start <= today.plus(START_MOST_MONTHS):
        raise StartTooFar(f"{start_date} is more than {START_MOST_MONTHS} months away", field="start_date")
    if fees_from is None:
        return start
    if not start <= fees_from <= start.plus(START_MOST_MONTHS):
        raise StartTooFar(f"fees from {fees_from} do not fit a start in {start}", field="fees_from")
    return fees_from


def renegotiate(contract: Contract, agreed: Negotiated) -> Contract:
    """The draft with other terms. Raises AlreadyActive, NotNegotiable, BelowMinimum."""
    _refuse_active(contract)
    return replace(contract, terms=negotiate(contract.terms, agreed), version=contract.version + 1)


def activate(contract: Contract, *, at: datetime, calendars: Calendars) -> Contract:
    """The contract in force, with its first run planned. Raises AlreadyActive, StillToNegotiate."""
    _refuse_active(contract)
    agreed_prices(contract.terms)
    active = replace(contract, state="active", activated_at=at, applicant=None, version=contract.version + 1)
    return replace(active, next_run=_planned(active, Month.of(contract.start_date), calendars))


def replan(contract: Contract, calendars: Calendars) -> Contract:
    """The contract with its next run where the calendar of today puts it (B-02)."""
    assert contract.next_run is not None and contract.activated_at is not None, "only an active contract has runs"
    return replace(contract, next_run=_planned(contract, contract.next_run.month, calendars))


def after_run(contract: Contract, calendars: Calendars) -> Contract:
    """The contract after the run that was due: its fees are invoiced up to that month, the next run is planned."""
    assert contract.next_run is not None, "there was a run"
    upcoming = contract.next_run.month.next()
    return replace(
        contract,
        next_fee_month=max(contract.next_fee_month, upcoming),
        next_run=_planned(contract, upcoming, calendars),
        version=contract.version + 1,
    )


def _planned(contract: Contract, month: Month, calendars: Calendars) -> Run:
    assert contract.activated_at is not None, "only an active contract has runs"
    return planned_run(
        month,
        start_date=contract.start_date,
        activated_at=contract.activated_at,
        timezone=contract.timezone,
        calendars=calendars,
    )


def _refuse_active(contract: Contract) -> None:
    if contract.state != "draft":
        raise AlreadyActive("this contract is already active")


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
