"""What is read of invoices beyond themselves: papers, Pix codes, tables, fiscal data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from services.billing import domain, store
from services.billing.actions.invoicing import draft_invoice
from services.billing.domain import Draft
from services.billing.domain.export import FiscalExport, InvoiceRow, fiscal_export, invoice_rows
from services.billing.offer import Section
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound
from shared.pages import Slice

EXPORT_PAGE = 200
APPLICATION = "ponteiro-1.0"  # verAplic of the layout


class NothingToPay(NotFound):
    """Nothing is to be paid of this invoice by Pix."""


class NoPixKey(NotFound):
    """The provider takes no Pix: its offer has no key (3.7)."""

    rule = "3.7"


class NothingToDraft(NotFound):
    """The coming run has nothing to charge this contract."""


class NoFiscalDocument(NotFound):
    """No fiscal document was asked for this invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBytes:
    """A document, and what its file is called."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PixDue:
    """How the rest of an invoice is paid."""

    invoice_id: UUID
    number: str
    code: str
    txid: str
    cents: int


async def read_draft(tx: Transaction, *, contract_id: UUID) -> Draft:
    """The draft of a contract's coming run. Raises ContractNotFound, NothingToDraft."""
    draft = await draft_invoice(tx, contract=await store.contract(tx, contract_id))
    if draft is None:
        raise NothingToDraft("the coming run has nothing to charge this contract")
    return draft


async def read_paper(tx: Transaction, *, invoice_id: UUID) -> NamedBytes:
    """The paper of an invoice; in the moment before it is kept, the same bytes are made. Raises InvoiceNotFound."""
    issued = await store.issued(tx, invoice_id)
    content = await store.paper(tx, invoice_id) or domain.render_invoice(issued.invoice)
    return NamedBytes(name=issued.invoice.number.replace("/", "-"), content=content)


async def read_pix(tx: Transaction, *, invoice_id: UUID) -> PixDue:
    """The Pix code for what is still to be paid. Raises InvoiceNotFound, NoPixKey, NothingToPay."""
    issued = await store.issued(tx, invoice_id)
    invoice, section = issued.invoice, await offers.current(tx, Section)
    due = issued.balance.due_cents if issued.state != "void" else 0
    if due > 0 and section.pix is None:
        raise NoPixKey("the offer's billing section names no Pix key")
    code = domain.pix_code_of(section.pix, invoice.provider, number=invoice.number, cents=due)
    if code is None:
        raise NothingToPay("nothing is to be paid by Pix")
    return PixDue(
        invoice_id=invoice.id, number=invoice.number, code=code, txid=domain.txid_of(invoice.number), cents=due
    )


async def exported_invoices(
    look: Callable[[], AbstractAsyncContextManager[Transaction]],
    *,
    wanted: store.InvoiceFilter,
    page: int = EXPORT_PAGE,
) -> AsyncIterator[list[InvoiceRow]]:
    """The lines of all invoices that are asked for as rows under `LINES_HEADER`, newest first, a page at a time.

    Each page is read in a look of its own: nothing stays open while the caller takes its time. An invoice that is made
    meanwhile is not in it.
    """
    asked: Slice | None = Slice(limit=page)
    while asked is not None:
        async with look() as tx:
            found = await store.invoices_page(tx, asked, wanted)
        yield [row for one in found.items for row in invoice_rows(one.invoice, one.state, one.balance)]
        asked = Slice(limit=page, cursor=found.next_cursor) if found.next_cursor else None


async def export_fiscal(tx: Transaction, *, invoice_id: UUID) -> FiscalExport:
    """Every field that a fiscal document of the invoice needs, as it was asked for (3.6). Raises InvoiceNotFound."""
    return await _export_of(tx, await store.issued(tx, invoice_id))


async def read_fiscal_document(tx: Transaction, *, invoice_id: UUID) -> store.FiscalDocument:
    """What became of the fiscal document of an invoice. Raises InvoiceNotFound, NoFiscalDocument."""
    await store.issued(tx, invoice_id)
    document = await store.fiscal_document(tx, invoice_id)
    if document is None:
        raise NoFiscalDocument("no fiscal document was asked for this invoice")
    return document


async def write_dps(tx: Transaction, *, invoice_id: UUID) -> NamedBytes:
    """The DPS of an invoice as XML. Raises InvoiceNotFound, DpsExtraMissing, DpsIncomplete."""
    issued = await store.issued(tx, invoice_id)
    export = await _export_of(tx, issued)
    content = domain.write_dps(export, timezone=issued.invoice.timezone)
    return NamedBytes(name=f"dps-{export.serie}-{export.nDPS}", content=content)


async def _export_of(tx: Transaction, issued: store.Issued) -> FiscalExport:
    asked = await store.fiscal_document(tx, issued.invoice.id)
    section = await offers.current(tx, Section)
    return fiscal_export(
        issued.invoice,
        asked.rules if asked else section.fiscal,
        number=asked.number if asked else None,
        finalized_at=issued.finalized_at,
        version=APPLICATION,
        sha256=issued.sha256,
    )
