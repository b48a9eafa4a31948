"""Contracts: how they are kept and found, and which of them time is to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.billing.domain import Applicant, Contract, Life, Month, Run, Terms
from services.billing.store.tables import contracts
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.pages import LAST_ID, Page, Slice


class ContractNotFound(NotFound):
    """There is no such contract, or it is somebody else's."""


class ContractIdTaken(Refused):
    """The id that was chosen for a new contract is that of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A locked contract whose run is due, and whose it is."""

    tenant: str
    contract: Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCount:
    """How many of something a provider has."""

    tenant: str
    count: int


async def add_contract(tx: Transaction, contract: Contract) -> None:
    """Keep a new contract. Raises ContractIdTaken."""
    added = await tx.execute(_ADD[tx.dialect], {"tenant": tx.tenant, **_columns(contract)})
    if added.rowcount == 0:
        raise ContractIdTaken("there is a contract with this id already", field="contract_id")


async def save_contract(tx: Transaction, contract: Contract) -> None:
    """Keep the contract as it has become; its row must be locked."""
    await tx.execute(_SAVE, {"key_tenant": tx.tenant, "key": contract.id, **_columns(contract)})


async def contract(tx: Transaction, contract_id: UUID) -> Contract:
    """One contract. Raises ContractNotFound, for a customer also when it is another organization's or a draft."""
    return _visible(tx, (await tx.execute(_ONE, {"tenant": tx.tenant, "key": contract_id})).first())


async def lock_contract(tx: Transaction, contract_id: UUID) -> Contract:
    """One contract, its row locked until the commit. Raises ContractNotFound."""
    return _visible(tx, (await tx.execute(_LOCKED, {"tenant": tx.tenant, "key": contract_id})).first())


async def contracts_page(tx: Transaction, asked: Slice, *, organization_id: UUID | None) -> Page[Contract]:
    """Contracts, newest first; a customer sees those of its own organization that are no drafts."""
    asked_for = {"organization_id": organization_id, "own_organization_id": tx.organization_id}
    filters = {name: value for name, value in asked_for.items() if value is not None}
    parameters = {"tenant": tx.tenant, "after": asked.after(UUID, LAST_ID), "most": asked.most, **filters}
    found = [_contract(row) for row in await tx.execute(_page(frozenset(filters)), parameters)]
    return asked.page(found, lambda contract: contract.id)


async def next_due(tx: Transaction) -> datetime | None:
    """When the next run of any contract of any tenant is due."""
    due: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return due


async def next_change(tx: Transaction) -> datetime | None:
    """When time next changes any contract of any tenant."""
    due: datetime | None = (await tx.execute(_NEXT_CHANGE)).scalar_one()
    return due


async def next_adjustment(tx: Transaction) -> datetime | None:
    """When the next adjustment of any contract of any tenant is to be announced."""
    due: datetime | None = (await tx.execute(_NEXT_ADJUSTMENT)).scalar_one()
    return due


async def lock_changing(tx: Transaction, *, most: int) -> Sequence[Due]:
    """Some contracts that time changes now, locked; those that another node works on are passed over."""
    rows = await tx.execute(_LOCK_CHANGING, {"now": tx.now, "most": most})
    return [Due(tenant=row.tenant, contract=_contract(row)) for row in rows]


async def lock_adjusting(tx: Transaction, *, most: int) -> Sequence[Due]:
    """Some contracts whose adjustment is to be announced now, locked."""
    rows = await tx.execute(_LOCK_ADJUSTING, {"now": tx.now, "most": most})
    return [Due(tenant=row.tenant, contract=_contract(row)) for row in rows]


async def put_changes_off(tx: Transaction, due: Sequence[Due], *, until: datetime) -> None:
    """Let the changes of locked contracts be due later."""
    if due:
        await tx.execute(_PUT_CHANGES_OFF, {"keys": [one.contract.id for one in due], "until": until})


