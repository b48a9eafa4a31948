"""The verbs of an organization: what invoices say of a customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec

from services.billing import domain, store
from services.billing.domain import Organization
from services.billing.offer import Party, Section
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import Stale


async def add_organization(
    tx: Transaction, *, organization_id: UUID | None, party: Party, devices: int | None, cnpj_active_on: date | None
) -> Organization:
    """Write a customer down before there is a contract. Raises OrganizationIdTaken, CnpjInvalid, CnpjTaken."""
    section = await offers.current(tx, Section)
    domain.check_looked_up(cnpj_active_on, today=local_date(tx.now, section.timezone))
    cnpj = None if party.cnpj is None else domain.read_cnpj(party.cnpj)
    new = Organization(
        id=organization_id or tx.new_id(),
        party=msgspec.structs.replace(party, cnpj=cnpj),
        devices=devices,
        cnpj_active_on=cnpj_active_on,
    )
    await store.add_organization(tx, new)
    return new


async def describe_organization(
    tx: Transaction,
    *,
    organization_id: UUID,
    party: Party,
    devices: int | None,
    cnpj_active_on: date | None,
    expected_version: int | None,
) -> Organization:
    """Write down what is known of a customer; invoices that have a number keep what they say (3.1).

    Raises OrganizationNotFound, CnpjInvalid, CnpjTaken, LookedUpInFuture.
    """
    known = await store.lock_organization(tx, organization_id)
    if expected_version not in {None, known.version}:
        raise Stale(f"the organization is at version {known.version}, not {expected_version}")
    section = await offers.current(tx, Section)
    domain.check_looked_up(cnpj_active_on, today=local_date(tx.now, section.timezone))
    cnpj = None if party.cnpj is None else domain.read_cnpj(party.cnpj)
    told = replace(
        known,
        party=msgspec.structs.replace(party, cnpj=cnpj),
        devices=devices,
        cnpj_active_on=cnpj_active_on,
    )
    return await store.save_organization(tx, told)
