"""The verbs of billing: load, decide, save, tell, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing import domain, store
from services.billing.domain import Applicant, Contract, Kind, Month, Negotiated, Overage, Run
from services.billing.offer import FirstCycle, Locale, Section, check_zone
from shared import offers
from shared.calendar import BeyondHorizon, local_date
from shared.db import Transaction
from shared.errors import Invalid, Stale
from shared.events.billing import ContractActivated, InvoiceFinalized, InvoiceLine


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


async def apply_offer(tx: Transaction, section: Section) -> offers.Applied:
    """Keep billing's section of the offer; a calendar that has changed moves the runs that are planned (B-02).

    Raises Invalid when no invoice could ever be made by its calendars.
    """
    _check_calendars(section, local_date(tx.now, section.timezone))
    applied = await offers.apply(tx, section)
    if applied.changed:
        await store.make_runs_due(tx)
        tx.falls_due(tx.now)
    return applied


async def draft_contract(tx: Transaction, *, applicant: Applicant, wanted: Wanted, agreed: Negotiated) -> Contract:
    """Write a contract down, with the terms of the offer as it is today; it binds nobody yet (B38, B42, N25).

    What it says of its customer stays on it until the activation: no invoice bears what is only a draft.
    """
    section = await offers.current(tx, Section)
    locale, timezone = wanted.locale or section.locale, wanted.timezone or section.timezone
    _check_zone(timezone)
    terms = domain.terms_of(
        section, kind=wanted.kind, plan_code=wanted.plan_code, product=wanted.product, locale=locale
    )
    terms = domain.negotiate(terms, agreed)
    fees_from = domain.first_fee_month(wanted.start_date, wanted.fees_from, now=tx.now, timezone=timezone)
    admitted = domain.admit(applicant, section.onboarding, locale=locale)
    organization_id = await store.find_organization(tx, admitted)
    contract = Contract(
        id=tx.new_id(),
        organization_id=organization_id,
        state="draft",
        kind=wanted.kind,
        terms=terms,
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
    )
    await store.add_contract(tx, contract)
    return contract


async def negotiate_terms(
    tx: Transaction, *, contract_id: UUID, agreed: Negotiated, expected_version: int | None
) -> Contract:
    """Fill in what is agreed per contract, while it is a draft (N25, B41)."""
    contract = await store.lock_contract(tx, contract_id)
    _check_version(contract, expected_version)
    changed = domain.renegotiate(contract, agreed)
    await store.save_contract(tx, changed)
    return changed


async def activate_contract(tx: Transaction, *, contract_id: UUID, expected_version: int | None) -> Contract:
    """Put a contract in force, with what it says of its customer, and plan its first invoice.

    Raises AlreadyActive, StillToNegotiate, Stale, CnpjTaken.
    """
    contract = await store.lock_contract(tx, contract_id)
    _check_version(contract, expected_version)
    calendars = domain.calendars_of(await offers.current(tx, Section))
    active = domain.activate(contract, at=tx.now, calendars=calendars)
    if contract.applicant is not None:
        await store.keep_organization(tx, contract.applicant)
    await store.save_contract(tx, active)
    await tx.publish(_activated(active))
    tx.falls_due(_run_of(active).at)
    return active


async def accrue_overage(tx: Transaction, *, overage: Overage) -> None:
    """Let an overage wait for the run after its month; what was heard before changes nothing (invariant 13).

    Raises ContractNotFound, OverageMispriced, OverageContradicted.
    """
    await store.contract(tx, overage.contract_id)
    domain.check_price(overage)
    known = await store.overage(tx, overage.overage_id)
    if known is None:
        await store.add_overage(tx, overage)
    elif known != overage:
        raise domain.OverageContradicted(f"overage {overage.overage_id} was told before with other figures")


async def run_contract(tx: Transaction, *, contract: Contract) -> None:
    """Do the run of a locked contract that is due, or put it where the calendar of today wants it (3.2, B-02)."""
    section = await offers.current(tx, Section)
    calendars = domain.calendars_of(section)
    planned = domain.replan(contract, calendars)
    run = _run_of(planned)
    if run.at > tx.now:
        await store.save_contract(tx, planned)
        tx.falls_due(run.at)
        return
    overages = await store.waiting_overages(tx, contract.id, before=run.month)
    lines = domain.lines_of_run(planned, run.month, overages)
    if lines and not await store.is_invoiced(tx, contract.id, run.month):
        await finalize_invoice(tx, contract=planned, lines=lines, section=section)
    advanced = domain.after_run(planned, calendars)
    await store.save_contract(tx, advanced)
    tx.falls_due(_run_of(advanced).at)


async def finalize_invoice(
    tx: Transaction, *, contract: Contract, lines: tuple[InvoiceLine, ...], section: Section
) -> None:
    """Give the lines of a run a number and the parties as they are today, keep them for good, and say so (3.1)."""
    run = _run_of(contract)
    issue_date = domain.issue_date(tx.now, scheduled_at=run.at, timezone=contract.timezone)
    organization = await store.organization(tx, contract.organization_id)
    numbering = await store.take_number(tx, series=section.invoicing.series, year=issue_date.year)
    invoice = domain.finalize(
        contract,
        lines,
        id=tx.new_id(),
        numbering=numbering,
        month=run.month,
        provider=section.provider,
        customer=organization.party,
        issue_date=issue_date,
        due_date=domain.due_date(issue_date, net_days=contract.terms.net_days, calendars=domain.calendars_of(section)),
        note=section.invoicing.note.read_in(contract.locale) if section.invoicing.note else None,
    )
    await tx.publish(_finalized(await store.add_invoice(tx, invoice, numbering)))


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
    )


def _finalized(issued: store.Issued) -> InvoiceFinalized:
    invoice = issued.invoice
    return InvoiceFinalized(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
        series=invoice.series,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        lines=invoice.lines,
        total_cents=invoice.total_cents,
        sha256=issued.sha256,
        finalized_at=issued.finalized_at,
    )


def _run_of(contract: Contract) -> Run:
    assert contract.next_run is not None, "an active contract always has a next run"
    return contract.next_run


def _check_version(contract: Contract, expected: int | None) -> None:
    if expected is not None and expected != contract.version:
        raise Stale(f"the contract is at version {contract.version}, not {expected}")


def _check_zone(timezone: str) -> None:
    try:
        check_zone(timezone)
    except ValueError as error:
        raise Invalid(str(error), field="timezone") from error


def _check_calendars(section: Section, today: date) -> None:
    """Refuse calendars by which no run would ever come (S-22), before contracts depend on them."""
    calendars = domain.calendars_of(section)
    for field, calendar in (("calendar", calendars.business), ("bank_calendar", calendars.bank)):
        try:
            calendar.following_business_day(today)
        except BeyondHorizon as error:
            raise Invalid(f"this calendar has no business day any more: {error}", field=field) from error
