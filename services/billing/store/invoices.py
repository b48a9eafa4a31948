"""Invoices with their lines and what became of them, and the counters of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import (
    Balance,
    Invoice,
    InvoiceState,
    Numbering,
    Pending,
    Run,
    canonical,
    fingerprint,
    read_invoice,
)
from services.billing.store.overages import tie_overages
from services.billing.store.pending import tie_pending
from services.billing.store.tables import invoice_counters, invoice_lines, invoices
from shared.db import Instant, Transaction
from shared.errors import NotFound
from shared.events.billing import InvoiceLine


class InvoiceNotFound(NotFound):
    """There is no such invoice, or it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An invoice as it was finalized, with what became of it. `sha256` is over its canonical bytes.

    `paid_cents` came as payments, `credited_cents` by credit notes. `charge_cancelled`: voided, and not charged again.
    """

    invoice: Invoice
    state: InvoiceState
    sha256: str
    finalized_at: datetime
    version: int
    paid_cents: int = 0
    credited_cents: int = 0
    charge_cancelled: bool = False
    reminds_at: datetime | None = None
    overdue_at: datetime | None = None

    @property
    def balance(self) -> Balance:
        """What it asks for and what came of it."""
        return Balance(
            total_cents=self.invoice.total_cents,
            withheld_cents=self.invoice.withheld_cents,
            paid_cents=self.paid_cents,
            credited_cents=self.credited_cents,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An invoice that something falls due of, locked, and whose it is."""

    tenant: str
    issued: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCount:
    """How many invoices a provider has finalized."""

    tenant: str
    invoices: int


async def is_invoiced(tx: Transaction, contract_id: UUID, run: Run) -> bool:
    """Whether the contract has an invoice of that run."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": str(run.month), "is_final": run.is_final}
    found = await tx.execute(_IS_INVOICED, key)
    return bool(found.scalar_one())


async def take_number(tx: Transaction, *, series: str, year: int) -> Numbering:
    """The next number of a series and year. Its row stays locked until the commit; a rollback gives it back."""
    taken = await tx.execute(_TAKE_NUMBER, {"tenant": tx.tenant, "series": series, "year": year})
    return Numbering(series=series, year=year, sequence=taken.scalar_one())


async def add_invoice(
    tx: Transaction,
    invoice: Invoice,
    numbering: Numbering,
    *,
    state: InvoiceState,
    is_final: bool,
    pending: Sequence[Pending],
    reminds_at: datetime | None,
    overdue_at: datetime | None,
) -> Issued:
    """Keep a finalized invoice and its lines, and tie what waited for it to it. There is no way to change it."""
    content = canonical(invoice)
    issued = Issued(
        invoice=invoice,
        state=state,
        sha256=fingerprint(content),
        finalized_at=tx.now,
        version=1,
        reminds_at=reminds_at,
        overdue_at=overdue_at,
    )
    await tx.execute(_ADD_INVOICE, {**_invoice_columns(tx, issued, content, numbering), "is_final": is_final})
    causes = list(pending)
    lines = [_line_columns(tx, invoice, place, line, causes) for place, line in enumerate(invoice.lines, start=1)]
    await tx.execute(_ADD_LINES, lines)
    on_it = [line.overage_id for line in invoice.lines if line.overage_id is not None]
    await tie_overages(tx, on_it, invoice_id=invoice.id)
    await tie_pending(tx, pending, invoice_id=invoice.id)
    return issued


async def lock_invoice(tx: Transaction, invoice_id: UUID) -> Issued:
    """One invoice, its row locked until the commit. Raises InvoiceNotFound."""
    return _visible(tx, (await tx.execute(_LOCKED, {"tenant": tx.tenant, "key": invoice_id})).first())


async def save_invoice(tx: Transaction, issued: Issued) -> None:
    """Keep what became of a locked invoice; what it says stays as it is."""
    row = {
        "key_tenant": tx.tenant,
        "key": issued.invoice.id,
        "state": issued.state,
        "paid_cents": issued.paid_cents,
        "credited_cents": issued.credited_cents,
        "charge_cancelled": issued.charge_cancelled,
        "reminds_at": issued.reminds_at,
        "overdue_at": issued.overdue_at,
        "version": issued.version,
    }
    await tx.execute(_SAVE, row)


async def causes_of(tx: Transaction, invoice_id: UUID) -> dict[int, str]:
    """What each line of an invoice may be charged for once only; lines count from 1."""
    rows = await tx.execute(_CAUSES, {"tenant": tx.tenant, "key": invoice_id})
    return {row.position: row.cause for row in rows}


async def free_causes(tx: Transaction, invoice_id: UUID) -> None:
    """Let what a voided invoice charged be charged once more; its lines stay, under the cause and its own id."""
    await tx.execute(_FREE_CAUSES, {"key_tenant": tx.tenant, "key": invoice_id, "suffix": f" of {invoice_id}"})


async def next_follow(tx: Transaction) -> datetime | None:
    """When the next invoice of anybody is to be reminded of, or falls overdue."""
    dues = [(await tx.execute(statement)).scalar_one() for statement in (_NEXT_REMINDER, _NEXT_OVERDUE)]
    return min((due for due in dues if due is not None), default=None)


async def lock_followed(tx: Transaction, *, most: int) -> Sequence[Followed]:
    """Some invoices that something falls due of, locked; those that another node works on are passed over."""
    rows = await tx.execute(_FOLLOWED, {"now": tx.now, "most": most})
    return [Followed(tenant=row.tenant, issued=read_issued(row)) for row in rows]


async def issued(tx: Transaction, invoice_id: UUID) -> Issued:
    """One invoice. Raises InvoiceNotFound, also when it is another organization's."""
    return _visible(tx, (await tx.execute(_ONE, {"tenant": tx.tenant, "key": invoice_id})).first())


