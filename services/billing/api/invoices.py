"""HTTP in: invoices, to be read; they are made by the run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import Parameter
from msgspec import Meta

from services.billing import store
from services.billing.domain import MONTH_PATTERN, InvoiceState, Month
from services.billing.offer import Party
from shared.auth import CUSTOMERS, OFFICE
from shared.db import Transaction
from shared.events.billing import InvoiceLine
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import versioned

READERS = OFFICE | CUSTOMERS


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A finalized invoice; `sha256` is over its canonical JSON, so that anyone can tell that it never changed."""

    invoice_id: UUID
    number: Annotated[str, Meta(examples=["2026/00042"])]
    series: str
    state: InvoiceState
    month: Annotated[str, Meta(description="The run that made it.", examples=["2026-12"])]
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    provider: Party
    customer: Party
    issue_date: Annotated[date, Meta(examples=["2026-12-01"])]
    due_date: Annotated[date, Meta(examples=["2026-12-11"])]
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: Annotated[int, Meta(description="In centavos.", examples=[122900])]
    note: str | None
    sha256: str
    finalized_at: datetime
    version: int


class InvoicePage(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices, newest first."""

    items: list[InvoiceView]
    next_cursor: str | None


@get("/v1/invoices/{invoice_id:uuid}", roles=READERS, operation_id="read_invoice")
async def read_invoice(tx: Transaction, invoice_id: UUID) -> Response[InvoiceView]:
    """One invoice."""
    issued = await store.issued(tx, invoice_id)
    return versioned(view_of(issued), version=issued.version)


@get("/v1/invoices", roles=READERS, operation_id="list_invoices")
async def list_invoices(
    tx: Transaction,
    contract_id: UUID | None = None,
    organization_id: UUID | None = None,
    month: Annotated[str | None, Parameter(pattern=MONTH_PATTERN)] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> InvoicePage:
    """Invoices, newest first; customers see those of their own organization."""
    wanted = store.InvoiceFilter(
        contract_id=contract_id, organization_id=organization_id, month=Month.read(month) if month else None
    )
    page = await store.invoices_page(tx, Slice(limit=limit, cursor=cursor), wanted)
    return InvoicePage(items=[view_of(issued) for issued in page.items], next_cursor=page.next_cursor)


def view_of(issued: store.Issued) -> InvoiceView:
    """An invoice as the interface shows it."""
    invoice = issued.invoice
    return InvoiceView(
        invoice_id=invoice.id,
        number=invoice.number,
        series=invoice.series,
        state=issued.state,
        month=invoice.month,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        plan_code=invoice.plan_code,
        provider=invoice.provider,
        customer=invoice.customer,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        lines=invoice.lines,
        total_cents=invoice.total_cents,
        note=invoice.note,
        sha256=issued.sha256,
        finalized_at=issued.finalized_at,
        version=issued.version,
    )


routes = [read_invoice, list_invoices]
