"""HTTP in: what lies ahead of an account, and what an estimate, another plan or an end would do before it is done."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.hourbank import actions
from services.hourbank.actions import NewPlan
from services.hourbank.api.views import Cents, HourPrice, LotView, Minutes, lot_view
from services.hourbank.domain.forecast import Forecast
from services.hourbank.domain.whatif import Effect
from shared.auth import EVERYBODY
from shared.db import Transaction
from shared.errors import Invalid
from shared.web import Input

MOST_MINUTES = 60_000  # a thousand hours: more is a typing error
MOST_CENTS = 100_000_000
ESTIMATE = Example(value={"estimate": {"minutes": 330}})
Day = Annotated[date, Meta(examples=["2026-12-01"])]


class EstimateIf(Input, frozen=True, kw_only=True):
    """An estimate of so many minutes, published now."""

    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES, examples=[330])]


class PlanIf(Input, frozen=True, kw_only=True):
    """Another plan, from today where it is immediate, else from a first of a month: the next one without a date."""

    monthly_minutes: Annotated[int, Meta(ge=0, le=MOST_MINUTES, examples=[420])]
    full_hour_price_cents: Annotated[int, Meta(ge=0, le=MOST_CENTS, examples=[23000])]
    validity_months: Annotated[int, Meta(ge=1, le=120, description="How long its hours live; null: as now.")] | None = (
        None
    )
    mode: Annotated[Literal["next_cycle", "immediate_prorated"], Meta(examples=["next_cycle"])] = "next_cycle"
    effective_date: Day | None = None


class CancellationIf(Input, frozen=True, kw_only=True):
    """The contract ends at the local midnight of a date: that which notice and minimum term come to.

    At most five years ahead, as another plan.
    """

    effective_date: Day


class WhatIfInput(Input, frozen=True, kw_only=True):
    """Exactly one of the three."""

    estimate: EstimateIf | None = None
    plan_change: PlanIf | None = None
    cancellation: CancellationIf | None = None


class WhatIfView(msgspec.Struct, frozen=True, kw_only=True):
    """What would move, and the account after it: on `as_of`, which is the day that a change or an end begins.

    Of an estimate: what would be held, what would be over at which price, and whether somebody would have to approve;
    `refused_rule` where it could not be held. Of an end: `forfeited_minutes` lapse, `refund_cents` are paid back.
    """

    as_of: date
    held_minutes: Minutes
    over_minutes: Minutes
    hour_price_cents: HourPrice
    overage_cents: Cents
    needs_approval: bool
    refused_rule: str | None
    granted_minutes: Minutes
    voided_minutes: Minutes
    expired_minutes: Minutes
    forfeited_minutes: Minutes
    refund_cents: Cents
    available_after_minutes: Minutes
    balance_after_minutes: Minutes
    lots_after: list[LotView]


class AheadView(msgspec.Struct, frozen=True, kw_only=True):
    """One month to come: used = of lots, over = beyond them; the balance is that at its end."""

    month: Annotated[str, Meta(examples=["2026-12"])]
    granted_minutes: Minutes
    used_minutes: Minutes
    over_minutes: Minutes
    overage_cents: Cents
    lapsing_minutes: Minutes
    balance_minutes: Minutes


class ForecastView(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of this month and the twelve after it, if hours go on being used as they were.

    `burn_minutes` a month is the mean of the last three full local months (of fewer in a younger contract; in its first
    month what was used so far, brought to a month's length): those of [`burn_first_date`, `burn_end_date`). They are
    spread evenly over the days; each day runs the rules of grants, expiry, holds and debits. What is held now stays
    held. `runs_out_date` is the first day that has too few hours, null where none has.
    """

    burn_minutes: Minutes
    burn_first_date: date
    burn_end_date: date
    runs_out_date: date | None
    lapsing_minutes: Minutes
    months: list[AheadView]


