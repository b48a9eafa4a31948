"""Organizations: how they are kept and found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.billing.domain import Applicant, CnpjTaken, Organization, update
from services.billing.offer import Party
from services.billing.store.tables import organizations
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.pages import LAST_ID, Page, Slice


class OrganizationIdTaken(Refused):
    """The id that was chosen for a new organization is that of another one."""


class OrganizationNotFound(NotFound):
    """There is no such organization, or it is somebody else's."""


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


async def add_organization(tx: Transaction, new: Organization) -> None:
    """Keep a new organization. Raises OrganizationIdTaken, CnpjTaken."""
    await _known_organization(tx, _meant(new))
    row = {"tenant": tx.tenant, "id": new.id, **_details(tx, new)}
    if (await tx.execute(_NEW_ORGANIZATION[tx.dialect], row)).first() is None:
        await _known_organization(tx, _meant(new))  # the CNPJ may have come in since
        raise OrganizationIdTaken("there is an organization with this id already", field="organization_id")


async def keep_organization(tx: Transaction, applicant: Applicant) -> Organization:
    """The organization of that id or CNPJ, with what was given of it now; the rest stays as it is known.

    Raises CnpjTaken.
    """
    known = await organization(tx, await find_organization(tx, applicant))
    updated = replace(update(known, applicant), version=known.version + 1)
    await tx.execute(_CHANGE_ORGANIZATION, {"key_tenant": tx.tenant, "key": known.id, **_details(tx, updated)})
    return updated


async def organization(tx: Transaction, organization_id: UUID) -> Organization:
    """One organization; contracts only point at those that are there."""
    row = (await tx.execute(_ORGANIZATION, {"tenant": tx.tenant, "key": organization_id})).one()
    return _organization(row)


async def one_organization(tx: Transaction, organization_id: UUID) -> Organization:
    """One organization as its reader may see it. Raises OrganizationNotFound."""
    row = (await tx.execute(_ORGANIZATION, {"tenant": tx.tenant, "key": organization_id})).first()
    if row is None or tx.organization_id not in {None, row.id}:
        raise OrganizationNotFound("there is no such organization")
    return _organization(row)


async def lock_organization(tx: Transaction, organization_id: UUID) -> Organization:
    """One organization, its row locked until the commit. Raises OrganizationNotFound."""
    row = (await tx.execute(_LOCKED, {"tenant": tx.tenant, "key": organization_id})).first()
    if row is None:
        raise OrganizationNotFound("there is no such organization")
    return _organization(row)


async def save_organization(tx: Transaction, organization: Organization) -> Organization:
    """Keep an organization as it has become; its row must be locked. Raises CnpjTaken."""
    await _known_organization(tx, _meant(organization))
    saved = replace(organization, version=organization.version + 1)
    await tx.execute(_CHANGE_ORGANIZATION, {"key_tenant": tx.tenant, "key": saved.id, **_details(tx, saved)})
    return saved


async def organizations_page(tx: Transaction, asked: Slice) -> Page[Organization]:
    """Organizations, newest first; a customer sees its own."""
    parameters = {
        "tenant": tx.tenant,
        "after": asked.after(UUID, LAST_ID),
        "most": asked.most,
        "own": tx.organization_id,
    }
    found = [_organization(row) for row in await tx.execute(_PAGE, parameters)]
    return asked.page(found, lambda organization: organization.id)


def _meant(organization: Organization) -> Applicant:
    return Applicant(
        organization_id=organization.id,
        party=organization.party,
        devices=organization.devices,
        cnpj_active_on=organization.cnpj_active_on,
    )


def _organization(row: sa.Row[Any]) -> Organization:
    return Organization(
        id=row.id,
        party=msgspec.convert(row.party, Party),
        devices=row.devices,
        cnpj_active_on=row.cnpj_active_on,
        version=row.version,
    )


async def _known_organization(tx: Transaction, applicant: Applicant) -> UUID | None:
    """The organization that is meant: the one that was named, else the one with that CNPJ. Raises CnpjTaken."""
    wanted, cnpj = applicant.organization_id, applicant.party.cnpj
    rows = (await tx.execute(_LOCKED_ORGANIZATIONS, {"tenant": tx.tenant, "key": wanted, "cnpj": cnpj})).all()
    holder = next((row.id for row in rows if cnpj is not None and row.cnpj == cnpj), None)
    if wanted is None:
        return holder
    if holder not in {None, wanted}:
        raise CnpjTaken("another organization has this CNPJ", field="cnpj")
    return next((row.id for row in rows if row.id == wanted), None)


def _details(tx: Transaction, organization: Organization) -> dict[str, Any]:
    return {
        "cnpj": organization.party.cnpj,
        "party": organization.party,
        "devices": organization.devices,
        "cnpj_active_on": organization.cnpj_active_on,
        "changed_at": tx.now,
        "version": organization.version,
    }


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
    .values(
        {name: sa.bindparam(name) for name in ("cnpj", "party", "devices", "cnpj_active_on", "changed_at", "version")}
    )
)
_LOCKED = _ORGANIZATION.with_for_update()
_own: sa.BindParameter[UUID | None] = sa.bindparam("own", type_=sa.Uuid)
_PAGE = (
    sa.select(organizations)
    .where(
        organizations.c.tenant == _tenant,
        organizations.c.id < sa.bindparam("after"),
        sa.or_(_own.is_(None), organizations.c.id == _own),
    )
    .order_by(organizations.c.id.desc())
    .limit(sa.bindparam("most"))
)