async def put_adjustments_off(tx: Transaction, due: Sequence[Due], *, until: datetime) -> None:
    """Let the adjustments of locked contracts be due later."""
    if due:
        await tx.execute(_PUT_ADJUSTMENTS_OFF, {"keys": [one.contract.id for one in due], "until": until})


async def wake_adjustments(tx: Transaction) -> None:
    """Let the job look at the contracts of the tenant that wait for months of an index."""
    await tx.execute(_WAKE_ADJUSTMENTS, {"key_tenant": tx.tenant, "now": tx.now})


async def without_index_page(tx: Transaction, asked: Slice) -> Page[Contract]:
    """Contracts whose adjustment is due and waits for months of its index, newest first."""
    parameters = {"tenant": tx.tenant, "after": asked.after(UUID, LAST_ID), "most": asked.most}
    found = [_contract(row) for row in await tx.execute(_WITHOUT_INDEX, parameters)]
    return asked.page(found, lambda contract: contract.id)


async def count_without_index(tx: Transaction) -> list[TenantCount]:
    """How many contracts of each tenant wait for months of an index."""
    return [TenantCount(tenant=row.tenant, count=row.found) for row in await tx.execute(_COUNT_WITHOUT_INDEX)]


async def lock_due(tx: Transaction, *, most: int) -> Sequence[Due]:
    """Some contracts whose run is due, locked; those that another node works on are passed over."""
    rows = await tx.execute(_LOCK_DUE, {"now": tx.now, "most": most})
    return [Due(tenant=row.tenant, contract=_contract(row)) for row in rows]


async def put_off(tx: Transaction, due: Sequence[Due], *, until: datetime) -> None:
    """Let the runs of locked contracts be due later."""
    if due:
        await tx.execute(_PUT_OFF, {"keys": [one.contract.id for one in due], "until": until})


async def make_runs_due(tx: Transaction) -> None:
    """Let the job look at every contract of the tenant, for its calendar has changed (B-02)."""
    await tx.execute(_MAKE_DUE, {"key_tenant": tx.tenant, "now": tx.now})


def _visible(tx: Transaction, row: sa.Row[Any] | None) -> Contract:
    is_visible = row is not None and (
        tx.organization_id is None or (tx.organization_id == row.organization_id and row.state != "draft")
    )
    if row is None or not is_visible:
        raise ContractNotFound("there is no such contract")
    return _contract(row)


def _columns(contract: Contract) -> dict[str, Any]:
    run = contract.next_run
    return {
        "id": contract.id,
        "organization_id": contract.organization_id,
        "state": contract.state,
        "kind": contract.kind,
        "terms": contract.terms,
        "account_manager_id": contract.account_manager_id,
        "timezone": contract.timezone,
        "locale": contract.locale,
        "start_date": contract.start_date,
        "first_cycle": contract.first_cycle,
        "next_fee_month": str(contract.next_fee_month),
        "next_invoice_month": str(run.month) if run else None,
        "next_invoice_at": run.at if run else None,
        "created_at": contract.created_at,
        "activated_at": contract.activated_at,
        "version": contract.version,
        "applicant": contract.applicant,
        "life": contract.life,
        "changes_at": contract.changes_at,
        "adjusts_at": contract.adjusts_at,
        "index_missing": contract.index_missing,
        "next_invoice_final": run is not None and run.is_final,
    }


def _contract(row: sa.Row[Any]) -> Contract:
    run = None
    if row.next_invoice_at is not None:
        month = Month.read(row.next_invoice_month)
        run = Run(month=month, at=row.next_invoice_at, is_final=row.next_invoice_final)
    return Contract(
        id=row.id,
        organization_id=row.organization_id,
        state=row.state,
        kind=row.kind,
        terms=msgspec.convert(row.terms, Terms),
        account_manager_id=row.account_manager_id,
        timezone=row.timezone,
        locale=row.locale,
        start_date=row.start_date,
        first_cycle=row.first_cycle,
        next_fee_month=Month.read(row.next_fee_month),
        next_run=run,
        created_at=row.created_at,
        activated_at=row.activated_at,
        version=row.version,
        applicant=msgspec.convert(row.applicant, Applicant | None),
        life=msgspec.convert(row.life, Life | None) or Life(signed=msgspec.convert(row.terms, Terms)),
        changes_at=row.changes_at,
        adjusts_at=row.adjusts_at,
        index_missing=row.index_missing,
    )


