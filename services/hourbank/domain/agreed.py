"""What was agreed since the activation (2.8, 2.9, 3.9): changes of plan and price, the end, a suspension."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

ON_TERMINATION = ("forfeit", "usable_until_expiry", "refund_at_plan_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a month brings, how long that lives, what it costs, and what an hour beyond it costs."""

    code: str
    monthly_minutes: int
    validity_months: int
    price_cents: int
    hour_price_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `effective_date` (local) on another plan, or with `plan_code` None other prices for the same plan.

    `is_immediate`: the rest of the month is granted by days at once (2.8); else minutes change with the next grant.
    """

    id: UUID | None
    effective_date: date
    decided_at: datetime
    plan_price_cents: int
    hour_price_cents: int
    is_immediate: bool = False
    plan_code: str | None = None
    monthly_minutes: int | None = None
    validity_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What holds beside the terms of the activation; `changes` in the order in which they take effect.

    `ends_on` is the first local date without the contract. `suspended_at` is set while nothing new is estimated.
    Where a month is granted once its fee is paid, `unpaid` are the months that wait and `paid` those that will not have
    to, by their first days.
    """

    changes: tuple[Change, ...] = ()
    ends_on: date | None = None
    on_termination: str = "forfeit"
    suspended_at: datetime | None = None
    stops_grants: bool = False
    unpaid: tuple[date, ...] = ()
    paid: tuple[date, ...] = ()


AS_ACTIVATED = Agreed()  # nothing has been agreed since


def plan_on(first: Plan, changes: Sequence[Change], day: date) -> Plan:
    """The plan of a local date; a change of prices alone keeps the plan.

    >>> start = Plan(
    ...     code="START", monthly_minutes=180, validity_months=12, price_cents=65400, hour_price_cents=23000
    ... )
    >>> from datetime import UTC
    >>> dearer = Change(id=None, effective_date=date(2026, 12, 1), decided_at=datetime(2026, 11, 1, tzinfo=UTC),
    ...                 plan_price_cents=68305, hour_price_cents=24022)
    >>> [plan_on(start, [dearer], day).hour_price_cents for day in (date(2026, 11, 30), date(2026, 12, 1))]
    [23000, 24022]
    """
    plan = first
    for change in changes:
        if change.effective_date <= day:
            plan = changed(plan, change)
    return plan


def changed(plan: Plan, change: Change) -> Plan:
    """A plan after a change."""
    minutes = change.monthly_minutes
    return Plan(
        code=change.plan_code or plan.code,
        monthly_minutes=plan.monthly_minutes if minutes is None else minutes,
        validity_months=change.validity_months or plan.validity_months,
        price_cents=change.plan_price_cents,
        hour_price_cents=change.hour_price_cents,
    )
