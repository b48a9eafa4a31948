"""The verb of fiscal documents: what the authority said of one is kept, and told (3.6, 3.11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from services.billing import domain, store
from services.billing.actions import telling
from services.billing.domain import FiscalOutcome
from shared.db import Transaction

TOLD = {
    "authorized": telling.fiscal_document_authorized,
    "rejected": telling.fiscal_document_rejected,
    "cancelled": telling.fiscal_document_cancelled,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the authority said of a DPS; `messages` are its codes."""

    outcome: FiscalOutcome
    nfse_key: str | None
    url: str | None
    messages: tuple[str, ...]


async def note_fiscal_outcome(tx: Transaction, *, invoice_id: UUID, said: Said) -> store.FiscalDocument:
    """Keep what became of a fiscal document; the same word twice is one.

    Raises InvoiceNotFound, FiscalOutcomeRefused, FiscalKeyMissing.
    """
    issued = await store.lock_invoice(tx, invoice_id)
    document = await store.fiscal_document(tx, invoice_id)
    if document is None:
        raise domain.FiscalOutcomeRefused("no fiscal document was asked for this invoice", field="outcome")
    noted = replace(
        document,
        state=said.outcome,
        nfse_key=said.nfse_key or document.nfse_key,
        url=said.url or document.url,
        messages=said.messages,
    )
    if noted == document:
        return document
    domain.check_outcome(document.state, said.outcome, nfse_key=said.nfse_key)
    noted = replace(noted, noted_at=tx.now)
    await store.note_outcome(tx, noted)
    await TOLD[said.outcome](tx, issued, noted)
    return noted
