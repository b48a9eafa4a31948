"""What billing tells: contracts and invoices. Streams: the contract, and each invoice by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractEvent(Event):
    """A fact about one contract."""

    contract_id: UUID
    organization_id: UUID

    @property
    def stream(self) -> UUID:
        """The contract."""
        return self.contract_id


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractActivated(ContractEvent):
    """A customer's contract runs from `start_date` (local); everything the others need to know of it is in here.

    `monthly_minutes` 0 means a plan without hours (B41): every minute is overage at the full price.
    `first_cycle` is prorated, full or skip (2.2).
    """

    kind: str
    product: str
    plan_code: str
    monthly_minutes: int
    plan_price_cents: int
    full_hour_price_cents: int
    validity_months: int
    first_cycle: str
    start_date: date
    timezone: str
    queue_rank: int
    account_manager_id: str | None
    activated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceLine:
    """One line: `kind` is plan_fee or overage; `period` the local month it is for ("2026-12")."""

    kind: str
    period: str
    description: str
    cents: int
    ticket_id: UUID | None = None
    ticket_number: int | None = None
    minutes: int | None = None
    unit_cents_per_hour: int | None = None
    overage_id: UUID | None = None


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
class InvoiceFinalized(InvoiceEvent):
    """An invoice got its number and is immutable from here on (3.1). `sha256` is over its canonical JSON."""

    series: str
    issue_date: date
    due_date: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int
    sha256: str
    finalized_at: datetime
