"""What several verbs do alike: an expected version, a line that waits, the facts of a contract."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.billing import domain, store
from services.billing.domain import Amendment, Contract, Pending
from shared.db import Transaction
from shared.errors import Stale
from shared.events.billing import InvoiceLine, PlanChanged, PlanChangeScheduled


def check_version(contract: Contract, expected: int | None) -> None:
    """Refuse a change of a version that is not the current one (If-Match). Raises Stale."""
    if expected is not None and expected != contract.version:
        raise Stale(f"the contract is at version {contract.version}, not {expected}")


async def let_wait(tx: Transaction, contract_id: UUID, line: InvoiceLine, *, cause: str) -> None:
    """Let a line wait for the next run of its contract."""
    await store.add_pending(tx, Pending(id=tx.new_id(), contract_id=contract_id, cause=cause, line=line))


def wake(tx: Transaction, *instants: datetime | None) -> None:
    """Wake the jobs for the instants at which a contract is next looked at."""
    for at in instants:
        if at is not None:
            tx.falls_due(at)


def scheduled(contract: Contract, amendment: Amendment) -> PlanChangeScheduled:
    """The fact that a change of plan is decided."""
    terms = domain.terms_at(contract, amendment.effective_date)
    agreed, step = domain.agreed_prices(terms), amendment.plan
    assert step is not None, "a change of plan"
    return PlanChangeScheduled(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        change_id=amendment.id,
        mode=step.mode,
        from_plan_code=step.from_plan_code,
        plan_code=terms.plan_code,
        monthly_minutes=agreed.monthly_minutes,
        plan_price_cents=agreed.price_cents,
        full_hour_price_cents=agreed.full_hour_price_cents,
        queue_rank=terms.queue_rank,
        account_manager_id=step.account_manager_id,
        effective_date=amendment.effective_date,
        decided_at=amendment.decided_at,
        validity_months=terms.validity_months,
    )


def plan_changed(contract: Contract, amendment: Amendment, *, at: datetime) -> PlanChanged:
    """The fact that a change of plan has come."""
    told = scheduled(contract, amendment)
    return PlanChanged(
        contract_id=told.contract_id,
        organization_id=told.organization_id,
        change_id=told.change_id,
        mode=told.mode,
        from_plan_code=told.from_plan_code,
        plan_code=told.plan_code,
        monthly_minutes=told.monthly_minutes,
        plan_price_cents=told.plan_price_cents,
        full_hour_price_cents=told.full_hour_price_cents,
        queue_rank=told.queue_rank,
        account_manager_id=told.account_manager_id,
        effective_date=told.effective_date,
        decided_at=told.decided_at,
        validity_months=told.validity_months,
        changed_at=at,
    )
