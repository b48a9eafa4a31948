"""HTTP in: invoices and drafts, to be read; they are made by the run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import Parameter, QueryParameter
from msgspec import Meta

from services.billing import actions, store
from services.billing.domain import MONTH_PATTERN, Draft, InvoiceState, Month, Tax
from services.billing.domain.export import LINES_HEADER
from services.billing.offer import Locale, Party
from shared import sheet
from shared.auth import CUSTOMERS, OFFICE
from shared.db import Transaction
from shared.events.billing import InvoiceLine
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.steps import Steps
from shared.web import versioned

READERS = OFFICE | CUSTOMERS
FinalState = Literal["finalized", "sent", "overdue", "paid", "uncollectible", "void"]
StateAsked = Annotated[FinalState | None, QueryParameter(name="state", description="Only those in this state.")]
Number = Annotated[str, Meta(max_length=40, description="The number of one invoice, as it is printed.")]


class TaxView(msgspec.Struct, frozen=True, kw_only=True):
    """One tax of an invoice, for display; `withheld` is paid to the treasury by the customer (3.6)."""

    name: Annotated[str, Meta(examples=["ISS"])]
    service_code: str
    base_cents: int
    rate_bp: Annotated[int, Meta(description="In basis points: 500 is 5 %.", examples=[500])]
    cents: int
    withheld: bool


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
    taxes: tuple[TaxView, ...]
    withheld_cents: Annotated[int, Meta(description="Of the total, paid to the treasury by the customer.")]
    paid_cents: Annotated[int, Meta(description="By payments so far.")]
    credited_cents: Annotated[int, Meta(description="By credit notes so far.")]
    amount_due_cents: Annotated[int, Meta(description="Still to be paid.", examples=[122900])]
    charge_cancelled: Annotated[bool, Meta(description="Voided, and its lines are not charged again.")]
    late_fee_bp: Annotated[int, Meta(description="Of what is paid late, once, in basis points (3.4).")]
    late_interest_bp: Annotated[int, Meta(description="A month of 30 days, in basis points (3.4).")]
    pix_code: Annotated[str | None, Meta(description="To copy and paste; for the whole amount.")]
    locale: Locale
    note: str | None
    sha256: str
    finalized_at: datetime
    version: int


class TotalsView(msgspec.Struct, frozen=True, kw_only=True):
    """What all invoices that are asked for sum up to, in centavos; a voided one counts, and asks for nothing."""

    invoices: int
    total_cents: int
    paid_cents: int
    credited_cents: int
    amount_due_cents: int


class InvoicePage(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices, newest first; `totals` are of all pages."""

    items: list[InvoiceView]
    next_cursor: str | None
    totals: TotalsView


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """What the coming run of a contract would put on its invoice, as of now; it has no number yet (3.1)."""

    state: Literal["draft"]
    contract_id: UUID
    organization_id: UUID
    month: Annotated[str, Meta(examples=["2026-12"])]
    plan_code: str
    run_at: Annotated[datetime, Meta(description="When it is finalized.")]
    issue_date: date
    due_date: date
    currency: str
    customer: Party
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxView, ...]
    total_cents: int
    withheld_cents: int


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """Drafts of contracts, newest contract first; a contract with nothing to charge has none."""

    items: list[DraftView]
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
    invoice_state: StateAsked = None,
    overdue: bool | None = None,  # noqa: FBT001  a query parameter
    number: Number | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> InvoicePage:
    """Invoices, newest first, and what they sum up to; customers see those of their own organization."""
    wanted = store.InvoiceFilter(
        contract_id=contract_id,
        organization_id=organization_id,
        month=Month.read(month) if month else None,
        state=invoice_state,
        is_overdue=overdue,
        number=number,
    )
    page = await store.invoices_page(tx, Slice(limit=limit, cursor=cursor), wanted)
    totals = await store.invoice_totals(tx, wanted)
    items = [view_of(issued) for issued in page.items]
    return InvoicePage(items=items, next_cursor=page.next_cursor, totals=_totals_view(totals))


@get("/v1/invoices/export", roles=READERS, operation_id="export_invoices", media="text/csv")
async def export_invoices(
    steps: Steps,
    contract_id: UUID | None = None,
    organization_id: UUID | None = None,
    month: Annotated[str | None, Parameter(pattern=MONTH_PATTERN)] = None,
    invoice_state: StateAsked = None,
    overdue: bool | None = None,  # noqa: FBT001  a query parameter
) -> Response[bytes]:
    """The lines of all invoices that are asked for, newest first, as CSV that no spreadsheet takes for formulas."""
    wanted = store.InvoiceFilter(
        contract_id=contract_id,
        organization_id=organization_id,
        month=Month.read(month) if month else None,
        state=invoice_state,
        is_overdue=overdue,
    )
    pages = actions.exported_invoices(steps.look, wanted=wanted)
    return sheet.streamed(LINES_HEADER, pages, name="invoices.csv")  # type: ignore[return-value]  # in pieces


@get("/v1/invoices/drafts", roles=READERS, operation_id="list_invoice_drafts")
async def list_invoice_drafts(
    tx: Transaction,
    organization_id: UUID | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> DraftPage:
    """What the coming run would charge each contract, as of now: what a finalization at this instant makes."""
    page = await store.contracts_page(tx, Slice(limit=limit, cursor=cursor), organization_id=organization_id)
    drafts = await actions.draft_invoices(tx, contracts=page.items)
    return DraftPage(items=[draft_view(draft) for draft in drafts], next_cursor=page.next_cursor)


@get("/v1/contracts/{contract_id:uuid}/invoice-draft", roles=READERS, operation_id="read_invoice_draft")
async def read_invoice_draft(tx: Transaction, contract_id: UUID) -> DraftView:
    """What the coming run would charge one contract; 404 while that is nothing."""
    return draft_view(await actions.read_draft(tx, contract_id=contract_id))


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
        taxes=tuple(_tax_view(tax) for tax in invoice.taxes),
        withheld_cents=invoice.withheld_cents,
        paid_cents=issued.paid_cents,
        credited_cents=issued.credited_cents,
        amount_due_cents=0 if issued.state == "void" else issued.balance.due_cents,
        charge_cancelled=issued.charge_cancelled,
        late_fee_bp=invoice.late_fee_bp,
        late_interest_bp=invoice.late_interest_bp,
        pix_code=invoice.pix_code,
        locale=invoice.locale,
        note=invoice.note,
        sha256=issued.sha256,
        finalized_at=issued.finalized_at,
        version=issued.version,
    )


def draft_view(draft: Draft) -> DraftView:
    """A draft as the interface shows it."""
    return DraftView(
        state="draft",
        contract_id=draft.contract_id,
        organization_id=draft.organization_id,
        month=draft.month,
        plan_code=draft.plan_code,
        run_at=draft.run_at,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        currency=draft.currency,
        customer=draft.customer,
        lines=draft.lines,
        taxes=tuple(_tax_view(tax) for tax in draft.taxes),
        total_cents=draft.total_cents,
        withheld_cents=draft.withheld_cents,
    )


def _tax_view(tax: Tax) -> TaxView:
    return msgspec.convert(tax, TaxView, from_attributes=True)


def _totals_view(totals: store.Totals) -> TotalsView:
    return TotalsView(
        invoices=totals.invoices,
        total_cents=totals.total_cents,
        paid_cents=totals.paid_cents,
        credited_cents=totals.credited_cents,
        amount_due_cents=totals.due_cents,
    )


routes = [
    list_invoices,
    export_invoices,
    list_invoice_drafts,
    read_invoice_draft,
    read_invoice,
]
