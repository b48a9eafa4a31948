"""HTTP in: contracts, from the draft to the one in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.billing import actions, domain, store
from services.billing.domain import (
    MONTH_PATTERN,
    Applicant,
    Conditions,
    Contract,
    Kind,
    Month,
    Negotiated,
    State,
    Terms,
)
from services.billing.offer import (
    MOST_CENTS,
    MOST_MINUTES,
    Adjustment,
    Code,
    EarlyExit,
    Email,
    FeeTiming,
    FirstCycle,
    LateRate,
    Locale,
    Name,
    OnTermination,
    Party,
    Percent,
    Rounding,
)
from shared.auth import EVERYBODY, OFFICE
from shared.db import Transaction
from shared.events.billing import RoundingRule
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned

AGREED = Example(value={"price_cents": 120000, "monthly_minutes": 300, "full_hour_price_cents": 23000})
MonthText = Annotated[str, Meta(pattern=MONTH_PATTERN, examples=["2026-12"])]
# Without examples: the document makes its example of those there are, and an offer that fixes a price refuses any.
AgreedCents = Annotated[int, Meta(ge=0, le=MOST_CENTS, description="Integer centavos, where negotiable.")]
AgreedMinutes = Annotated[int, Meta(ge=0, le=MOST_MINUTES, description="Integer minutes, where negotiable.")]


class OrganizationInput(Party, frozen=True, kw_only=True):
    """The customer. Without `id` it is found by its CNPJ, or new.

    What is given replaces what is known when the contract is activated, an address as a whole; what is not given, or
    null, stays as it is known.
    """

    legal_name: Annotated[Name, Meta(examples=["Padaria Aurora Ltda"])]
    email: Annotated[Email, Meta(examples=["financeiro@aurora.example"])] | None = None
    id: UUID | None = None
    devices: Annotated[int, Meta(ge=0, le=1_000_000, description="Devices in its park (B38).")] | None = None
    cnpj_active_on: Annotated[date | None, Meta(description="When the CNPJ was looked up and found active.")] = None


class AgreedInput(Input, frozen=True, kw_only=True):
    """What was agreed with this customer, where the offer leaves it open; null: as the offer says."""

    price_cents: AgreedCents | None = None
    monthly_minutes: AgreedMinutes | None = None
    full_hour_price_cents: AgreedCents | None = None


class ConditionsInput(Input, frozen=True, kw_only=True):
    """What was agreed with this customer besides prices (B45, 2.9, 3.9); null: as the offer says."""

    net_days: Annotated[int, Meta(ge=0, le=120)] | None = None
    minimum_term_months: Annotated[int, Meta(ge=0, le=120)] | None = None
    notice_days: Annotated[int, Meta(ge=0, le=365)] | None = None
    fees: FeeTiming | None = None
    early_exit: EarlyExit | None = None
    early_exit_fee_percent: Percent | None = None
    on_termination: OnTermination | None = None
    suspension_stops_grants: bool | None = None
    grant_requires_payment: bool | None = None
    adjustment: Adjustment | None = None
    late_fee_bp: LateRate | None = None
    late_interest_bp: LateRate | None = None


class ContractInput(AgreedInput, frozen=True, kw_only=True):
    """A contract to be written down.

    For contracts that come from an older system, `fees_from` is the first month whose fee is invoiced here, and
    `hours_from` the first one whose hours are granted here: what is left of earlier ones are opening lots.
    `contract_id` is an id of your own making: drafted again under it, the contract is refused, not made twice.
    """

    organization: OrganizationInput
    start_date: Annotated[date, Meta(examples=["2026-11-10"])]
    plan_code: Code | None = None
    product: Annotated[Code, Meta(examples=["hour_bank"])] | None = None
    kind: Kind = "recurring"
    first_cycle: FirstCycle | None = None
    fees_from: Annotated[str, Meta(pattern=MONTH_PATTERN, description="A month, e.g. 2026-12.")] | None = None
    hours_from: Annotated[str, Meta(pattern=MONTH_PATTERN, description="A month, e.g. 2026-12.")] | None = None
    contract_id: UUID | None = None
    timezone: Annotated[str, Meta(max_length=60, examples=["America/Sao_Paulo"])] | None = None
    locale: Locale | None = None
    account_manager_id: Annotated[str, Meta(max_length=200)] | None = None
    account_manager_deputy_id: Annotated[str, Meta(max_length=200)] | None = None
    rounding: Rounding | None = None
    conditions: ConditionsInput | None = None


class ConditionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract says besides prices: of fees, of its end, of suspension, of adjustment."""

    fees: FeeTiming
    early_exit: EarlyExit
    early_exit_fee_percent: int
    on_termination: OnTermination
    suspension_stops_grants: bool
    grant_requires_payment: bool
    adjustment: Adjustment | None
    late_fee_bp: Annotated[int, Meta(description="Of what is paid late, once, in basis points (3.4).")]
    late_interest_bp: Annotated[int, Meta(description="A month of 30 days, in basis points (3.4).")]


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
    """A contract; null prices and packages are still to be agreed.

    `ends_on` is the first local date without it; prices are not adjusted again before `next_adjustment_from`.
    """

    contract_id: UUID
    organization_id: UUID
    state: State
    kind: Kind
    product: str
    plan_code: str
    plan_name: str
    queue_rank: int
    price_cents: int | None
    suggested_price_cents: int | None
    monthly_minutes: int | None
    full_hour_price_cents: int | None
    price_list_version: int
    discount_percent: int
    validity_months: int
    net_days: int
    minimum_term_months: int
    notice_days: int
    conditions: ConditionsView
    next_adjustment_from: date | None
    rounding: RoundingRule | None
    account_manager_id: str | None
    account_manager_deputy_id: str | None
    ends_on: date | None
    timezone: str
    locale: Locale
    start_date: date
    first_cycle: FirstCycle
    fees_invoiced_from: MonthText
    hours_from: MonthText | None
    next_invoice_at: datetime | None
    created_at: datetime
    activated_at: datetime | None
    version: int


