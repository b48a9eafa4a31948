"""The fiscal documents that were asked for: their numbers, and the rules that held then (3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.billing.domain import FiscalState
from services.billing.offer import Fiscal
from services.billing.store.invoices import take_number
from services.billing.store.settlement_tables import fiscal_documents
from shared.db import Transaction

ALL_YEARS = 0  # DPSs are counted over the years: their identity names none


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalDocument:
    """What is asked of the authority for one invoice: its place in the series of the rules, and those.

    `nfse_key` is the authority's key of an authorized document, `messages` are the codes that it answered last.
    """

    invoice_id: UUID
    number: int
    rules: Fiscal
    state: FiscalState = "requested"
    nfse_key: str | None = None
    url: str | None = None
    messages: tuple[str, ...] = ()
    noted_at: datetime | None = None


async def ask_for_document(tx: Transaction, invoice_id: UUID, rules: Fiscal) -> FiscalDocument:
    """Give an invoice the next number of its series of DPSs; a rollback gives it back, so that there is no gap."""
    numbering = await take_number(tx, series=f"DPS-{rules.series}", year=ALL_YEARS)
    row = {
        "invoice_id": invoice_id,
        "tenant": tx.tenant,
        "series": rules.series,
        "number": numbering.sequence,
        "rules": rules,
        "requested_at": tx.now,
    }
    await tx.execute(_ADD, row)
    return FiscalDocument(invoice_id=invoice_id, number=numbering.sequence, rules=rules)


async def fiscal_document(tx: Transaction, invoice_id: UUID) -> FiscalDocument | None:
    """What was asked of the authority for an invoice, and what became of it; None where nothing was asked."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "key": invoice_id})).first()
    if row is None:
        return None
    return FiscalDocument(
        invoice_id=invoice_id,
        number=row.number,
        rules=msgspec.convert(row.rules, Fiscal),
        state=row.state,
        nfse_key=row.nfse_key,
        url=row.url,
        messages=tuple(row.messages or ()),
        noted_at=row.noted_at,
    )


async def note_outcome(tx: Transaction, document: FiscalDocument) -> None:
    """Keep what the authority said of a document whose invoice is locked."""
    row = {
        "key_tenant": tx.tenant,
        "key": document.invoice_id,
        "state": document.state,
        "nfse_key": document.nfse_key,
        "url": document.url,
        "messages": document.messages,
        "noted_at": document.noted_at,
    }
    await tx.execute(_NOTE, row)


_ADD = sa.insert(fiscal_documents)
_ONE = sa.select(fiscal_documents).where(
    fiscal_documents.c.tenant == sa.bindparam("tenant"), fiscal_documents.c.invoice_id == sa.bindparam("key")
)
_NOTED = ("state", "nfse_key", "url", "messages", "noted_at")
_NOTE = (
    sa.update(fiscal_documents)
    .where(
        fiscal_documents.c.tenant == sa.bindparam("key_tenant"), fiscal_documents.c.invoice_id == sa.bindparam("key")
    )
    .values({name: sa.bindparam(name) for name in _NOTED})
)
