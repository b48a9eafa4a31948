"""Organizations and contracts: how they are kept and found."""

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

from services.billing.domain import Applicant, CnpjTaken, Contract, Month, Organization, Run, Terms, update
from services.billing.offer import Party
from services.billing.store.tables import contracts, organizations
from shared.db import Transaction
from shared.errors import NotFound
from shared.pages import LAST_ID, Page, Slice


class ContractNotFound(NotFound):
    """There is no such contract, or it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A locked contract whose run is due, and whose it is."""

    tenant: str
    contract: Contract


async def find_organization(tx: Transaction, applicant: Applicant) -> UUID:
    """The organization of that id or CNPJ, its row locked; one that is new is made, with its name and CNPJ only.

    Raises CnpjTaken when the CNPJ belongs to another organization than the one that was named.
    """
    known = await _known_organization(tx, applicant)
    if known is None:
        named = Party(legal_name=applicant.party.legal_name, cnpj=applicant.party.cnpj)
        new = Organization(id=applicant.organization_id or tx.new_id(), party=named, devices=None, cnpj_active_on=None)
        made = (
            await tx.execute(_NEW_ORGANIZATION[tx.dialect], {"tenant": tx.tenant, "id": new.id, **_details(tx, new)})
        ).first()
        known = made.id if made else await _known_organization(tx, applicant)
    assert known is not None, "an organization that cannot be made is there already"
    return known


async def keep_organization(tx: Transaction, applicant: Applicant) -> Organization:
    """The organization of that id or CNPJ, with what was given of it now; the rest stays as it is known.

    Raises CnpjTaken.
    """
    known = await organization(tx, await find_organization(tx, applicant))
    updated = update(known, applicant)
    await tx.execute(_CHANGE_ORGANIZATION, {"key_tenant": tx.tenant, "key": known.id, **_details(tx, updated)})
    return updated


async def organization(tx: Transaction, organization_id: UUID) -> Organization:
    """One organization; contracts only point at those that are there."""
    row = (await tx.execute(_ORGANIZATION, {"tenant": tx.tenant, "key": organization_id})).one()
    return Organization(
        id=row.id,
        party=msgspec.convert(row.party, Party),
        devices=row.devices,
        cnpj_active_on=row.cnpj_active_on,
    )


async def add_contract(tx: Transaction, contract: Contract) -> None:
    """Keep a new contract."""
    await tx.execute(_ADD, {"tenant": tx.tenant, **_columns(contract)})


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


async def _known_organization(tx: Transaction, applicant: Applicant) -> UUID | None:
    """The organization that is meant: the one that was named, else the one with that CNPJ. Raises CnpjTaken."""
    wanted, cnpj = applicant.organization_id, applicant.party.cnpj
    rows = (await tx.execute(_LOCKED_ORGANIZATIONS, {"tenant": tx.tenant, "key": wanted, "cnpj": cnpj})).all()
    holder = next((row.id for row in rows if cnpj is not None and row.cnpj == cnpj), None)
    if wanted is None:
        return holder
    if holder not in {None, wanted}:
        raise CnpjTaken("another organization has this CNPJ", field="organization.cnpj")
    return next((row.id for row in rows if row.id == wanted), None)


def _details(tx: Transaction, organization: Organization) -> dict[str, Any]:
    return {
        "cnpj": organization.party.cnpj,
        "party": organization.party,
        "devices": organization.devices,
        "cnpj_active_on": organization.cnpj_active_on,
        "changed_at": tx.now,
    }


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
    }


def _contract(row: sa.Row[Any]) -> Contract:
    run = None
    if row.next_invoice_at is not None:
        run = Run(month=Month.read(row.next_invoice_month), at=row.next_invoice_at)
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
    )


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_ORGANIZATION = sa.select(organizations).where(organizations.c.tenant == _tenant, organizations.c.id == _key)
_LOCKED_ORGANIZATIONS = (
    sa.select(organizations)
    .where(
        organizations.c.tenant == _tenant,
        sa.or_(organizations.c.id == _key, organizations.c.cnpj == sa.bindparam("cnpj")),
    )
    .order_by(organizations.c.id)
    .with_for_update()
)
# Two requests may bring the same new customer at once: the second one waits, adds nothing and finds the first one's.
_NEW_ORGANIZATION: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(organizations).on_conflict_do_nothing().returning(organizations.c.id),
    "sqlite": sqlite.insert(organizations).on_conflict_do_nothing().returning(organizations.c.id),
}
_CHANGE_ORGANIZATION = (
    sa.update(organizations)
    .where(organizations.c.tenant == sa.bindparam("key_tenant"), organizations.c.id == _key)
    .values({name: sa.bindparam(name) for name in ("cnpj", "party", "devices", "cnpj_active_on", "changed_at")})
)
_ADD = sa.insert(contracts)
_SAVED = (
    "state",
    "terms",
    "next_fee_month",
    "next_invoice_month",
    "next_invoice_at",
    "activated_at",
    "version",
    "applicant",
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
_LOCK_DUE = (
    sa.select(contracts)
    .where(contracts.c.next_invoice_at <= sa.bindparam("now"))
    .order_by(contracts.c.tenant, contracts.c.next_invoice_at, contracts.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PUT_OFF = (
    sa.update(contracts)
    .where(contracts.c.id.in_(sa.bindparam("keys", expanding=True)))
    .values(next_invoice_at=sa.bindparam("until"))
)
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
