"""HTTP in: what becomes of an invoice: sent, paid, voided, given up, credited, disputed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, Parameter
from msgspec import Meta

from services.billing import actions, store
from services.billing.api.invoices import READERS, InvoiceView, view_of
from services.billing.domain import CreditNoteState, Dispute, DisputeState, LineCredit, Outcome
from services.billing.offer import MOST_CENTS
from shared.auth import MANAGERS, OFFICE, Role
from shared.db import Transaction
from shared.events.billing import CreditNoteLine
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned

DISPUTERS = OFFICE | {Role.APPROVER}
PositiveCents = Annotated[int, Meta(ge=1, le=MOST_CENTS, description="Integer centavos.", examples=[34500])]
Line = Annotated[int, Parameter(ge=1, le=10_000, description="The place of the line on the invoice, from 1.")]
Reason = Annotated[str, Meta(min_length=3, max_length=500, examples=["work redone under warranty"])]
CREDIT = Example(value={"lines": [{"line": 1, "cents": 34500}], "reason": "work redone under warranty"})
VOID = Example(value={"cancel_charge": False, "reason": "issued to the wrong customer"})
PAYMENT = Example(value={"cents": 65400, "paid_on": "2026-11-01", "method": "pix", "reference": "E1234567820261210"})


class PaymentInput(Input, frozen=True, kw_only=True):
    """Money that came; the bank's `reference` is taken once for an invoice and method."""

    cents: PositiveCents
    paid_on: Annotated[date, Meta(description="Local date, not in the future, nor long before the contract.")]
    method: Literal["pix", "boleto", "transfer", "card", "cash", "other"] = "pix"
    reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class SendInput(Input, frozen=True, kw_only=True):
    """How the invoice was given to the customer; `reference` is that of the message."""

    channel: Literal["email", "whatsapp", "portal", "post", "hand"] = "email"
    reference: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class VoidInput(Input, frozen=True, kw_only=True):
    """Without `cancel_charge` what the invoice charged waits for the next run; `reason` is told with the fact."""

    cancel_charge: bool = False
    reason: Reason | None = None


class LineCreditInput(Input, frozen=True, kw_only=True):
    """So many centavos of one line; lines count from 1."""

    line: Annotated[int, Meta(ge=1, le=10_000)]
    cents: PositiveCents


class CreditNoteInput(Input, frozen=True, kw_only=True):
    """What is credited, and why."""

    lines: Annotated[list[LineCreditInput], Meta(min_length=1, max_length=100)]
    reason: Reason