@get(
    "/v1/accounts/{contract_id:uuid}/forecast",
    roles=EVERYBODY,
    operation_id="read_forecast",
    summary="What lies ahead",
)
async def read_forecast(tx: Transaction, contract_id: UUID) -> ForecastView:
    """Month by month what will be granted, used and lost, and when the balance runs out."""
    return _forecast_view(await actions.look_ahead(tx, contract_id=contract_id))


@post(
    "/v1/accounts/{contract_id:uuid}/what-if",
    roles=EVERYBODY,
    operation_id="try_out",
    summary="What would happen",
    status_code=200,
)
async def try_out(
    tx: Transaction, contract_id: UUID, data: Annotated[WhatIfInput, Body(examples=[ESTIMATE])]
) -> WhatIfView:
    """What an estimate, another plan or the end of the contract would do, by its rules (2.4, 2.8, 2.9).

    Nothing is written and nothing told. What nobody could decide is refused: a smaller plan at once, another plan
    while one is decided, anything after the contract's end, or more than five years ahead.
    """
    return _what_if_view(await _tried(tx, contract_id, data))


async def _tried(tx: Transaction, contract_id: UUID, data: WhatIfInput) -> Effect:
    asked = [one for one in (data.estimate, data.plan_change, data.cancellation) if one is not None]
    if len(asked) != 1:
        raise Invalid("ask for exactly one of estimate, plan_change and cancellation", field="estimate")
    if data.estimate is not None:
        return await actions.try_estimate(tx, contract_id=contract_id, minutes=data.estimate.minutes)
    if data.cancellation is not None:
        return await actions.try_cancellation(tx, contract_id=contract_id, ends_on=data.cancellation.effective_date)
    assert data.plan_change is not None, "one of the three was asked"
    plan = NewPlan(
        monthly_minutes=data.plan_change.monthly_minutes,
        hour_price_cents=data.plan_change.full_hour_price_cents,
        validity_months=data.plan_change.validity_months,
        is_immediate=data.plan_change.mode == "immediate_prorated",
        effective_date=data.plan_change.effective_date,
    )
    return await actions.try_plan(tx, contract_id=contract_id, plan=plan)


def _what_if_view(effect: Effect) -> WhatIfView:
    account, held = effect.account, effect.held
    return WhatIfView(
        as_of=account.reached,
        held_minutes=held.minutes_held if held else 0,
        over_minutes=held.minutes_over if held else 0,
        hour_price_cents=held.hour_price_cents if held else account.plan.hour_price_cents,
        overage_cents=held.overage_cents if held else 0,
        needs_approval=held is not None and held.minutes_over > 0,
        refused_rule=effect.refused.rule if effect.refused else None,
        granted_minutes=effect.granted_minutes,
        voided_minutes=effect.voided_minutes,
        expired_minutes=effect.expired_minutes,
        forfeited_minutes=effect.forfeited_minutes,
        refund_cents=effect.refund_cents,
        available_after_minutes=account.available_minutes,
        balance_after_minutes=account.balance_minutes,
        lots_after=[lot_view(lot) for lot in account.lots],
    )


def _forecast_view(ahead: Forecast) -> ForecastView:
    months = [
        AheadView(
            month=one.period,
            granted_minutes=one.granted_minutes,
            used_minutes=one.used_minutes,
            over_minutes=one.over_minutes,
            overage_cents=one.overage_cents,
            lapsing_minutes=one.lapsing_minutes,
            balance_minutes=one.balance_minutes,
        )
        for one in ahead.months
    ]
    return ForecastView(
        burn_minutes=ahead.burn.minutes,
        burn_first_date=ahead.burn.first,
        burn_end_date=ahead.burn.end,
        runs_out_date=ahead.runs_out_on,
        lapsing_minutes=sum(one.lapsing_minutes for one in ahead.months),
        months=months,
    )


routes: list[HTTPRouteHandler] = [read_forecast, try_out]