async def put_follow_off(tx: Transaction, followed: Sequence[Followed], *, until: datetime) -> None:
    """Let locked invoices be followed later, whatever is due of them."""
    if followed:
        await tx.execute(_FOLLOW_OFF, {"keys": [one.issued.invoice.id for one in followed], "until": until})


async def count_invoices(tx: Transaction) -> list[InvoiceCount]:
    """How many invoices each tenant has: numbers have no gaps, so the counters of their series say it."""
    rows = await tx.execute(_COUNT)
    return [InvoiceCount(tenant=row.tenant, invoices=row.invoices) for row in rows]


def read_issued(row: sa.Row[Any]) -> Issued:
    """An invoice of a row."""
    return Issued(
        invoice=read_invoice(bytes(row.content)),
        state=row.state,
        sha256=row.sha256,
        finalized_at=row.finalized_at,
        version=row.version,
        paid_cents=row.paid_cents,
        credited_cents=row.credited_cents,
        charge_cancelled=row.charge_cancelled,
        reminds_at=row.reminds_at,
        overdue_at=row.overdue_at,
    )


def _visible(tx: Transaction, row: sa.Row[Any] | None) -> Issued:
    if row is None or tx.organization_id not in {None, row.organization_id}:
        raise InvoiceNotFound("there is no such invoice")
    return read_issued(row)


def _invoice_columns(tx: Transaction, issued: Issued, content: bytes, numbering: Numbering) -> dict[str, Any]:
    invoice = issued.invoice
    return {
        "id": invoice.id,
        "tenant": tx.tenant,
        "contract_id": invoice.contract_id,
        "organization_id": invoice.organization_id,
        "month": invoice.month,
        "state": issued.state,
        "series": numbering.series,
        "year": numbering.year,
        "sequence": numbering.sequence,
        "number": invoice.number,
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "total_cents": invoice.total_cents,
        "withheld_cents": invoice.withheld_cents,
        "content": content,
        "sha256": issued.sha256,
        "finalized_at": tx.now,
        "version": issued.version,
        "reminds_at": issued.reminds_at,
        "overdue_at": issued.overdue_at,
        "renders_at": tx.now,
    }


