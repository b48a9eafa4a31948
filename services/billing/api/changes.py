"""HTTP in: what changes in a contract in force: its plan, its pause, its end, who looks after it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.billing import actions, domain, store
from services.billing.api.contracts import AgreedInput, ContractView, agreed_of, view_of
from services.billing.domain import Amendment, Contract, Mode
from services.billing.offer import Code, OnTermination, Rounding
from shared.auth import EVERYBODY, OFFICE
from shared.db import Transaction
from shared.web import Input, versioned

Reason = Annotated[str, Meta(min_length=3, max_length=500, examples=["fatura em aberto"])]
MANAGER = Example(value={"account_manager_id": "marina", "deputy_id": "rafael"})
ROUNDED = Example(value={"rounding": {"increment_minutes": 15, "mode": "up"}})
Person = Annotated[str, Meta(min_length=1, max_length=200)]


class PlanChangeInput(AgreedInput, frozen=True, kw_only=True):
    """Another plan: with the next month, or from today on, the rest of this month by days (2.8).

    Prices and minutes are given for a plan where they are agreed per contract.
    """

    plan_code: Annotated[Code, Meta(examples=["BASIC"])]
    mode: Mode = "next_cycle"
    account_manager_id: Person | None = None


class PlanChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """A change of plan, and what the contract costs from its day on."""

    change_id: UUID
    state: Literal["scheduled", "in_force", "withdrawn"]
    mode: Mode
    from_plan_code: str
    plan_code: str
    price_cents: int | None
    monthly_minutes: int | None
    full_hour_price_cents: int | None
    effective_date: date
    decided_at: datetime


class PlanChangesView(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of plan of a contract, oldest first."""

    items: list[PlanChangeView]


class CancellationInput(Input, frozen=True, kw_only=True):
    """Notice: the local date on which it was received, and why. `early`: before the minimum term is over (B45, B46)."""

    received_date: Annotated[
        date, Meta(description="Local date, not in the future, nor long before the contract.", examples=["2026-11-01"])
    ]
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["pedido por e-mail ao financeiro"])]
    early: bool = False


class CancellationView(msgspec.Struct, frozen=True, kw_only=True):
    """When a contract ends: `effective_date` is the first local date without it.

    `last_notice_date` is the last day on which notice could be given for that date; grants go on until
    `last_grant_date`.
    """

    contract_id: UUID
    received_date: date
    effective_date: date
    last_notice_date: date
    last_grant_date: date
    reason: str
    early: bool
    exit_fee_cents: int
    on_termination: OnTermination
    final_invoice_at: datetime | None
    requested_at: datetime


class SuspensionInput(Input, frozen=True, kw_only=True):
    """Why a contract is suspended."""

    reason: Reason


class AccountManagerInput(Input, frozen=True, kw_only=True):
    """Who looks after the customer, and who when that person is away (N10); null: nobody."""

    account_manager_id: Person | None
    deputy_id: Person | None = None


class ContractPatch(Input, frozen=True, kw_only=True):
    """What is changed; `rounding` null: by the provider's own policy (2.6)."""

    rounding: Rounding | None


@post("/v1/contracts/{contract_id:uuid}/plan-changes", roles=OFFICE, operation_id="change_plan", status_code=201)
async def change_plan(
    tx: Transaction, contract_id: UUID, data: PlanChangeInput, if_match: int | None
) -> Response[PlanChangeView]:
    """Decide on another plan; a smaller one comes with the next month only."""
    contract = await actions.change_plan(
        tx,
        contract_id=contract_id,
        plan_code=data.plan_code,
        mode=data.mode,
        agreed=agreed_of(data),
        account_manager_id=data.account_manager_id,
        expected_version=if_match,
    )
    return versioned(_plan_changes(contract)[-1], version=contract.version, status=201)


@get("/v1/contracts/{contract_id:uuid}/plan-changes", roles=EVERYBODY, operation_id="list_plan_changes")
async def list_plan_changes(tx: Transaction, contract_id: UUID) -> PlanChangesView:
    """The changes of plan that were decided, those that were withdrawn, too."""
    return PlanChangesView(items=_plan_changes(await store.contract(tx, contract_id)))


@delete(
    "/v1/contracts/{contract_id:uuid}/plan-changes/{change_id:uuid}",
    roles=OFFICE,
    operation_id="withdraw_plan_change",
    status_code=200,
)
async def withdraw_plan_change(
    tx: Transaction, contract_id: UUID, change_id: UUID, if_match: int | None
) -> Response[ContractView]:
    """Take back a change of plan that has not come yet."""
    contract = await actions.withdraw_plan_change(
        tx, contract_id=contract_id, change_id=change_id, expected_version=if_match
    )
    return versioned(view_of(contract), version=contract.version)


@post("/v1/contracts/{contract_id:uuid}/cancellation", roles=OFFICE, operation_id="cancel_contract", status_code=201)
async def cancel_contract(
    tx: Transaction, contract_id: UUID, data: CancellationInput, if_match: int | None
) -> Response[CancellationView]:
    """Enter a cancellation; it ends the contract after the notice and not inside the minimum term."""
    contract = await actions.cancel_contract(
        tx,
        contract_id=contract_id,
        received=data.received_date,
        reason=data.reason,
        early=data.early,
        expected_version=if_match,
    )
    location = f"/v1/contracts/{contract_id}/cancellation"
    return versioned(_cancellation(contract), version=contract.version, status=201, location=location)


