"""Credit notes, what they credit of each line, and the disputes that may lead to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import (
    CreditNote,
    CreditNoteState,
    Dispute,
    LineCredit,
    Numbering,
    canonical_note,
    fingerprint,
    read_credit_note,
)
from services.billing.store.settlement_tables import credit_notes, disputes
from shared.db import Transaction
from shared.errors import NotFound
from shared.pages import LAST_ID, Page, Slice


class CreditNoteNotFound(NotFound):
    """There is no such credit note, or it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedNote:
    """A credit note as it was issued, and whether it holds."""

    note: CreditNote
    state: CreditNoteState
    sha256: str
    issued_at: datetime
    version: int


async def add_credit_note(tx: Transaction, note: CreditNote, numbering: Numbering) -> IssuedNote:
    """Keep a credit note. There is no way to change it."""
    content = canonical_note(note)
    issued = IssuedNote(note=note, state="issued", sha256=fingerprint(content), issued_at=tx.now, version=1)
    row = {
        "id": note.id,
        "tenant": tx.tenant,
        "invoice_id": note.invoice_id,
        "contract_id": note.contract_id,
        "organization_id": note.organization_id,
        "reversal_id": note.reversal_id,
        "state": issued.state,
        "series": numbering.series,
        "year": numbering.year,
        "sequence": numbering.sequence,
        "cents": note.cents,
        "content": content,
        "sha256": issued.sha256,
        "issued_at": tx.now,
        "version": issued.version,
    }
    await tx.execute(_ADD, row)
    return issued


async def credit_note(tx: Transaction, credit_note_id: UUID, *, invoice_id: UUID) -> IssuedNote:
    """One credit note of an invoice. Raises CreditNoteNotFound, also when it is another organization's."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "key": credit_note_id})).first()
    if row is None or row.invoice_id != invoice_id or tx.organization_id not in {None, row.organization_id}:
        raise CreditNoteNotFound("there is no such credit note")
    return _issued(row)


async def credit_notes_page(
    tx: Transaction, asked: Slice, *, contract_id: UUID | None, organization_id: UUID | None
) -> Page[IssuedNote]:
    """Credit notes of any invoice, newest first, voided ones, too; a customer sees those of its own organization."""
    asked_for = {
        "contract_id": contract_id,
        "organization_id": organization_id,
        "own_organization_id": tx.organization_id,
    }
    filters = {name: value for name, value in asked_for.items() if value is not None}
    parameters = {"tenant": tx.tenant, "after": asked.after(UUID, LAST_ID), "most": asked.most, **filters}
    found = [_issued(row) for row in await tx.execute(_page(frozenset(filters)), parameters)]
    return asked.page(found, lambda issued: issued.note.id)


async def void_credit_note(tx: Transaction, issued: IssuedNote) -> None:
    """Let a credit note hold no more."""
    await tx.execute(_VOID, {"key_tenant": tx.tenant, "key": issued.note.id, "version_after": issued.version + 1})


async def credit_notes_of(tx: Transaction, invoice_id: UUID) -> list[IssuedNote]:
    """The credit notes of an invoice, in order; voided ones, too."""
    return [_issued(row) for row in await tx.execute(_OF_INVOICE, {"tenant": tx.tenant, "key": invoice_id})]


async def credited_lines(tx: Transaction, invoice_id: UUID) -> Sequence[LineCredit]:
    """What holds of the credit notes of an invoice, line by line, with minutes where they were of minutes."""
    notes = await credit_notes_of(tx, invoice_id)
    return [
        LineCredit(line=line.line, cents=line.cents, minutes=line.minutes)
        for issued in notes
        if issued.state == "issued"
        for line in issued.note.lines
    ]


async def add_dispute(tx: Transaction, dispute: Dispute) -> None:
    """Keep a dispute that was opened."""
    await tx.execute(_ADD_DISPUTE, {"tenant": tx.tenant, **_columns(dispute)})


async def save_dispute(tx: Transaction, dispute: Dispute) -> None:
    """Keep a dispute that was settled."""
    settled = {name: getattr(dispute, name) for name in _SETTLED}
    await tx.execute(_SETTLE_DISPUTE, {"key_tenant": tx.tenant, "key": dispute.id, **settled})


async def open_dispute(tx: Transaction, invoice_id: UUID, line: int) -> Dispute | None:
    """The dispute of a line that is not settled, locked."""
    row = (await tx.execute(_OPEN_DISPUTE, {"tenant": tx.tenant, "key": invoice_id, "line": line})).first()
    return _dispute(row) if row else None


async def disputes_of(tx: Transaction, invoice_id: UUID) -> list[Dispute]:
    """The disputes of an invoice's lines, in order."""
    return [_dispute(row) for row in await tx.execute(_DISPUTES, {"tenant": tx.tenant, "key": invoice_id})]


def _issued(row: sa.Row[Any]) -> IssuedNote:
    return IssuedNote(
        note=read_credit_note(bytes(row.content)),
        state=row.state,
        sha256=row.sha256,
        issued_at=row.issued_at,
        version=row.version,
    )


def _dispute(row: sa.Row[Any]) -> Dispute:
    return Dispute(**{name: getattr(row, name) for name in Dispute.__dataclass_fields__})


def _columns(dispute: Dispute) -> dict[str, object]:
    return {name: getattr(dispute, name) for name in Dispute.__dataclass_fields__}


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_ADD = sa.insert(credit_notes)
_ONE = sa.select(credit_notes).where(credit_notes.c.tenant == _tenant, credit_notes.c.id == _key)
_VOID = (
    sa.update(credit_notes)
    .where(credit_notes.c.tenant == sa.bindparam("key_tenant"), credit_notes.c.id == _key)
    .values(state="voided", version=sa.bindparam("version_after"))
)
_OF_INVOICE = (
    sa.select(credit_notes)
    .where(credit_notes.c.tenant == _tenant, credit_notes.c.invoice_id == _key)
    .order_by(credit_notes.c.issued_at, credit_notes.c.id)
)
_FILTERS = {
    "contract_id": credit_notes.c.contract_id,
    "organization_id": credit_notes.c.organization_id,
    "own_organization_id": credit_notes.c.organization_id,
}
_ADD_DISPUTE = sa.insert(disputes)
_SETTLED = ("state", "settled_minutes", "settlement", "settled_at", "settled_by")
_SETTLE_DISPUTE = (
    sa.update(disputes)
    .where(disputes.c.tenant == sa.bindparam("key_tenant"), disputes.c.id == _key)
    .values({name: sa.bindparam(name) for name in _SETTLED})
)
_DISPUTES = (
    sa.select(disputes)
    .where(disputes.c.tenant == _tenant, disputes.c.invoice_id == _key)
    .order_by(disputes.c.opened_at, disputes.c.id)
)
_OPEN_DISPUTE = _DISPUTES.where(disputes.c.line == sa.bindparam("line"), disputes.c.state == "open").with_for_update()


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement for each combination of filters, built when it is first needed."""
    wanted = [credit_notes.c.tenant == _tenant, credit_notes.c.id < sa.bindparam("after")]
    wanted += [_FILTERS[name] == sa.bindparam(name, type_=sa.Uuid) for name in sorted(filters)]
    return sa.select(credit_notes).where(*wanted).order_by(credit_notes.c.id.desc()).limit(sa.bindparam("most"))
