"""HTTP in: organizations, as invoices name them."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.billing import actions, store
from services.billing.domain import Organization
from services.billing.offer import Party
from shared.auth import CUSTOMERS, OFFICE
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import versioned

READERS = OFFICE | CUSTOMERS
DESCRIBED = Example(
    value={
        "legal_name": "Padaria Aurora Ltda",
        "cnpj": "12.ABC.345/01DE-35",
        "email": "financeiro@aurora.example",
        "invoice_emails": ["notas@aurora.example"],
        "address": {"street": "Rua das Flores", "city": "São Paulo", "state": "SP", "municipality_ibge": "3550308"},
        "devices": 5,
    }
)


class OrganizationDescription(Party, frozen=True, kw_only=True):
    """All that is known of a customer: what is not given is not known."""

    devices: Annotated[int, Meta(ge=0, le=1_000_000, description="Devices in its park (B38).")] | None = None
    cnpj_active_on: Annotated[date | None, Meta(description="When the CNPJ was looked up and found active.")] = None


class OrganizationAdded(OrganizationDescription, frozen=True, kw_only=True):
    """A new customer. `organization_id`: an id of your own making, e.g. for what comes from an older system."""

    organization_id: UUID | None = None


class OrganizationView(msgspec.Struct, frozen=True, kw_only=True):
    """A customer; invoices that have a number keep what it was called then."""

    organization_id: UUID
    party: Party
    devices: int | None
    cnpj_active_on: date | None
    version: int


class OrganizationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Organizations, newest first."""

    items: list[OrganizationView]
    next_cursor: str | None


@post("/v1/organizations", roles=OFFICE, operation_id="add_organization")
async def add_organization(
    tx: Transaction, data: Annotated[OrganizationAdded, Body(examples=[DESCRIBED])]
) -> Response[OrganizationView]:
    """Write a customer down before there is a contract with it."""
    organization = await actions.add_organization(
        tx,
        organization_id=data.organization_id,
        party=msgspec.convert(data, Party, from_attributes=True),
        devices=data.devices,
        cnpj_active_on=data.cnpj_active_on,
    )
    answer = versioned(_view(organization), version=organization.version, status=201)
    answer.headers["Location"] = f"/v1/organizations/{organization.id}"
    return answer


@get("/v1/organizations", roles=READERS, operation_id="list_organizations")
async def list_organizations(tx: Transaction, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> OrganizationPage:
    """Organizations, newest first; a customer sees its own."""
    page = await store.organizations_page(tx, Slice(limit=limit, cursor=cursor))
    return OrganizationPage(items=[_view(one) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/organizations/{organization_id:uuid}", roles=READERS, operation_id="read_organization")
async def read_organization(tx: Transaction, organization_id: UUID) -> Response[OrganizationView]:
    """One organization."""
    organization = await store.one_organization(tx, organization_id)
    return versioned(_view(organization), version=organization.version)


@put("/v1/organizations/{organization_id:uuid}", roles=OFFICE, operation_id="describe_organization")
async def describe_organization(
    tx: Transaction,
    organization_id: UUID,
    data: Annotated[OrganizationDescription, Body(examples=[DESCRIBED])],
    if_match: int | None,
) -> Response[OrganizationView]:
    """Write down what is known of a customer: the next invoices say it."""
    organization = await actions.describe_organization(
        tx,
        organization_id=organization_id,
        party=msgspec.convert(data, Party, from_attributes=True),
        devices=data.devices,
        cnpj_active_on=data.cnpj_active_on,
        expected_version=if_match,
    )
    return versioned(_view(organization), version=organization.version)


def _view(organization: Organization) -> OrganizationView:
    return OrganizationView(
        organization_id=organization.id,
        party=organization.party,
        devices=organization.devices,
        cnpj_active_on=organization.cnpj_active_on,
        version=organization.version,
    )


routes = [add_organization, list_organizations, read_organization, describe_organization]
