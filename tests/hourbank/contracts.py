"""What billing tells of a contract after its activation, to a stage; dates as people write them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from shared.events.billing import (
    CancellationRequested,
    CancellationWithdrawn,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    HoursPurchased,
    PlanChangeScheduled,
    PlanChangeWithdrawn,
    PriceAdjusted,
    PurchaseVoided,
)
from shared.inbox import Outcome
from tests.hourbank.pure import PLANS, named, wall
from tests.hourbank.stage import Stage

PRICES = {"START": 65400, "BASIC": 145000, "ADVANCED": 293000, "NONE": 0}


def ids_of(stage: Stage) -> dict[str, UUID]:
    """Whose fact it is."""
    contract = stage.contract_of[""]
    return {"contract_id": contract.contract_id, "organization_id": contract.organization_id}


def plan_change(
    stage: Stage, plan: str, effective: str, *, at: str, mode: str = "next_cycle", months: int | None = None
) -> PlanChangeScheduled:
    """Another plan from a date on, whose hours live so many months."""
    return PlanChangeScheduled(
        **ids_of(stage),
        change_id=named(f"change {plan} {effective}"),
        mode=mode,
        from_plan_code=stage.contract_of[""].plan_code,
        plan_code=plan,
        monthly_minutes=PLANS[plan],
        plan_price_cents=PRICES[plan],
        full_hour_price_cents=23000,
        queue_rank=3,
        account_manager_id=None,
        effective_date=date.fromisoformat(effective),
        decided_at=wall(at),
        validity_months=months,
    )


async def withdraw_plan_change(stage: Stage, change: PlanChangeScheduled, *, at: str) -> Outcome:
    """It will not be."""
    return await stage.tell(PlanChangeWithdrawn(**ids_of(stage), change_id=change.change_id, withdrawn_at=wall(at)))


async def adjust_price(stage: Stage, effective: str, *, at: str, hour: int = 24022, plan: int = 68305) -> Outcome:
    """S34: other prices from a date on."""
    return await stage.tell(
        PriceAdjusted(
            **ids_of(stage),
            index_name="IPCA",
            factor="1.044414",
            plan_price_cents=plan,
            full_hour_price_cents=hour,
            previous_plan_price_cents=65400,
            previous_full_hour_price_cents=23000,
            effective_date=date.fromisoformat(effective),
            announced_at=wall(at),
        )
    )


async def cancel(stage: Stage, effective: str, *, at: str, on_termination: str = "forfeit") -> Outcome:
    """Give notice."""
    return await stage.tell(
        CancellationRequested(
            **ids_of(stage),
            received_date=wall(at).date(),
            effective_date=date.fromisoformat(effective),
            reason="mudança de fornecedor",
            on_termination=on_termination,
            requested_at=wall(at),
        )
    )


async def go_on(stage: Stage, *, at: str) -> Outcome:
    """Take the notice back."""
    return await stage.tell(CancellationWithdrawn(**ids_of(stage), withdrawn_at=wall(at)))


async def terminate(stage: Stage, effective: str, *, at: str) -> Outcome:
    """Billing says that it is over."""
    return await stage.tell(
        ContractTerminated(**ids_of(stage), effective_date=date.fromisoformat(effective), terminated_at=wall(at))
    )


async def suspend(stage: Stage, *, at: str, stops_grants: bool = False) -> Outcome:
    """The customer has not paid."""
    return await stage.tell(
        ContractSuspended(**ids_of(stage), reason="unpaid", stops_grants=stops_grants, suspended_at=wall(at))
    )


async def resume(stage: Stage, *, at: str) -> Outcome:
    """The customer has paid."""
    return await stage.tell(ContractResumed(**ids_of(stage), resumed_at=wall(at)))


async def buy(stage: Stage, name: str, minutes: int, *, at: str, months: int = 12, effective: str = "") -> Outcome:
    """Buy hours beside the plan."""
    known: dict[str, Any] = ids_of(stage)
    return await stage.tell(
        HoursPurchased(
            **known,
            purchase_id=named(name),
            minutes=minutes,
            cents=minutes * 400,
            validity_months=months,
            effective_date=date.fromisoformat(effective or at[:10]),
            purchased_at=wall(at),
        )
    )


async def void(stage: Stage, name: str, *, at: str) -> Outcome:
    """Take a purchase back."""
    return await stage.tell(PurchaseVoided(**ids_of(stage), purchase_id=named(name), voided_at=wall(at)))
