"""What billing tells about invoices. Stream: each invoice by itself; what is to come, its contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.events import Event
from shared.events.billing.contracts import ContractEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceLine:
    """One line: `kind` is plan_fee, overage, proration, purchase, exit_fee, late_fee, late_interest, refund or credit.

    `period` is the local month it is for ("2026-12"); what is given back is negative. `line` of facts counts from 1.
    """

    kind: str
    period: str
    description: str
    cents: int
    ticket_id: UUID | None = None
    ticket_number: int | None = None
    minutes: int | None = None
    unit_cents_per_hour: int | None = None
    overage_id: UUID | None = None
    service_code: str | None = None
    purchase_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceTax:
    """One tax of an invoice: `rate_bp` in basis points (500 is 5 %); `withheld` the customer pays to the treasury."""

    name: str
    base_cents: int
    rate_bp: int
    cents: int
    withheld: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceEvent(Event):
    """A fact about one invoice."""

    invoice_id: UUID
    contract_id: UUID
    organization_id: UUID
    number: str

    @property
    def stream(self) -> UUID:
        """The invoice."""
        return self.invoice_id


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceUpcoming(ContractEvent):
    """Three business days from now a contract is invoiced: what the invoice would say as of now (3.11)."""

    month: str
    run_at: datetime
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int
    told_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceDrafted(ContractEvent):
    """The month of a run has begun: its invoice is a draft until `run_at`, and what it says may still change (3.1)."""

    month: str
    run_at: datetime
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int
    drafted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalizationFailed(ContractEvent):
    """The run of a contract could not be done; it is tried again by itself. `rule` is the code of what refused it."""

    month: str
    rule: str
    failed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceFinalized(InvoiceEvent):
    """An invoice got its number and is immutable from here on (3.1). `sha256` is over its canonical JSON.

    `amount_due_cents` = total less what is withheld; `pdf_path` is where its paper is read.
    """

    series: str
    issue_date: date
    due_date: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int
    sha256: str
    finalized_at: datetime
    month: str = ""
    subtotal_cents: int = 0
    taxes: tuple[InvoiceTax, ...] = ()
    withheld_cents: int = 0
    amount_due_cents: int = 0
    service_code: str = ""
    municipality_ibge: str | None = None
    pix_code: str | None = None
    pdf_path: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalDocumentRequested(InvoiceEvent):
    """A fiscal document (NFS-e) is due for an invoice: its data is read at `export_path` (3.6)."""

    service_code: str
    municipality_ibge: str | None
    cents: int
    export_path: str
    requested_at: datetime
    dps_number: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalDocumentAuthorized(InvoiceEvent):
    """The authority took the DPS and gave the fiscal document its key (3.6); `messages` are the authority's codes."""

    dps_number: int
    nfse_key: str
    url: str | None
    messages: tuple[str, ...]
    noted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalDocumentRejected(InvoiceEvent):
    """The authority would not take the DPS; it may be sent again, corrected. `messages` are the authority's codes."""

    dps_number: int
    messages: tuple[str, ...]
    noted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalDocumentCancelled(InvoiceEvent):
    """A fiscal document that was authorized does not hold any more; `messages` are the authority's codes."""

    dps_number: int
    nfse_key: str
    url: str | None
    messages: tuple[str, ...]
    noted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceSent(InvoiceEvent):
    """The invoice was given to the customer, once more if it was before; `reference` is the message's (3.1)."""

    channel: str
    reference: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceWillBeDue(InvoiceEvent):
    """Some days from now the invoice is to be paid."""

    due_date: date
    amount_due_cents: int
    told_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceOverdue(InvoiceEvent):
    """The bank day on which it was to be paid has passed (3.4)."""

    due_date: date
    amount_due_cents: int
    overdue_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceVoided(InvoiceEvent):
    """The invoice keeps its number and asks for nothing; its lines wait again unless the charge was cancelled (3.1)."""

    charge_cancelled: bool
    voided_at: datetime
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceUncollectible(InvoiceEvent):
    """Nobody counts on this money any more."""

    amount_due_cents: int
    marked_at: datetime
