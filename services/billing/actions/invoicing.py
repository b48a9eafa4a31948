"""The verbs of invoicing: overage waits, the run of a month makes invoices of it, and a draft shows them before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.billing import domain, store
from services.billing.actions import telling
from services.billing.actions.current import wake
from services.billing.domain import Composition, Contract, Draft, Issue, Month, Overage, Run
from services.billing.offer import Section
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import Refused
from shared.events.billing import InvoiceLine

TOLD_BEFORE = {"upcoming": "none", "drafted": "upcoming", "none": "drafted"}  # what was told when this is planned


async def accrue_overage(tx: Transaction, *, overage: Overage) -> None:
    """Let an overage wait for the run after its month; what was heard before changes nothing (invariant 13).

    Raises ContractNotFound, OverageMispriced, OverageContradicted.
    """
    contract = await store.lock_contract(tx, overage.contract_id)
    domain.check_price(overage)
    known = await store.overage(tx, overage.overage_id)
    if known is None:
        await store.add_overage(tx, overage)
        await run_once_more(tx, contract, overage.month.next())
    elif replace(known.overage, reversed_minutes=0, reversed_cents=0) != overage:
        raise domain.OverageContradicted(f"overage {overage.overage_id} was told before with other figures")


async def run_contract(tx: Transaction, *, contract: Contract) -> None:
    """Do the run of a locked contract that is due, or put it where the calendar of today wants it (3.2, B-02)."""
    section = await offers.current(tx, Section)
    calendars = domain.calendars_of(section)
    planned = domain.replan(contract, calendars)
    run = domain.run_of(planned)
    if run.at > tx.now:
        await store.save_contract(tx, planned)
        await plan_notices(tx, contract=planned, section=section)
        tx.falls_due(run.at)
        return
    composed = await compose(tx, contract=planned, run=run, lock=True)
    if composed.lines and not await store.is_invoiced(tx, contract.id, run):
        await finalize_invoice(tx, contract=planned, composed=composed, section=section)
    advanced = domain.after_run(planned, calendars)
    await store.save_contract(tx, advanced)
    await plan_notices(tx, contract=advanced, section=section)
    wake(tx, advanced.next_run.at if advanced.next_run else None)


async def note_failed_run(tx: Transaction, *, contract: Contract, error: Exception) -> None:
    """Tell, once for each run, that it could not be done; it is tried again by itself."""
    run = domain.run_of(contract)
    if await store.note_failure(tx, contract.id, month=run.month):
        rule = error.code if isinstance(error, Refused) else "fault"
        await telling.finalization_failed(tx, contract, run, rule=rule)


async def compose(tx: Transaction, *, contract: Contract, run: Run, lock: bool) -> Composition:
    """What a run puts on an invoice as of now, before the customer's credit; `lock` it to do so."""
    overages = await store.waiting_overages(tx, contract.id, before=run.overage_before, lock=lock)
    pending = await store.waiting_lines(tx, contract.id, until=domain.lines_until(contract), lock=lock)
    lines = domain.lines_of_run(contract, run.month, overages, pending)
    return Composition(lines=lines, pending=tuple(pending))


async def finalize_invoice(tx: Transaction, *, contract: Contract, composed: Composition, section: Section) -> None:
    """Give the lines of a run a number and the parties as they are today, keep them for good, and say so (3.1)."""
    issue = await _issue_of(tx, contract=contract, section=section)
    # First the number, then the credit: whoever finalizes for this provider waits here, so that nobody waits twice.
    numbering = await store.take_number(tx, series=section.invoicing.series, year=issue.issue_date.year)
    credit = await store.lock_credit(tx, contract.organization_id)
    lines = _balanced(composed, contract, issue, credit)
    invoice = domain.finalize(contract, lines, issue, id=tx.new_id(), numbering=numbering)
    calendars, is_paid = domain.calendars_of(section), invoice.payable_cents == 0
    reminds_at = domain.reminder_at(
        invoice.due_date, days=section.invoicing.reminder_days, timezone=contract.timezone, calendars=calendars
    )
    overdue_at = domain.overdue_at(invoice.due_date, timezone=contract.timezone, calendars=calendars)
    issued = await store.add_invoice(
        tx,
        invoice,
        numbering,
        state="paid" if is_paid else "finalized",
        is_final=domain.run_of(contract).is_final,
        pending=composed.pending,
        reminds_at=reminds_at if reminds_at and reminds_at > tx.now and not is_paid else None,
        overdue_at=None if is_paid else overdue_at,
    )
    if moved := domain.credit_moved(lines):
        await store.move_credit(
            tx, organization_id=contract.organization_id, invoice_id=invoice.id, cents=moved, reason="invoice"
        )
    await _tell_finalized(tx, issued, section)


async def draft_invoice(tx: Transaction, *, contract: Contract) -> Draft | None:
    """The invoice of the coming run as it would be made now; None while there is nothing to charge (3.1)."""
    if contract.next_run is None:
        return None
    section = await offers.current(tx, Section)
    planned = domain.replan(contract, domain.calendars_of(section))
    run = domain.run_of(planned)
    composed = await compose(tx, contract=planned, run=run, lock=False)
    if not composed.lines:
        return None
    credit = await store.credit_of(tx, contract.organization_id)
    issue = await _issue_of(tx, contract=planned, section=section)
    return domain.draft(planned, _balanced(composed, planned, issue, credit), issue, run_at=run.at)