@get("/v1/contracts/{contract_id:uuid}/cancellation", roles=EVERYBODY, operation_id="read_cancellation")
async def read_cancellation(tx: Transaction, contract_id: UUID) -> Response[CancellationView]:
    """The notice that was given; 404 while none was."""
    contract = await store.contract(tx, contract_id)
    return versioned(_cancellation(contract), version=contract.version)


@delete(
    "/v1/contracts/{contract_id:uuid}/cancellation",
    roles=OFFICE,
    operation_id="withdraw_cancellation",
    status_code=200,
)
async def withdraw_cancellation(tx: Transaction, contract_id: UUID, if_match: int | None) -> Response[ContractView]:
    """Take the notice back before it takes effect: the contract goes on."""
    contract = await actions.withdraw_cancellation(tx, contract_id=contract_id, expected_version=if_match)
    return versioned(view_of(contract), version=contract.version)


@post("/v1/contracts/{contract_id:uuid}/suspension", roles=OFFICE, operation_id="suspend_contract", status_code=200)
async def suspend_contract(
    tx: Transaction, contract_id: UUID, data: SuspensionInput, if_match: int | None
) -> Response[ContractView]:
    """Suspend a contract for non-payment: nothing new is estimated, what was approved is finished."""
    contract = await actions.suspend_contract(
        tx, contract_id=contract_id, reason=data.reason, expected_version=if_match
    )
    return versioned(view_of(contract), version=contract.version)


@delete("/v1/contracts/{contract_id:uuid}/suspension", roles=OFFICE, operation_id="resume_contract", status_code=200)
async def resume_contract(tx: Transaction, contract_id: UUID, if_match: int | None) -> Response[ContractView]:
    """Let a suspended contract go on."""
    contract = await actions.resume_contract(tx, contract_id=contract_id, expected_version=if_match)
    return versioned(view_of(contract), version=contract.version)


@put("/v1/contracts/{contract_id:uuid}/account-manager", roles=OFFICE, operation_id="name_account_manager")
async def name_account_manager(
    tx: Transaction,
    contract_id: UUID,
    data: Annotated[AccountManagerInput, Body(examples=[MANAGER])],
    if_match: int | None,
) -> Response[ContractView]:
    """Say who looks after the customer."""
    contract = await actions.name_account_manager(
        tx,
        contract_id=contract_id,
        manager_id=data.account_manager_id,
        deputy_id=data.deputy_id,
        expected_version=if_match,
    )
    return versioned(view_of(contract), version=contract.version)


@patch("/v1/contracts/{contract_id:uuid}", roles=OFFICE, operation_id="change_contract")
async def change_contract(
    tx: Transaction, contract_id: UUID, data: Annotated[ContractPatch, Body(examples=[ROUNDED])], if_match: int | None
) -> Response[ContractView]:
    """Round the time of tickets that are estimated from now on by another policy."""
    contract = await actions.change_rounding(
        tx, contract_id=contract_id, rounding=data.rounding, expected_version=if_match
    )
    return versioned(view_of(contract), version=contract.version)


def _plan_changes(contract: Contract) -> list[PlanChangeView]:
    changes = [one for one in contract.life.amendments if one.kind == "plan_change"]
    return [_plan_change(contract, one) for one in sorted(changes, key=lambda one: one.decided_at)]


def _plan_change(contract: Contract, change: Amendment) -> PlanChangeView:
    step = change.plan
    assert step is not None, "a change of plan"
    terms = step.base if change.state == "withdrawn" else domain.terms_after(contract, change)
    return PlanChangeView(
        change_id=change.id,
        state=change.state,
        mode=step.mode,
        from_plan_code=step.from_plan_code,
        plan_code=step.base.plan_code,
        price_cents=terms.price_cents,
        monthly_minutes=terms.monthly_minutes,
        full_hour_price_cents=terms.full_hour_price_cents,
        effective_date=change.effective_date,
        decided_at=change.decided_at,
    )


def _cancellation(contract: Contract) -> CancellationView:
    notice = domain.notice_of(contract)
    run = contract.next_run
    return CancellationView(
        contract_id=contract.id,
        received_date=notice.received_date,
        effective_date=notice.effective_date,
        last_notice_date=domain.last_notice_date(notice.effective_date, notice_days=contract.terms.notice_days),
        last_grant_date=notice.last_grant_date,
        reason=notice.reason,
        early=notice.early,
        exit_fee_cents=notice.exit_fee_cents,
        on_termination=contract.terms.on_termination,
        final_invoice_at=run.at if run and run.is_final else None,
        requested_at=notice.requested_at,
    )


routes = [
    change_plan,
    list_plan_changes,
    withdraw_plan_change,
    cancel_contract,
    read_cancellation,
    withdraw_cancellation,
    suspend_contract,
    resume_contract,
    name_account_manager,
    change_contract,
]
