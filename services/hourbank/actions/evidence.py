"""What is kept of what others told, beside the minutes that it moved: work, approvals, invoice lines."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.hourbank import store
from services.hourbank.domain import Agreement, Charge, Closing
from shared.db import Transaction


async def note_closing(tx: Transaction, *, contract_id: UUID, closing: Closing) -> None:
    """Keep the time entries and the rounding of a closed round (2.6)."""
    await store.note_closing(tx, contract_id, closing)


async def note_agreement(tx: Transaction, *, contract_id: UUID, agreement: Agreement) -> None:
    """Keep who approved an estimate, when, at which rate (2.4.6)."""
    await store.note_agreement(tx, contract_id, agreement)


async def note_charges(tx: Transaction, *, contract_id: UUID, charges: Sequence[Charge]) -> None:
    """Keep which invoice carries which overage."""
    await store.note_charges(tx, contract_id, charges)


async def drop_charges(tx: Transaction, *, invoice_id: UUID) -> None:
    """Forget what a voided invoice had charged: a receipt names only what is asked for."""
    await store.drop_charges(tx, invoice_id)