async def draft_invoices(tx: Transaction, *, contracts: Sequence[Contract]) -> list[Draft]:
    """The drafts of some contracts, of those that have something to charge."""
    drafts = [await draft_invoice(tx, contract=contract) for contract in contracts]
    return [draft for draft in drafts if draft is not None]


async def plan_notices(tx: Transaction, *, contract: Contract, section: Section) -> None:
    """Plan what is told of the next run before it is done (3.11); of a contract that has none, nothing."""
    planned = await store.planned_notice(tx, contract.id)
    if contract.next_run is None:
        if planned is not None:
            await store.plan_notice(tx, contract.id, None, month=planned[0])
        return
    is_of_run = planned is not None and planned[0] == contract.next_run.month
    told = TOLD_BEFORE[planned[1]] if planned is not None and is_of_run else "none"
    await _plan_next(tx, contract, section, told=told)


async def tell_notice(tx: Transaction, *, contract_id: UUID) -> None:
    """Tell what is due to be told of the next run of a contract, when it has something to charge."""
    contract = await store.contract(tx, contract_id)
    section = await offers.current(tx, Section)
    planned = await store.planned_notice(tx, contract.id)
    if contract.next_run is None or planned is None or planned[0] != contract.next_run.month:
        await plan_notices(tx, contract=contract, section=section)
        return
    run, kind = contract.next_run, planned[1]
    draft = await draft_invoice(tx, contract=contract)
    if draft is not None and kind == "upcoming":
        await telling.upcoming(tx, contract, run, draft)
    if draft is not None and kind == "drafted":
        await telling.drafted(tx, contract, run, draft)
    await _plan_next(tx, contract, section, told=kind)


async def render_paper(tx: Transaction, *, issued: store.Issued) -> None:
    """Put an invoice on paper, once and for good (3.1, 3.10)."""
    await store.keep_paper(tx, issued.invoice.id, domain.render_invoice(issued.invoice))


async def _plan_next(tx: Transaction, contract: Contract, section: Section, *, told: str) -> None:
    run = domain.run_of(contract)
    notice = domain.next_notice(
        run,
        now=tx.now,
        told=told,
        timezone=contract.timezone,
        calendars=domain.calendars_of(section),
        upcoming_business_days=section.invoicing.upcoming_business_days,
    )
    await store.plan_notice(tx, contract.id, notice, month=run.month)


async def invoice_what_waits(tx: Transaction, *, contract_id: UUID) -> None:
    """See to it that a run comes for lines that wait now, of a contract that has ended, too."""
    contract = await store.lock_contract(tx, contract_id)
    await run_once_more(tx, contract, Month.of(local_date(tx.now, contract.timezone)).next())


async def run_once_more(tx: Transaction, contract: Contract, month: Month) -> None:
    """Plan the run of a month for what came after the last invoice of a contract that has ended (2.9)."""
    if contract.next_run is not None or contract.state == "draft":
        return
    section = await offers.current(tx, Section)
    calendars = domain.calendars_of(section)
    again = domain.run_again(contract, month, now=tx.now, calendars=calendars)
    await store.save_contract(tx, again)
    await plan_notices(tx, contract=again, section=section)
    wake(tx, domain.run_of(again).at)


async def _issue_of(tx: Transaction, *, contract: Contract, section: Section) -> Issue:
    run = domain.run_of(contract)
    issue_date = local_date(max(tx.now, run.at), contract.timezone)
    organization = await store.organization(tx, contract.organization_id)
    return Issue(
        month=run.month,
        provider=section.provider,
        customer=organization.party,
        issue_date=issue_date,
        due_date=domain.due_date(issue_date, net_days=contract.terms.net_days, calendars=domain.calendars_of(section)),
        note=section.invoicing.note.read_in(contract.locale) if section.invoicing.note else None,
        fiscal=section.fiscal,
        tax_rules=section.taxes,
        pix=section.pix,
    )


def _balanced(composed: Composition, contract: Contract, issue: Issue, credit_cents: int) -> tuple[InvoiceLine, ...]:
    return domain.balance_lines(
        composed.lines,
        period=str(issue.month),
        credit_cents=max(0, credit_cents),
        withheld_cents=domain.withheld_cents(domain.taxes_on(composed.lines, issue)),
        locale=contract.locale,
    )


async def _tell_finalized(tx: Transaction, issued: store.Issued, section: Section) -> None:
    place = domain.municipality_of(section.fiscal, section.provider)
    await telling.finalized(tx, issued, municipality_ibge=place)
    if section.fiscal is not None and domain.served_cents(issued.invoice) > 0:
        document = await store.ask_for_document(tx, issued.invoice.id, section.fiscal)
        await telling.fiscal_document_requested(tx, issued, document, municipality_ibge=place)
    if issued.state == "paid":
        await telling.paid(tx, issued)