class ContractPage(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts, newest first."""

    items: list[ContractView]
    next_cursor: str | None


@post("/v1/contracts", roles=OFFICE, operation_id="draft_contract")
async def draft_contract(tx: Transaction, data: ContractInput) -> Response[ContractView]:
    """Write a contract down as a draft, with its customer; its terms are those of the offer of today."""
    contract = await actions.draft_contract(
        tx, applicant=_applicant(data.organization), wanted=_wanted(data), agreed=agreed_of(data)
    )
    answer = versioned(view_of(contract), version=contract.version, status=201)
    answer.headers["Location"] = f"/v1/contracts/{contract.id}"
    return answer


@put("/v1/contracts/{contract_id:uuid}/terms", roles=OFFICE, operation_id="negotiate_terms")
async def negotiate_terms(
    tx: Transaction, contract_id: UUID, data: Annotated[AgreedInput, Body(examples=[AGREED])], if_match: int | None
) -> Response[ContractView]:
    """Fill in what was agreed with the customer, while the contract is a draft."""
    contract = await actions.negotiate_terms(
        tx, contract_id=contract_id, agreed=agreed_of(data), expected_version=if_match
    )
    return versioned(view_of(contract), version=contract.version)


@post("/v1/contracts/{contract_id:uuid}/activate", roles=OFFICE, operation_id="activate_contract", status_code=200)
async def activate_contract(tx: Transaction, contract_id: UUID, if_match: int | None) -> Response[ContractView]:
    """Put the contract in force: hours are granted from its start, and its first invoice is planned."""
    contract = await actions.activate_contract(tx, contract_id=contract_id, expected_version=if_match)
    return versioned(view_of(contract), version=contract.version)


@get("/v1/contracts/{contract_id:uuid}", roles=EVERYBODY, operation_id="read_contract")
async def read_contract(tx: Transaction, contract_id: UUID) -> Response[ContractView]:
    """One contract; a draft is not there for a customer."""
    contract = await store.contract(tx, contract_id)
    return versioned(view_of(contract), version=contract.version)


@get("/v1/contracts", roles=EVERYBODY, operation_id="list_contracts")
async def list_contracts(
    tx: Transaction,
    organization_id: UUID | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> ContractPage:
    """Contracts, newest first; customers see those of their own organization, and no drafts."""
    page = await store.contracts_page(tx, Slice(limit=limit, cursor=cursor), organization_id=organization_id)
    return ContractPage(items=[view_of(contract) for contract in page.items], next_cursor=page.next_cursor)


def view_of(contract: Contract) -> ContractView:
    """A contract as the interface shows it."""
    terms: Terms = contract.terms
    return ContractView(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        state=contract.state,
        kind=contract.kind,
        product=terms.product,
        plan_code=terms.plan_code,
        plan_name=terms.plan_name,
        queue_rank=terms.queue_rank,
        price_cents=terms.price_cents,
        suggested_price_cents=domain.suggestion_for(terms),
        monthly_minutes=terms.monthly_minutes,
        full_hour_price_cents=terms.full_hour_price_cents,
        price_list_version=terms.price_list_version,
        discount_percent=terms.discount_percent,
        validity_months=terms.validity_months,
        net_days=terms.net_days,
        minimum_term_months=terms.minimum_term_months,
        notice_days=terms.notice_days,
        conditions=msgspec.convert(terms, ConditionsView, from_attributes=True),
        next_adjustment_from=domain.earliest_next(contract),
        rounding=contract.life.rounding,
        account_manager_id=contract.account_manager_id,
        account_manager_deputy_id=contract.life.account_manager_deputy_id,
        ends_on=contract.life.notice.effective_date if contract.life.notice else None,
        timezone=contract.timezone,
        locale=contract.locale,
        start_date=contract.start_date,
        first_cycle=contract.first_cycle,
        fees_invoiced_from=str(contract.next_fee_month),
        hours_from=str(contract.life.hours_from) if contract.life.hours_from else None,
        next_invoice_at=contract.next_run.at if contract.next_run else None,
        created_at=contract.created_at,
        activated_at=contract.activated_at,
        version=contract.version,
    )


def _applicant(given: OrganizationInput) -> Applicant:
    return Applicant(
        organization_id=given.id,
        party=msgspec.convert(given, Party, from_attributes=True),
        devices=given.devices,
        cnpj_active_on=given.cnpj_active_on,
    )


def _wanted(given: ContractInput) -> actions.Wanted:
    return actions.Wanted(
        kind=given.kind,
        plan_code=given.plan_code,
        product=given.product,
        start_date=given.start_date,
        first_cycle=given.first_cycle,
        fees_from=Month.read(given.fees_from) if given.fees_from else None,
        timezone=given.timezone,
        locale=given.locale,
        account_manager_id=given.account_manager_id,
        account_manager_deputy_id=given.account_manager_deputy_id,
        rounding=given.rounding,
        conditions=Conditions(**msgspec.structs.asdict(given.conditions)) if given.conditions else Conditions(),
        contract_id=given.contract_id,
        hours_from=Month.read(given.hours_from) if given.hours_from else None,
    )


def agreed_of(given: AgreedInput) -> Negotiated:
    """What was agreed, as the rules read it."""
    return Negotiated(
        price_cents=given.price_cents,
        monthly_minutes=given.monthly_minutes,
        full_hour_price_cents=given.full_hour_price_cents,
    )


routes = [draft_contract, negotiate_terms, activate_contract, read_contract, list_contracts]