def _due_by(due_at: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(contracts)
        .where(due_at <= sa.bindparam("now"))
        .order_by(contracts.c.tenant, due_at, contracts.c.id)
        .limit(sa.bindparam("most"))
        .with_for_update(skip_locked=True)
    )


def _put_off(**values: sa.BindParameter[datetime]) -> sa.Update:
    keys: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
    return sa.update(contracts).where(contracts.c.id.in_(keys)).values(**values)


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_ADD: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(contracts).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(contracts).on_conflict_do_nothing(),
}
_SAVED = (
    "state",
    "terms",
    "next_fee_month",
    "next_invoice_month",
    "next_invoice_at",
    "activated_at",
    "version",
    "applicant",
    "account_manager_id",
    "life",
    "changes_at",
    "adjusts_at",
    "index_missing",
    "next_invoice_final",
)
_SAVE = (
    sa.update(contracts)
    .where(contracts.c.tenant == sa.bindparam("key_tenant"), contracts.c.id == _key)
    .values({name: sa.bindparam(name) for name in _SAVED})
)
_ONE = sa.select(contracts).where(contracts.c.tenant == _tenant, contracts.c.id == _key)
_LOCKED = _ONE.with_for_update()
_NEXT_DUE = sa.select(sa.func.min(contracts.c.next_invoice_at))
# By tenant first: every node takes the tenants' counters in one order, so that two nodes never wait for each other.
_LOCK_DUE = _due_by(contracts.c.next_invoice_at)
_NEXT_CHANGE = sa.select(sa.func.min(contracts.c.changes_at))
_NEXT_ADJUSTMENT = sa.select(sa.func.min(contracts.c.adjusts_at))
_LOCK_CHANGING = _due_by(contracts.c.changes_at)
_LOCK_ADJUSTING = _due_by(contracts.c.adjusts_at)
_PUT_CHANGES_OFF = _put_off(changes_at=sa.bindparam("until"))
_PUT_ADJUSTMENTS_OFF = _put_off(adjusts_at=sa.bindparam("until"))
_WAKE_ADJUSTMENTS = (
    sa.update(contracts)
    .where(contracts.c.tenant == sa.bindparam("key_tenant"), contracts.c.index_missing)
    .values(adjusts_at=sa.bindparam("now"))
)
_WITHOUT_INDEX = (
    sa.select(contracts)
    .where(contracts.c.tenant == _tenant, contracts.c.index_missing, contracts.c.id < sa.bindparam("after"))
    .order_by(contracts.c.id.desc())
    .limit(sa.bindparam("most"))
)
_COUNT_WITHOUT_INDEX = (
    sa.select(contracts.c.tenant, sa.func.count().label("found"))
    .where(contracts.c.index_missing)
    .group_by(contracts.c.tenant)
)
_PUT_OFF = _put_off(next_invoice_at=sa.bindparam("until"))
_MAKE_DUE = (
    sa.update(contracts)
    .where(contracts.c.tenant == sa.bindparam("key_tenant"), contracts.c.next_invoice_at > sa.bindparam("now"))
    .values(next_invoice_at=sa.bindparam("now"))
)


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement for each combination of filters, built when it is first needed."""
    wanted = [contracts.c.tenant == _tenant, contracts.c.id < sa.bindparam("after")]
    wanted += [contracts.c.organization_id == sa.bindparam(name, type_=sa.Uuid) for name in sorted(filters)]
    if "own_organization_id" in filters:  # a customer asks
        wanted.append(contracts.c.state != "draft")
    return sa.select(contracts).where(*wanted).order_by(contracts.c.id.desc()).limit(sa.bindparam("most"))
