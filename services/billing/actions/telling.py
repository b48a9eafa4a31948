"""What billing says of invoices and credit notes: each fact made of what is kept."""

from __future__ import annotations

from typing import Any

from services.billing import store
from services.billing.domain import PAYS, Contract, Draft, Invoice, Run
from shared.db import Transaction
from shared.events.billing import (
    CreditNoteIssued,
    FinalizationFailed,
    FiscalDocumentAuthorized,
    FiscalDocumentCancelled,
    FiscalDocumentRejected,
    FiscalDocumentRequested,
    InvoiceDrafted,
    InvoiceFinalized,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceTax,
    InvoiceUpcoming,
    InvoiceWillBeDue,
)
from shared.money import CURRENCY


async def finalized(tx: Transaction, issued: store.Issued, *, municipality_ibge: str | None) -> None:
    """An invoice is final; when nothing is to be paid, it is paid as well."""
    invoice = issued.invoice
    event = InvoiceFinalized(
        **_named(invoice),
        series=invoice.series,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        lines=invoice.lines,
        total_cents=invoice.total_cents,
        sha256=issued.sha256,
        finalized_at=issued.finalized_at,
        month=invoice.month,
        subtotal_cents=sum(line.cents for line in invoice.lines if line.kind not in PAYS),
        taxes=tuple(
            InvoiceTax(
                name=tax.name, base_cents=tax.base_cents, rate_bp=tax.rate_bp, cents=tax.cents, withheld=tax.withheld
            )
            for tax in invoice.taxes
        ),
        withheld_cents=invoice.withheld_cents,
        amount_due_cents=issued.balance.due_cents,
        service_code=invoice.service_code,
        municipality_ibge=municipality_ibge,
        pix_code=invoice.pix_code,
        pdf_path=f"/v1/invoices/{invoice.id}/pdf",
    )
    await tx.publish(event)


async def fiscal_document_requested(
    tx: Transaction, issued: store.Issued, document: store.FiscalDocument, *, municipality_ibge: str | None
) -> None:
    """Somebody who speaks to the authority has to make a fiscal document of an invoice (3.6)."""
    invoice = issued.invoice
    event = FiscalDocumentRequested(
        **_named(invoice),
        service_code=invoice.service_code,
        municipality_ibge=municipality_ibge,
        cents=invoice.total_cents,
        export_path=f"/v1/invoices/{invoice.id}/fiscal",
        requested_at=tx.now,
        dps_number=document.number,
    )
    await tx.publish(event)


async def fiscal_document_rejected(tx: Transaction, issued: store.Issued, document: store.FiscalDocument) -> None:
    """The authority would not take a DPS."""
    invoice = issued.invoice
    event = FiscalDocumentRejected(
        **_named(invoice),
        dps_number=document.number,
        messages=document.messages,
        noted_at=tx.now,
    )
    await tx.publish(event)


async def fiscal_document_authorized(tx: Transaction, issued: store.Issued, document: store.FiscalDocument) -> None:
    """The authority took a DPS."""
    invoice = issued.invoice
    assert document.nfse_key is not None, "what holds has a key"
    event = FiscalDocumentAuthorized(
        **_named(invoice),
        dps_number=document.number,
        messages=document.messages,
        noted_at=tx.now,
        nfse_key=document.nfse_key,
        url=document.url,
    )
    await tx.publish(event)


async def fiscal_document_cancelled(tx: Transaction, issued: store.Issued, document: store.FiscalDocument) -> None:
    """A fiscal document does not hold any more."""
    invoice = issued.invoice
    assert document.nfse_key is not None, "what held has a key"
    event = FiscalDocumentCancelled(
        **_named(invoice),
        dps_number=document.number,
        messages=document.messages,
        noted_at=tx.now,
        nfse_key=document.nfse_key,
        url=document.url,
    )
    await tx.publish(event)


async def paid(tx: Transaction, issued: store.Issued) -> None:
    """Nothing is left to pay."""
    invoice = issued.invoice
    event = InvoicePaid(
        **_named(invoice),
        total_cents=invoice.total_cents,
        paid_at=tx.now,
    )
    await tx.publish(event)


async def will_be_due(tx: Transaction, issued: store.Issued) -> None:
    """The due date is near."""
    invoice = issued.invoice
    event = InvoiceWillBeDue(
        **_named(invoice),
        due_date=invoice.due_date,
        amount_due_cents=issued.balance.due_cents,
        told_at=tx.now,
    )
    await tx.publish(event)


async def overdue(tx: Transaction, issued: store.Issued) -> None:
    """The due date has passed."""
    invoice = issued.invoice
    event = InvoiceOverdue(
        **_named(invoice),
        due_date=invoice.due_date,
        amount_due_cents=issued.balance.due_cents,
        overdue_at=tx.now,
    )
    await tx.publish(event)


async def credit_note_issued(tx: Transaction, issued: store.IssuedNote) -> None:
    """A credit note has its number."""
    note = issued.note
    event = CreditNoteIssued(
        invoice_id=note.invoice_id,
        contract_id=note.contract_id,
        organization_id=note.organization_id,
        number=note.invoice_number,
        credit_note_id=note.id,
        credit_note_number=note.number,
        cents=note.cents,
        series=note.series,
        issue_date=note.issue_date,
        currency=note.currency,
        lines=note.lines,
        reversal_id=note.reversal_id,
        dispute_id=note.dispute_id,
        sha256=issued.sha256,
        issued_at=issued.issued_at,
    )
    await tx.publish(event)


async def upcoming(tx: Transaction, contract: Contract, run: Run, draft: Draft) -> None:
    """A run comes: what it would say now."""
    event = InvoiceUpcoming(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        month=str(run.month),
        run_at=run.at,
        currency=CURRENCY,
        lines=draft.lines,
        total_cents=draft.total_cents,
        told_at=tx.now,
    )
    await tx.publish(event)


async def drafted(tx: Transaction, contract: Contract, run: Run, draft: Draft) -> None:
    """The month of a run has begun."""
    event = InvoiceDrafted(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        month=str(run.month),
        run_at=run.at,
        currency=CURRENCY,
        lines=draft.lines,
        total_cents=draft.total_cents,
        drafted_at=tx.now,
    )
    await tx.publish(event)


async def finalization_failed(tx: Transaction, contract: Contract, run: Run, *, rule: str) -> None:
    """A run could not be done."""
    event = FinalizationFailed(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        month=str(run.month),
        rule=rule,
        failed_at=tx.now,
    )
    await tx.publish(event)


def _named(invoice: Invoice) -> dict[str, Any]:
    """Which invoice a fact is about, as every fact of one says it."""
    return {
        "invoice_id": invoice.id,
        "contract_id": invoice.contract_id,
        "organization_id": invoice.organization_id,
        "number": invoice.number,
    }
