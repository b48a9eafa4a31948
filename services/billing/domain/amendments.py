"""Amendments of a contract in force: a change of plan (2.8), an adjustment of prices (3.9); the terms of any day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import reduce
from typing import Literal
from uuid import UUID

from services.billing.domain.terms import Terms

Mode = Literal["next_cycle", "immediate_prorated"]
AmendmentKind = Literal["plan_change", "adjustment"]
AmendmentState = Literal["scheduled", "in_force", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """A change of plan: `base` is what the offer said of the new plan that day, with what was agreed filled in.

    `hour_agreed`: the price of the full hour was agreed anew, too; else the contract keeps its own.
    """

    mode: Mode
    from_plan_code: str
    base: Terms
    hour_agreed: bool
    account_manager_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStep:
    """An adjustment: the factor is exact, a decimal number in words, of the months from `first_month` on."""

    index: str
    first_month: str
    last_month: str
    factor: str
    anniversary: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What changes the terms from a local date on; one that was withdrawn stays written down."""

    id: UUID
    kind: AmendmentKind
    state: AmendmentState
    effective_date: date
    decided_at: datetime
    plan: PlanStep | None = None
    index: IndexStep | None = None


def terms_on(signed: Terms, amendments: tuple[Amendment, ...], day: date) -> Terms:
    """The terms of a local date: what was signed, with every amendment up to that day, in order."""
    upto = [one for one in amendments if one.state != "withdrawn" and one.effective_date <= day]
    # Of two that were decided at one instant the later in the list counts: ids of one millisecond are in no order.
    return reduce(amended, sorted(upto, key=lambda one: (one.effective_date, one.decided_at)), signed)


def amended(terms: Terms, amendment: Amendment) -> Terms:
    """The terms after one amendment."""
    if amendment.index is not None:
        return _adjusted(terms, amendment.index.factor)
    assert amendment.plan is not None, "an amendment changes the plan or the prices"
    return _of_plan(terms, amendment.plan)


def adjusted_cents(cents: int, factor: str) -> int:
    """A price times an exact factor, rounded half up, once (3.9, S34).

    >>> [adjusted_cents(price, "1.044414") for price in (65400, 145000, 293000, 23000)]
    [68305, 151440, 306013, 24022]
    """
    assert cents >= 0, "a price is never negative"
    exact = Fraction(factor)
    return (2 * cents * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _adjusted(terms: Terms, factor: str) -> Terms:
    return replace(
        terms,
        price_cents=None if terms.price_cents is None else adjusted_cents(terms.price_cents, factor),
        full_hour_price_cents=(
            None if terms.full_hour_price_cents is None else adjusted_cents(terms.full_hour_price_cents, factor)
        ),
        factors=(*terms.factors, factor),
    )


def _of_plan(terms: Terms, step: PlanStep) -> Terms:
    """The new plan's terms; the conditions of the contract stay.

    A plan of the price list that the contract has pinned costs what it would cost had it been the plan from the start:
    its price with every adjustment since. A price that was agreed now, or one of a newer list, is taken as it is.
    """
    base, same_list = step.base, step.base.price_list_version == terms.price_list_version
    keeps_hour = not step.hour_agreed and (same_list or base.hour_negotiable)
    price = base.price_cents
    if same_list and not base.plan_negotiable and price is not None:
        price = reduce(adjusted_cents, terms.factors, price)
    return replace(
        terms,
        product=base.product,
        plan_code=base.plan_code,
        plan_name=base.plan_name,
        queue_rank=base.queue_rank,
        price_cents=price,
        monthly_minutes=base.monthly_minutes,
        full_hour_price_cents=terms.full_hour_price_cents if keeps_hour else base.full_hour_price_cents,
        price_list_version=base.price_list_version,
        plan_negotiable=base.plan_negotiable,
        hour_negotiable=base.hour_negotiable,
        discount_percent=base.discount_percent,
        min_minutes=base.min_minutes,
        validity_months=base.validity_months,
        factors=terms.factors if same_list else (),
    )
