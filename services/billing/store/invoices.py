"""Overage that waits, invoices with their lines, and the counters of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import (
    Invoice,
    InvoiceState,
    Month,
    Numbering,
    Overage,
    canonical,
    fingerprint,
    read_invoice,
)
from services.billing.store.tables import invoice_counters, invoice_lines, invoices, overages
from shared.db import Transaction
from shared.errors import NotFound
from shared.events.billing import InvoiceLine
from shared.pages import LAST_ID, Page, Slice


class InvoiceNotFound(NotFound):
    """There is no such invoice, or it is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An invoice as it was finalized, with what became of it. `sha256` is over its canonical bytes."""

    invoice: Invoice
    state: InvoiceState
    sha256: str
    finalized_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """Which invoices are asked for; None: all."""

    contract_id: UUID | None = None
    organization_id: UUID | None = None
    month: Month | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCount:
    """How many invoices a provider has finalized."""

    tenant: str
    invoices: int


async def overage(tx: Transaction, overage_id: UUID) -> Overage | None:
    """What was heard of an overage before."""
    row = (await tx.execute(_OVERAGE, {"tenant": tx.tenant, "key": overage_id})).first()
    return _overage(row) if row else None


async def add_overage(tx: Transaction, overage: Overage) -> None:
    """Let an overage wait for its invoice; a second one of the same id breaks `one_line_per_overage`."""
    row = {
        "id": tx.new_id(),
        "tenant": tx.tenant,
        "overage_id": overage.overage_id,
        "contract_id": overage.contract_id,
        "ticket_id": overage.ticket_id,
        "ticket_number": overage.ticket_number,
        "round": overage.round,
        "minutes": overage.minutes,
        "hour_price_cents": overage.hour_price_cents,
        "cents": overage.cents,
        "month": str(overage.month),
        "accrued_at": overage.accrued_at,
        "heard_at": tx.now,
    }
    await tx.execute(_ADD_OVERAGE, row)


async def waiting_overages(tx: Transaction, contract_id: UUID, *, before: Month) -> Sequence[Overage]:
    """The overage of a contract that is on no invoice yet, of the months before one; its rows are locked."""
    rows = await tx.execute(_WAITING, {"tenant": tx.tenant, "contract_id": contract_id, "before": str(before)})
    return [_overage(row) for row in rows]


async def is_invoiced(tx: Transaction, contract_id: UUID, month: Month) -> bool:
    """Whether the contract has an invoice of that month's run."""
    found = await tx.execute(_IS_INVOICED, {"tenant": tx.tenant, "contract_id": contract_id, "month": str(month)})
    return bool(found.scalar_one())


async def take_number(tx: Transaction, *, series: str, year: int) -> Numbering:
    """The next number of a series and year. Its row stays locked until the commit; a rollback gives it back."""
    taken = await tx.execute(_TAKE_NUMBER, {"tenant": tx.tenant, "series": series, "year": year})
    return Numbering(series=series, year=year, sequence=taken.scalar_one())


async def add_invoice(tx: Transaction, invoice: Invoice, numbering: Numbering) -> Issued:
    """Keep a finalized invoice and its lines, and tie the overage on it to it. There is no way to change it."""
    content = canonical(invoice)
    issued = Issued(invoice=invoice, state="finalized", sha256=fingerprint(content), finalized_at=tx.now, version=1)
    row = {
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
        "content": content,
        "sha256": issued.sha256,
        "finalized_at": tx.now,
        "version": issued.version,
    }
    await tx.execute(_ADD_INVOICE, row)
    lines = [_line_columns(tx, invoice, place, line) for place, line in enumerate(invoice.lines, start=1)]
    await tx.execute(_ADD_LINES, lines)
    on_it = [
        {"key_tenant": tx.tenant, "key": line.overage_id, "on_invoice": invoice.id}
        for line in invoice.lines
        if line.overage_id is not None
    ]
    if on_it:
        await tx.execute(_TIE_OVERAGE, on_it)
    return issued


