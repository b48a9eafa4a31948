"""HTTP in: an invoice on paper, its Pix code, and what a fiscal document needs of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from services.billing import actions, domain, store
from services.billing.api.invoices import READERS
from services.billing.domain import FiscalOutcome, FiscalState
from services.billing.domain.export import FiscalExport
from shared import sheet
from shared.auth import OFFICE
from shared.db import Transaction
from shared.web import Input

MessageCode = Annotated[str, Meta(pattern=r"^[A-Z]{0,4}[0-9]{1,6}$(?!\n)", examples=["E0160"])]
REJECTED = Example(value={"outcome": "rejected", "messages": ["E0160"]})


class PixView(msgspec.Struct, frozen=True, kw_only=True):
    """How an invoice is paid by Pix: the code to copy and paste asks for what is still to be paid (3.7)."""

    invoice_id: UUID
    number: str
    code: str
    txid: str
    cents: int


class FiscalOutcomeInput(Input, frozen=True, kw_only=True):
    """What the authority said; an authorized document has its key. `messages` are the authority's codes."""

    outcome: FiscalOutcome
    nfse_key: Annotated[str, Meta(pattern=r"^[0-9A-Z]{44,60}$(?!\n)")] | None = None
    url: Annotated[str, Meta(pattern=r"^https://[^\s]+$(?!\n)", max_length=500)] | None = None
    messages: Annotated[tuple[MessageCode, ...], Meta(max_length=50)] = ()


class FiscalDocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A fiscal document as far as it is known here; `noted_at` null: the authority has not been heard of."""

    invoice_id: UUID
    dps_number: int
    state: FiscalState
    nfse_key: str | None
    url: str | None
    messages: tuple[str, ...]
    noted_at: datetime | None


@get("/v1/invoices/{invoice_id:uuid}/pdf", roles=READERS, operation_id="read_invoice_pdf", media="application/pdf")
async def read_invoice_pdf(tx: Transaction, invoice_id: UUID) -> Response[bytes]:
    """The invoice on paper, as it was made when it was finalized."""
    named = await actions.read_paper(tx, invoice_id=invoice_id)
    headers = {"Content-Disposition": f'inline; filename="{named.name}.pdf"'}
    return Response(named.content, media_type="application/pdf", headers=headers)


@get("/v1/invoices/{invoice_id:uuid}/pix", roles=READERS, operation_id="read_invoice_pix")
async def read_invoice_pix(tx: Transaction, invoice_id: UUID) -> PixView:
    """The Pix code for what is still to be paid; 404 when nothing is, or `no_pix_key`."""
    return _pix_view(await actions.read_pix(tx, invoice_id=invoice_id))


@get("/v1/invoices/{invoice_id:uuid}/pix.svg", roles=READERS, operation_id="draw_invoice_pix", media="image/svg+xml")
async def draw_invoice_pix(tx: Transaction, invoice_id: UUID) -> Response[bytes]:
    """The same Pix code as a picture that scales."""
    pix = await actions.read_pix(tx, invoice_id=invoice_id)
    return Response(domain.qr_svg(pix.code), media_type="image/svg+xml")


@get("/v1/invoices/{invoice_id:uuid}/pix.png", roles=READERS, operation_id="dot_invoice_pix", media="image/png")
async def dot_invoice_pix(tx: Transaction, invoice_id: UUID) -> Response[bytes]:
    """The same Pix code as a picture of dots."""
    pix = await actions.read_pix(tx, invoice_id=invoice_id)
    return Response(domain.qr_png(pix.code), media_type="image/png")


@get("/v1/invoices/{invoice_id:uuid}/fiscal", roles=OFFICE, operation_id="export_fiscal")
async def export_fiscal(tx: Transaction, invoice_id: UUID) -> FiscalExport:
    """Every field that a fiscal document of the invoice needs, under the names of the national layout (3.6)."""
    return await actions.export_fiscal(tx, invoice_id=invoice_id)


@get("/v1/invoices/{invoice_id:uuid}/fiscal.csv", roles=OFFICE, operation_id="export_fiscal_csv", media="text/csv")
async def export_fiscal_csv(tx: Transaction, invoice_id: UUID) -> Response[bytes]:
    """The same as a table of fields and values."""
    export = await actions.export_fiscal(tx, invoice_id=invoice_id)
    return sheet.answered(("field", "value"), domain.fiscal_rows(export), name="fiscal.csv")


@get("/v1/invoices/{invoice_id:uuid}/fiscal-document", roles=OFFICE, operation_id="read_fiscal_document")
async def read_fiscal_document(tx: Transaction, invoice_id: UUID) -> FiscalDocumentView:
    """What became of the fiscal document of an invoice; 404 where none was asked for."""
    return _document_view(await actions.read_fiscal_document(tx, invoice_id=invoice_id))


@post(
    "/v1/invoices/{invoice_id:uuid}/fiscal-document",
    roles=OFFICE,
    operation_id="note_fiscal_document",
    status_code=200,
)
async def note_fiscal_document(
    tx: Transaction, invoice_id: UUID, data: Annotated[FiscalOutcomeInput, Body(examples=[REJECTED])]
) -> FiscalDocumentView:
    """Note what the authority said of the DPS, as the adapter that speaks to it reports; the same twice is one."""
    said = actions.Said(outcome=data.outcome, nfse_key=data.nfse_key, url=data.url, messages=data.messages)
    return _document_view(await actions.note_fiscal_outcome(tx, invoice_id=invoice_id, said=said))


@get(
    "/v1/invoices/{invoice_id:uuid}/dps.xml",
    roles=OFFICE,
    operation_id="write_dps",
    media="application/xml",
    refuses=(409,),
)
async def write_dps(tx: Transaction, invoice_id: UUID) -> Response[bytes]:
    """The DPS of the national NFS-e, to be signed and sent; 409 where the house has not the extra `dps` (3.6)."""
    named = await actions.write_dps(tx, invoice_id=invoice_id)
    headers = {"Content-Disposition": f'attachment; filename="{named.name}.xml"'}
    return Response(named.content, media_type="application/xml", headers=headers)


def _pix_view(pix: actions.PixDue) -> PixView:
    return msgspec.convert(pix, PixView, from_attributes=True)


def _document_view(document: store.FiscalDocument) -> FiscalDocumentView:
    return FiscalDocumentView(
        invoice_id=document.invoice_id,
        dps_number=document.number,
        state=document.state,
        nfse_key=document.nfse_key,
        url=document.url,
        messages=document.messages,
        noted_at=document.noted_at,
    )


routes = [
    read_invoice_pdf,
    read_invoice_pix,
    draw_invoice_pix,
    dot_invoice_pix,
    export_fiscal,
    export_fiscal_csv,
    read_fiscal_document,
    note_fiscal_document,
    write_dps,
]
