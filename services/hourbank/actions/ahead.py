"""What lies ahead of an account, and what one act would do to it: looked at, never kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.accounts import look_at_account
from services.hourbank.domain import Account, Cause, Change
from services.hourbank.domain.forecast import PAST_MONTHS, Forecast, burn_of, forecast
from services.hourbank.domain.whatif import Effect, what_if_cancelled, what_if_changed, what_if_estimated
from shared.calendar import add_months
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """Another plan; `effective_date` None: today where it is immediate, else the next first of a month."""

    monthly_minutes: int
    hour_price_cents: int
    is_immediate: bool
    effective_date: date | None
    validity_months: int | None = None


async def look_ahead(tx: Transaction, *, contract_id: UUID) -> Forecast:
    """What lies ahead if hours go on being used as they were. Raises AccountUnknown."""
    account = await look_at_account(tx, contract_id=contract_id)
    today = account.local_date(tx.now)
    first = add_months(today.replace(day=1), -PAST_MONTHS)
    sums = await store.day_sums(tx, contract_id, first=first, end=today + timedelta(days=1))
    burn = burn_of(sums, start_date=account.terms.start_date, today=today)
    # A year of days takes the processor for a tenth of a second: others are served meanwhile.
    return await asyncio.to_thread(forecast, account, burn, at=tx.now)


async def try_estimate(tx: Transaction, *, contract_id: UUID, minutes: int) -> Effect:
    """What an estimate of so many minutes would hold now (2.4). Raises AccountUnknown."""
    account = await look_at_account(tx, contract_id=contract_id)
    return what_if_estimated(account, minutes, cause=_cause(tx))


async def try_plan(tx: Transaction, *, contract_id: UUID, plan: NewPlan) -> Effect:
    """What another plan would bring (2.8).

    Raises AccountUnknown, Invalid, ContractEnded, PlanChangePending, DowngradeAtOnce.
    """
    account = await look_at_account(tx, contract_id=contract_id)
    change = Change(
        id=None,
        effective_date=plan.effective_date or _usual_date(account, plan, today=account.local_date(tx.now)),
        decided_at=tx.now,
        plan_price_cents=account.plan.price_cents,
        hour_price_cents=plan.hour_price_cents,
        is_immediate=plan.is_immediate,
        plan_code=account.plan.code,
        monthly_minutes=plan.monthly_minutes,
        validity_months=plan.validity_months,
    )
    return await asyncio.to_thread(what_if_changed, account, change, cause=_cause(tx))


async def try_cancellation(tx: Transaction, *, contract_id: UUID, ends_on: date) -> Effect:
    """What a contract's end on a date would take away (2.9). Raises AccountUnknown, Invalid, ContractEnded."""
    account = await look_at_account(tx, contract_id=contract_id)
    return await asyncio.to_thread(what_if_cancelled, account, ends_on, cause=_cause(tx))


def _usual_date(account: Account, plan: NewPlan, *, today: date) -> date:
    day = max(today, account.terms.start_date)
    return day if plan.is_immediate else domain.month_after(day)


def _cause(tx: Transaction) -> Cause:
    return Cause(caused_by="what if", actor=tx.actor, occurred_at=tx.now)
