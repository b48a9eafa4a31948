"""The verbs of a contract in force: another plan (2.8), a pause (2.9), who looks after it, how its time is rounded."""

from __future__ import annotations

from uuid import UUID

from services.billing import domain, store
from services.billing.actions.adjusting import tell_adjustments
from services.billing.actions.current import check_version, let_wait, plan_changed, scheduled, wake
from services.billing.domain import Amendment, Contract, Mode, Negotiated, PlanWanted
from services.billing.offer import Rounding, Section
from shared import offers
from shared.db import Transaction
from shared.events.billing import (
    AccountManagerChanged,
    ContractResumed,
    ContractRoundingChanged,
    ContractSuspended,
    ContractTerminated,
    PlanChangeWithdrawn,
)


async def change_plan(
    tx: Transaction,
    *,
    contract_id: UUID,
    plan_code: str,
    mode: Mode,
    agreed: Negotiated,
    account_manager_id: str | None,
    expected_version: int | None,
) -> Contract:
    """Decide on another plan, with the next cycle or from today on; what the rest of the month costs more waits (2.8).

    Raises UnknownPlan, NotNegotiable, BelowMinimum, StillToNegotiate and what `domain.change_plan` raises.
    """
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    section = await offers.current(tx, Section)
    base = domain.terms_of(section, kind="recurring", plan_code=plan_code, product=None, locale=contract.locale)
    domain.check_manager(section, plan_code, account_manager_id)
    wanted = PlanWanted(
        id=tx.new_id(),
        mode=mode,
        base=domain.negotiate(base, agreed),
        hour_agreed=agreed.full_hour_price_cents is not None,
        account_manager_id=account_manager_id or domain.manager_under(section, plan_code, contract.account_manager_id),
    )
    decided, amendment = domain.change_plan(contract, wanted, at=tx.now)
    await tx.publish(scheduled(decided, amendment))
    await tell_adjustments(tx, before=contract, after=decided)
    if mode == "immediate_prorated":
        await _charge_upgrade(tx, decided, amendment)
        decided = await _let_come(tx, decided)
    await store.save_contract(tx, decided)
    wake(tx, decided.changes_at)
    return decided


async def withdraw_plan_change(
    tx: Transaction, *, contract_id: UUID, change_id: UUID, expected_version: int | None
) -> Contract:
    """Take a change of plan back that has not come yet. Raises ChangeNotFound, NotInForce, ContractEnded."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    kept = domain.withdraw_change(contract, change_id)
    await store.save_contract(tx, kept)
    await tx.publish(
        PlanChangeWithdrawn(
            contract_id=kept.id, organization_id=kept.organization_id, change_id=change_id, withdrawn_at=tx.now
        )
    )
    await tell_adjustments(tx, before=contract, after=kept)
    return kept


async def let_time_change(tx: Transaction, *, contract: Contract) -> None:
    """Let the amendments of a locked contract come into force whose day has begun, and let it end when it ends."""
    current = await _let_come(tx, contract)
    over = domain.terminate(current, at=tx.now)
    if over.state == "terminated" != current.state:
        notice = over.life.notice
        assert notice is not None, "only notice ends a contract"
        await tx.publish(
            ContractTerminated(
                contract_id=over.id,
                organization_id=over.organization_id,
                effective_date=notice.effective_date,
                terminated_at=tx.now,
            )
        )
    settled = domain.with_next_change(over)
    await store.save_contract(tx, settled)
    wake(tx, settled.changes_at, settled.next_run.at if settled.next_run else None)


async def suspend_contract(
    tx: Transaction, *, contract_id: UUID, reason: str, expected_version: int | None
) -> Contract:
    """Suspend a contract for non-payment: nothing new is estimated (2.9). Raises NotInForce, AlreadySuspended."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    suspended = domain.suspend(contract, reason=reason, at=tx.now)
    await store.save_contract(tx, suspended)
    await tx.publish(
        ContractSuspended(
            contract_id=suspended.id,
            organization_id=suspended.organization_id,
            reason=reason,
            stops_grants=suspended.terms.suspension_stops_grants,
            suspended_at=tx.now,
        )
    )
    return suspended


async def resume_contract(tx: Transaction, *, contract_id: UUID, expected_version: int | None) -> Contract:
    """Let a suspended contract go on (2.9). Raises NotInForce, NotSuspended."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    resumed = domain.resume(contract, at=tx.now)
    await store.save_contract(tx, resumed)
    await tx.publish(
        ContractResumed(contract_id=resumed.id, organization_id=resumed.organization_id, resumed_at=tx.now)
    )
    return resumed


async def name_account_manager(
    tx: Transaction, *, contract_id: UUID, manager_id: str | None, deputy_id: str | None, expected_version: int | None
) -> Contract:
    """Say who looks after a customer, and who when that person is away (N10).

    Raises NobodyManages, ContractEnded.
    """
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    domain.check_manager(await offers.current(tx, Section), contract.terms.plan_code, manager_id)
    named = domain.name_account_manager(contract, manager_id=manager_id, deputy_id=deputy_id)
    await store.save_contract(tx, named)
    if named.state != "draft":
        await tx.publish(
            AccountManagerChanged(
                contract_id=named.id,
                organization_id=named.organization_id,
                account_manager_id=manager_id,
                account_manager_deputy_id=deputy_id,
                changed_at=tx.now,
            )
        )
    return named


async def change_rounding(
    tx: Transaction, *, contract_id: UUID, rounding: Rounding | None, expected_version: int | None
) -> Contract:
    """Round the time of tickets that are estimated from now on otherwise; None: as the provider does (2.6)."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    rounded = domain.round_by(contract, rounding)
    await store.save_contract(tx, rounded)
    if rounded.state != "draft":
        await tx.publish(
            ContractRoundingChanged(
                contract_id=rounded.id,
                organization_id=rounded.organization_id,
                rounding=rounded.life.rounding,
                changed_at=tx.now,
            )
        )
    return rounded


async def _charge_upgrade(tx: Transaction, contract: Contract, amendment: Amendment) -> None:
    line = domain.upgrade_line(contract, amendment)
    if line is not None:
        await let_wait(tx, contract.id, line, cause=str(amendment.id))


async def _let_come(tx: Transaction, contract: Contract) -> Contract:
    current, come = domain.come_into_force(contract, at=tx.now)
    for amendment in come:
        if amendment.plan is not None:
            await tx.publish(plan_changed(current, amendment, at=tx.now))
    return current