def _line_columns(
    tx: Transaction, invoice: Invoice, position: int, line: InvoiceLine, waited: list[Pending]
) -> dict[str, Any]:
    """A line as a row; its pending line is taken out of `waited`, so that two equal ones keep two causes."""
    pending = next((one for one in waited if one.line == line), None)
    if pending is not None:
        waited.remove(pending)
    return {
        "id": tx.new_id(),
        "tenant": tx.tenant,
        "invoice_id": invoice.id,
        "contract_id": invoice.contract_id,
        "position": position,
        "kind": line.kind,
        "period": line.period,
        "cause": pending.cause if pending else _cause(invoice, line),
        "ticket_id": line.ticket_id,
        "minutes": line.minutes,
        "unit_cents_per_hour": line.unit_cents_per_hour,
        "cents": line.cents,
    }


def _cause(invoice: Invoice, line: InvoiceLine) -> str:
    """What the line may be charged for once only: the overage, the credit of this invoice, or the fee's month."""
    if line.overage_id is not None:
        return str(line.overage_id)
    return str(invoice.id) if line.kind == "credit" else line.period


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_of_contract: sa.BindParameter[UUID] = sa.bindparam("contract_id", type_=sa.Uuid)
_IS_INVOICED = sa.select(
    sa.exists().where(
        invoices.c.tenant == _tenant,
        invoices.c.contract_id == _of_contract,
        invoices.c.month == sa.bindparam("month"),
        invoices.c.is_final == sa.bindparam("is_final"),
    )
)
# Never a database sequence: that would lose a number with every rollback (3.1). Both databases spell it this way.
_TAKE_NUMBER = sa.text(
    """
    INSERT INTO invoice_counters AS counter (tenant, series, year, last_number)
    VALUES (:tenant, :series, :year, 1)
    ON CONFLICT (tenant, series, year) DO UPDATE SET last_number = counter.last_number + 1
    RETURNING last_number
    """
)
_ADD_INVOICE = sa.insert(invoices)
_ADD_LINES = sa.insert(invoice_lines)
_ONE = sa.select(invoices).where(invoices.c.tenant == _tenant, invoices.c.id == _key)
# Credit notes and DPSs have counters of their own in the same table.
_COUNT = (
    sa.select(invoice_counters.c.tenant, sa.func.sum(invoice_counters.c.last_number).label("invoices"))
    .where(
        sa.exists().where(
            invoices.c.tenant == invoice_counters.c.tenant,
            invoices.c.series == invoice_counters.c.series,
            invoices.c.year == invoice_counters.c.year,
        )
    )
    .group_by(invoice_counters.c.tenant)
)
_LOCKED = _ONE.with_for_update()
_SAVED = ("state", "paid_cents", "credited_cents", "charge_cancelled", "reminds_at", "overdue_at", "version")
_SAVE = (
    sa.update(invoices)
    .where(invoices.c.tenant == sa.bindparam("key_tenant"), invoices.c.id == _key)
    .values({name: sa.bindparam(name) for name in _SAVED})
)
_CAUSES = sa.select(invoice_lines.c.position, invoice_lines.c.cause).where(
    invoice_lines.c.tenant == _tenant, invoice_lines.c.invoice_id == _key
)
_FREE_CAUSES = (
    sa.update(invoice_lines)
    .where(invoice_lines.c.tenant == sa.bindparam("key_tenant"), invoice_lines.c.invoice_id == _key)
    .values(cause=invoice_lines.c.cause + sa.bindparam("suffix", type_=sa.Text))
)
_NEXT_REMINDER = sa.select(sa.func.min(invoices.c.reminds_at))
_NEXT_OVERDUE = sa.select(sa.func.min(invoices.c.overdue_at))
_FOLLOWED = (
    sa.select(invoices)
    .where(
        sa.or_(invoices.c.reminds_at <= sa.bindparam("now"), invoices.c.overdue_at <= sa.bindparam("now")),
    )
    .order_by(invoices.c.tenant, invoices.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_FOLLOW_OFF = (
    sa.update(invoices)
    .where(invoices.c.id.in_(sa.bindparam("keys", expanding=True)))
    .values(
        reminds_at=sa.case((invoices.c.reminds_at.is_not(None), sa.bindparam("until", type_=Instant))),
        overdue_at=sa.case((invoices.c.overdue_at.is_not(None), sa.bindparam("until", type_=Instant))),
    )
)