async def issued(tx: Transaction, invoice_id: UUID) -> Issued:
    """One invoice. Raises InvoiceNotFound, also when it is another organization's."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "key": invoice_id})).first()
    if row is None or tx.organization_id not in {None, row.organization_id}:
        raise InvoiceNotFound("there is no such invoice")
    return _issued(row)


async def invoices_page(tx: Transaction, asked: Slice, wanted: InvoiceFilter) -> Page[Issued]:
    """Invoices, newest first; a customer sees those of its own organization."""
    asked_for = {
        "contract_id": wanted.contract_id,
        "organization_id": wanted.organization_id,
        "own_organization_id": tx.organization_id,
        "month": str(wanted.month) if wanted.month else None,
    }
    filters = {name: value for name, value in asked_for.items() if value is not None}
    parameters = {"tenant": tx.tenant, "after": asked.after(UUID, LAST_ID), "most": asked.most, **filters}
    found = [_issued(row) for row in await tx.execute(_page(frozenset(filters)), parameters)]
    return asked.page(found, lambda issued: issued.invoice.id)


async def count_invoices(tx: Transaction) -> list[InvoiceCount]:
    """How many invoices each tenant has: numbers have no gaps, so the counters say it without counting."""
    rows = await tx.execute(_COUNT)
    return [InvoiceCount(tenant=row.tenant, invoices=row.invoices) for row in rows]


def _overage(row: sa.Row[Any]) -> Overage:
    return Overage(
        overage_id=row.overage_id,
        contract_id=row.contract_id,
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        round=row.round,
        minutes=row.minutes,
        hour_price_cents=row.hour_price_cents,
        cents=row.cents,
        month=Month.read(row.month),
        accrued_at=row.accrued_at,
    )


def _issued(row: sa.Row[Any]) -> Issued:
    return Issued(
        invoice=read_invoice(bytes(row.content)),
        state=row.state,
        sha256=row.sha256,
        finalized_at=row.finalized_at,
        version=row.version,
    )


def _line_columns(tx: Transaction, invoice: Invoice, position: int, line: InvoiceLine) -> dict[str, Any]:
    """`cause` is what the line may be charged for once only: the fee's month, or the overage."""
    return {
        "id": tx.new_id(),
        "tenant": tx.tenant,
        "invoice_id": invoice.id,
        "contract_id": invoice.contract_id,
        "position": position,
        "kind": line.kind,
        "period": line.period,
        "cause": line.period if line.overage_id is None else str(line.overage_id),
        "ticket_id": line.ticket_id,
        "minutes": line.minutes,
        "unit_cents_per_hour": line.unit_cents_per_hour,
        "cents": line.cents,
    }


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_of_contract: sa.BindParameter[UUID] = sa.bindparam("contract_id", type_=sa.Uuid)
_OVERAGE = sa.select(overages).where(overages.c.tenant == _tenant, overages.c.overage_id == _key)
_ADD_OVERAGE = sa.insert(overages)
_WAITING = (
    sa.select(overages)
    .where(
        overages.c.tenant == _tenant,
        overages.c.contract_id == _of_contract,
        overages.c.invoice_id.is_(None),
        overages.c.month < sa.bindparam("before"),
    )
    .order_by(overages.c.overage_id)
    .with_for_update()
)
_TIE_OVERAGE = (
    sa.update(overages)
    .where(overages.c.tenant == sa.bindparam("key_tenant"), overages.c.overage_id == _key)
    .values(invoice_id=sa.bindparam("on_invoice"))
)
_IS_INVOICED = sa.select(
    sa.exists().where(
        invoices.c.tenant == _tenant, invoices.c.contract_id == _of_contract, invoices.c.month == sa.bindparam("month")
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
_COUNT = sa.select(invoice_counters.c.tenant, sa.func.sum(invoice_counters.c.last_number).label("invoices")).group_by(
    invoice_counters.c.tenant
)
_FILTERS = {
    "contract_id": invoices.c.contract_id,
    "organization_id": invoices.c.organization_id,
    "own_organization_id": invoices.c.organization_id,
    "month": invoices.c.month,
}


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement for each combination of filters, built when it is first needed."""
    wanted = [invoices.c.tenant == _tenant, invoices.c.id < sa.bindparam("after")]
    wanted += [_FILTERS[name] == sa.bindparam(name, type_=_FILTERS[name].type) for name in sorted(filters)]
    return sa.select(invoices).where(*wanted).order_by(invoices.c.id.desc()).limit(sa.bindparam("most"))
