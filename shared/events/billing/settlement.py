"""What billing tells about money and credit of an invoice. Stream: the invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.events.billing.invoices import InvoiceEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentRecorded(InvoiceEvent):
    """Money came: `amount_due_cents` is what is still to be paid after it."""

    payment_id: UUID
    cents: int
    paid_on: date
    method: str
    amount_due_cents: int
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoicePaid(InvoiceEvent):
    """Nothing is left to pay: by payments, by credit notes, or because credit covered it all."""

    total_cents: int
    paid_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceOverpaid(InvoiceEvent):
    """`cents` more than was asked for: they are used on the customer's next invoice."""

    cents: int
    noted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditNoteLine:
    """What is credited of one line of the invoice; `line` counts from 1."""

    line: int
    period: str
    kind: str
    cents: int
    minutes: int | None = None
    overage_id: UUID | None = None
    ticket_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditNoteEvent(InvoiceEvent):
    """A fact about a credit note; `number` is the invoice's, `credit_note_number` its own, of its own series."""

    credit_note_id: UUID
    credit_note_number: str
    cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditNoteIssued(CreditNoteEvent):
    """So much of an invoice is not owed; the invoice itself stays as it is (3.1, S24)."""

    series: str
    issue_date: date
    currency: str
    lines: tuple[CreditNoteLine, ...]
    reversal_id: UUID | None
    dispute_id: UUID | None
    sha256: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditNoteVoided(CreditNoteEvent):
    """The credit note was an error: it keeps its number and gives nothing."""

    voided_at: datetime
