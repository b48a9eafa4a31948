"""The verbs of a contract: write it down, negotiate it, put it in force."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.billing import domain, store
from services.billing.actions.current import check_version, wake
from services.billing.actions.invoicing import plan_notices
from services.billing.domain import Applicant, Conditions, Contract, Kind, Life, Month, Negotiated, Terms
from services.billing.offer import FirstCycle, Locale, Rounding, Section, check_zone
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import Invalid, within
from shared.events.billing import ContractActivated


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The contract that is asked for; None: as the offer says."""

    kind: Kind
    plan_code: str | None
    product: str | None
    start_date: date
    first_cycle: FirstCycle | None
    fees_from: Month | None
    timezone: str | None
    locale: Locale | None
    account_manager_id: str | None
    account_manager_deputy_id: str | None = None
    rounding: Rounding | None = None
    conditions: Conditions = field(default_factory=Conditions)
    contract_id: UUID | None = None
    hours_from: Month | None = None


async def draft_contract(tx: Transaction, *, applicant: Applicant, wanted: Wanted, agreed: Negotiated) -> Contract:
    """Write a contract down, with the terms of the offer as it is today; it binds nobody yet (B38, B42, N25).

    What it says of its customer stays on it until the activation: no invoice bears what is only a draft. Raises
    ContractIdTaken, and what the rules of the offer raise.
    """
    section = await offers.current(tx, Section)
    locale, timezone = wanted.locale or section.locale, wanted.timezone or section.timezone
    _check_zone(timezone)
    domain.check_manager(section, wanted.plan_code, wanted.account_manager_id)
    fees_from = domain.first_fee_month(wanted.start_date, wanted.fees_from, now=tx.now, timezone=timezone)
    with within("organization"):
        domain.check_looked_up(applicant.cnpj_active_on, today=local_date(tx.now, timezone))
        admitted = domain.admit(applicant, section.onboarding, locale=locale)
        organization_id = await store.find_organization(tx, admitted)
    contract = Contract(
        id=wanted.contract_id or tx.new_id(),
        organization_id=organization_id,
        state="draft",
        kind=wanted.kind,
        terms=_terms(section, wanted, agreed, locale=locale),
        account_manager_id=wanted.account_manager_id,
        timezone=timezone,
        locale=locale,
        start_date=wanted.start_date,
        first_cycle=wanted.first_cycle or section.terms.first_cycle,
        next_fee_month=fees_from,
        next_run=None,
        created_at=tx.now,
        activated_at=None,
        version=1,
        applicant=replace(admitted, organization_id=organization_id),
        life=_life(section, wanted),
    )
    await store.add_contract(tx, contract)
    return contract


async def negotiate_terms(
    tx: Transaction, *, contract_id: UUID, agreed: Negotiated, expected_version: int | None
) -> Contract:
    """Fill in what is agreed per contract, while it is a draft (N25, B41)."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    changed = domain.renegotiate(contract, agreed)
    await store.save_contract(tx, changed)
    return changed


async def activate_contract(tx: Transaction, *, contract_id: UUID, expected_version: int | None) -> Contract:
    """Put a contract in force, with what it says of its customer, and plan its first invoice.

    Raises AlreadyActive, StillToNegotiate, Stale, CnpjTaken.
    """
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    section = await offers.current(tx, Section)
    active = domain.activate(contract, at=tx.now, calendars=domain.calendars_of(section))
    active = domain.begin_adjustments(active, at=tx.now)
    if contract.applicant is not None:
        with within("organization"):
            await store.keep_organization(tx, contract.applicant)
    domain.check_active(await store.organization(tx, contract.organization_id), section.onboarding)
    await store.save_contract(tx, active)
    await plan_notices(tx, contract=active, section=section)
    await tx.publish(_activated(active))
    wake(tx, domain.run_of(active).at, active.adjusts_at)
    return active


def _terms(section: Section, wanted: Wanted, agreed: Negotiated, *, locale: Locale) -> Terms:
    terms = domain.terms_of(
        section, kind=wanted.kind, plan_code=wanted.plan_code, product=wanted.product, locale=locale
    )
    return domain.on_conditions(domain.negotiate(terms, agreed), wanted.conditions)


def _life(section: Section, wanted: Wanted) -> Life:
    rounding = wanted.rounding or section.terms.rounding
    if wanted.hours_from is not None and wanted.hours_from < Month.of(wanted.start_date):
        raise Invalid("the first month with hours is not before the start", field="hours_from", rule="2.2")
    return Life(
        account_manager_deputy_id=wanted.account_manager_deputy_id,
        hours_from=wanted.hours_from,
        rounding=domain.rounding_rule(rounding, version=1) if rounding else None,
    )


def _activated(contract: Contract) -> ContractActivated:
    terms, agreed = contract.terms, domain.agreed_prices(contract.terms)
    assert contract.activated_at is not None, "it has just been activated"
    return ContractActivated(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        kind=contract.kind,
        product=terms.product,
        plan_code=terms.plan_code,
        monthly_minutes=agreed.monthly_minutes,
        plan_price_cents=agreed.price_cents,
        full_hour_price_cents=agreed.full_hour_price_cents,
        validity_months=terms.validity_months,
        first_cycle=contract.first_cycle,
        start_date=contract.start_date,
        timezone=contract.timezone,
        queue_rank=terms.queue_rank,
        account_manager_id=contract.account_manager_id,
        activated_at=contract.activated_at,
        rounding=contract.life.rounding,
        on_termination=terms.on_termination,
        minimum_term_months=terms.minimum_term_months,
        suspension_stops_grants=terms.suspension_stops_grants,
        grant_requires_payment=terms.grant_requires_payment,
        account_manager_deputy_id=contract.life.account_manager_deputy_id,
        grants_from=contract.life.hours_from.first_day if contract.life.hours_from else None,
    )


def _check_zone(timezone: str) -> None:
    try:
        check_zone(timezone)
    except ValueError as error:
        raise Invalid(str(error), field="timezone") from error