class DisputeInput(Input, frozen=True, kw_only=True):
    """Minutes of the line that are not accepted; null: all that are left."""

    reason: Reason
    minutes: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class SettlementInput(Input, frozen=True, kw_only=True):
    """How a dispute ends; `minutes` that are accepted, null: all that were disputed."""

    outcome: Outcome
    reason: Reason
    minutes: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class CreditNoteView(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note, of a series of its own; `sha256` is over its canonical JSON."""

    credit_note_id: UUID
    number: Annotated[str, Meta(examples=["NC-2026/00001"])]
    state: CreditNoteState
    invoice_id: UUID
    invoice_number: str
    contract_id: UUID
    organization_id: UUID
    issue_date: date
    currency: str
    lines: tuple[CreditNoteLine, ...]
    cents: int
    reason: str
    reversal_id: UUID | None
    dispute_id: UUID | None
    sha256: str
    issued_at: datetime
    version: int


class CreditNotePage(msgspec.Struct, frozen=True, kw_only=True):
    """Credit notes, newest first."""

    items: list[CreditNoteView]
    next_cursor: str | None


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    """A disputed line."""

    dispute_id: UUID
    invoice_id: UUID
    line: int
    ticket_id: UUID
    round: int
    minutes: int
    reason: str
    state: DisputeState
    opened_at: datetime
    settled_minutes: int | None
    settlement: str | None
    settled_at: datetime | None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment."""

    id: UUID
    cents: int
    paid_on: date
    method: str
    reference: str | None
    recorded_at: datetime


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery."""

    id: UUID
    channel: str
    reference: str
    sent_at: datetime


class HistoryView(msgspec.Struct, frozen=True, kw_only=True):
    """All that became of an invoice, each list in order."""

    invoice_id: UUID
    deliveries: list[DeliveryView]
    payments: list[PaymentView]
    credit_notes: list[CreditNoteView]
    disputes: list[DisputeView]


@post("/v1/invoices/{invoice_id:uuid}/payments", roles=OFFICE, operation_id="record_payment", status_code=200)
async def record_payment(
    tx: Transaction,
    invoice_id: UUID,
    data: Annotated[PaymentInput, Body(examples=[PAYMENT])],
    if_match: int | None,
) -> Response[InvoiceView]:
    """Take a payment, in parts if need be; what is too much is used on the customer's next invoice."""
    money = actions.Money(cents=data.cents, paid_on=data.paid_on, method=data.method, reference=data.reference)
    issued = await actions.record_payment(tx, invoice_id=invoice_id, money=money, expected_version=if_match)
    return versioned(view_of(issued), version=issued.version)


@post("/v1/invoices/{invoice_id:uuid}/send", roles=OFFICE, operation_id="send_invoice", status_code=200)
async def send_invoice(
    tx: Transaction, invoice_id: UUID, data: SendInput, if_match: int | None
) -> Response[InvoiceView]:
    """Note that the invoice was given to the customer; once more keeps its number."""
    issued = await actions.send_invoice(
        tx, invoice_id=invoice_id, channel=data.channel, reference=data.reference, expected_version=if_match
    )
    return versioned(view_of(issued), version=issued.version)


@post("/v1/invoices/{invoice_id:uuid}/void", roles=OFFICE, operation_id="void_invoice", status_code=200)
async def void_invoice(
    tx: Transaction, invoice_id: UUID, data: Annotated[VoidInput, Body(examples=[VOID])], if_match: int | None
) -> Response[InvoiceView]:
    """Void an invoice for which nothing was paid: it keeps its number, and what it charged waits for the next run."""
    issued = await actions.void_invoice(
        tx, invoice_id=invoice_id, cancel_charge=data.cancel_charge, reason=data.reason, expected_version=if_match
    )
    return versioned(view_of(issued), version=issued.version)


@post("/v1/invoices/{invoice_id:uuid}/uncollectible", roles=OFFICE, operation_id="give_up_invoice", status_code=200)
async def give_up_invoice(tx: Transaction, invoice_id: UUID, if_match: int | None) -> Response[InvoiceView]:
    """Count on an overdue invoice no more; money that comes after all is taken."""
    issued = await actions.give_up_invoice(tx, invoice_id=invoice_id, expected_version=if_match)
    return versioned(view_of(issued), version=issued.version)


@post("/v1/invoices/{invoice_id:uuid}/credit-notes", roles=OFFICE, operation_id="issue_credit_note")
async def issue_credit_note(
    tx: Transaction, invoice_id: UUID, data: Annotated[CreditNoteInput, Body(examples=[CREDIT])], if_match: int | None
) -> Response[CreditNoteView]:
    """Credit lines of an invoice, up to what is left of each; overage is credited by a reversal or a dispute."""
    asked = [LineCredit(line=one.line, cents=one.cents) for one in data.lines]
    issued = await actions.issue_credit_note(
        tx, invoice_id=invoice_id, asked=asked, reason=data.reason, expected_version=if_match
    )
    answer = versioned(note_view(issued), version=issued.version, status=201)
    answer.headers["Location"] = f"/v1/invoices/{invoice_id}/credit-notes/{issued.note.id}"
    return answer


@get(
    "/v1/invoices/{invoice_id:uuid}/credit-notes/{credit_note_id:uuid}",
    roles=READERS,
    operation_id="read_credit_note",
)
async def read_credit_note(tx: Transaction, invoice_id: UUID, credit_note_id: UUID) -> Response[CreditNoteView]:
    """One credit note of an invoice."""
    issued = await store.credit_note(tx, credit_note_id, invoice_id=invoice_id)
    return versioned(note_view(issued), version=issued.version)


@get("/v1/invoices/credit-notes", roles=READERS, operation_id="list_credit_notes")
async def list_credit_notes(
    tx: Transaction,
    contract_id: UUID | None = None,
    organization_id: UUID | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> CreditNotePage:
    """The credit notes of all invoices, newest first; customers see those of their own organization."""
    page = await store.credit_notes_page(
        tx, Slice(limit=limit, cursor=cursor), contract_id=contract_id, organization_id=organization_id
    )
    return CreditNotePage(items=[note_view(one) for one in page.items], next_cursor=page.next_cursor)


@post(
    "/v1/invoices/{invoice_id:uuid}/credit-notes/{credit_note_id:uuid}/void",
    roles=MANAGERS,
    operation_id="void_credit_note",
    status_code=200,
)
async def void_credit_note(
    tx: Transaction, invoice_id: UUID, credit_note_id: UUID, if_match: int | None
) -> Response[CreditNoteView]:
    """Take back a credit note that was an error, while the invoice is not paid by it."""
    issued = await actions.void_credit_note(
        tx, invoice_id=invoice_id, credit_note_id=credit_note_id, expected_version=if_match
    )
    return versioned(note_view(issued), version=issued.version)


@post(
    "/v1/invoices/{invoice_id:uuid}/lines/{line:int}/dispute",
    roles=DISPUTERS,
    operation_id="open_dispute",
    status_code=200,
)
async def open_dispute(tx: Transaction, invoice_id: UUID, line: Line, data: DisputeInput) -> DisputeView:
    """Say that minutes of a line are not accepted: they freeze until the dispute is settled."""
    dispute = await actions.open_dispute(tx, invoice_id=invoice_id, line=line, minutes=data.minutes, reason=data.reason)
    return dispute_view(dispute)


@post(
    "/v1/invoices/{invoice_id:uuid}/lines/{line:int}/settlement",
    roles=MANAGERS,
    operation_id="settle_dispute",
    status_code=200,
)
async def settle_dispute(tx: Transaction, invoice_id: UUID, line: Line, data: SettlementInput) -> DisputeView:
    """Settle the dispute of a line: what is accepted comes back as hours or, by a credit note, as money."""
    dispute = await actions.settle_dispute(
        tx, invoice_id=invoice_id, line=line, outcome=data.outcome, minutes=data.minutes, reason=data.reason
    )
    return dispute_view(dispute)


@get("/v1/invoices/{invoice_id:uuid}/history", roles=READERS, operation_id="read_invoice_history")
async def read_invoice_history(tx: Transaction, invoice_id: UUID) -> HistoryView:
    """All that became of an invoice: deliveries, payments, credit notes, disputes."""
    issued = await store.issued(tx, invoice_id)
    return HistoryView(
        invoice_id=issued.invoice.id,
        deliveries=msgspec.convert(await store.deliveries_of(tx, invoice_id), list[DeliveryView], from_attributes=True),
        payments=msgspec.convert(await store.payments_of(tx, invoice_id), list[PaymentView], from_attributes=True),
        credit_notes=[note_view(one) for one in await store.credit_notes_of(tx, invoice_id)],
        disputes=[dispute_view(one) for one in await store.disputes_of(tx, invoice_id)],
    )


def note_view(issued: store.IssuedNote) -> CreditNoteView:
    """A credit note as the interface shows it."""
    note = issued.note
    return CreditNoteView(
        credit_note_id=note.id,
        number=note.number,
        state=issued.state,
        invoice_id=note.invoice_id,
        invoice_number=note.invoice_number,
        contract_id=note.contract_id,
        organization_id=note.organization_id,
        issue_date=note.issue_date,
        currency=note.currency,
        lines=note.lines,
        cents=note.cents,
        reason=note.reason,
        reversal_id=note.reversal_id,
        dispute_id=note.dispute_id,
        sha256=issued.sha256,
        issued_at=issued.issued_at,
        version=issued.version,
    )


def dispute_view(dispute: Dispute) -> DisputeView:
    """A dispute as the interface shows it."""
    return DisputeView(
        dispute_id=dispute.id,
        invoice_id=dispute.invoice_id,
        line=dispute.line,
        ticket_id=dispute.ticket_id,
        round=dispute.round,
        minutes=dispute.minutes,
        reason=dispute.reason,
        state=dispute.state,
        opened_at=dispute.opened_at,
        settled_minutes=dispute.settled_minutes,
        settlement=dispute.settlement,
        settled_at=dispute.settled_at,
    )


routes = [
    record_payment,
    send_invoice,
    void_invoice,
    give_up_invoice,
    issue_credit_note,
    list_credit_notes,
    read_credit_note,
    void_credit_note,
    open_dispute,
    settle_dispute,
    read_invoice_history,
]
