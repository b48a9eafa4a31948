"""What an invoice says: its lines, its total, its number, and the bytes that are hashed (3.1, 3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from services.billing.domain import wording
from services.billing.domain.contracts import Contract, agreed_prices
from services.billing.domain.months import Month
from services.billing.offer import Party
from shared.errors import Refused
from shared.events.billing import InvoiceLine
from shared.money import CURRENCY, price_of_minutes, share_of

InvoiceState = Literal["finalized"]


class OverageMispriced(Refused):
    """The centavos of an overage are not its minutes at its rate."""

    status = 422
    rule = "2.5"


class OverageContradicted(Refused):
    """The same overage was told before with other figures."""

    rule = "invariant 13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overage:
    """Minutes beyond the bank, at the rate pinned at approval; `month` is the local month of the close (2.5)."""

    overage_id: UUID
    contract_id: UUID
    ticket_id: UUID
    ticket_number: int
    round: int
    minutes: int
    hour_price_cents: int
    cents: int
    month: Month
    accrued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """The place of an invoice among the others of its provider: series and year are counted by themselves."""

    series: str
    year: int
    sequence: int

    @property
    def number(self) -> str:
        """The number as it is printed.

        >>> Numbering(series="A", year=2026, sequence=42).number
        '2026/00042'
        """
        return f"{self.year:04d}/{self.sequence:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Everything that a finalized invoice says; from here on it never changes."""

    id: UUID
    number: str
    series: str
    month: str
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    provider: Party
    customer: Party
    issue_date: date
    due_date: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int
    note: str | None


def check_price(overage: Overage) -> None:
    """Refuse centavos that do not follow from minutes and rate. Raises OverageMispriced (2.5, S12)."""
    right = price_of_minutes(overage.minutes, overage.hour_price_cents)
    if overage.cents != right:
        raise OverageMispriced(f"{overage.minutes} min cost {right} centavos, not {overage.cents}", field="cents")


def lines_of_run(contract: Contract, month: Month, overages: Sequence[Overage]) -> tuple[InvoiceLine, ...]:
    """The lines of a month's run: fees in advance up to `month`, then the overage of the months before it (3.2)."""
    assert all(overage.month < month for overage in overages), "overage is invoiced after its month"
    fees = [line for one in contract.next_fee_month.until(month) if (line := fee_line(contract, one))]
    ordered = sorted(overages, key=lambda one: (one.month, one.ticket_number, one.accrued_at, one.overage_id))
    return (*fees, *(overage_line(contract, overage, month) for overage in ordered))


def fee_line(contract: Contract, month: Month) -> InvoiceLine | None:
    """The plan's fee of a month; none for one-off work, for a free plan, before the start, for a skipped first cycle.

    The first month of a contract is prorated unless agreed otherwise: the share of its days, rounded once (S20).
    """
    start = Month.of(contract.start_date)
    price = agreed_prices(contract.terms).price_cents
    if contract.kind != "recurring" or price == 0 or month < start:
        return None
    days = month.days
    if month == start and contract.first_cycle == "skip":
        return None
    if month == start and contract.first_cycle == "prorated":
        days = month.days - contract.start_date.day + 1
    return InvoiceLine(
        kind="plan_fee",
        period=str(month),
        description=wording.fee(contract.terms.plan_name, month, days=days, locale=contract.locale),
        cents=share_of(price, days, month.days),
    )


def overage_line(contract: Contract, overage: Overage, run_month: Month) -> InvoiceLine:
    """One overage as a line; one that comes later than the run after its month is an adjustment of it (B-05)."""
    return InvoiceLine(
        kind="overage",
        period=str(overage.month),
        description=wording.overage(
            overage.ticket_number,
            overage.month,
            minutes=overage.minutes,
            hour_price_cents=overage.hour_price_cents,
            is_late=overage.month.next() < run_month,
            locale=contract.locale,
        ),
        cents=overage.cents,
        ticket_id=overage.ticket_id,
        ticket_number=overage.ticket_number,
        minutes=overage.minutes,
        unit_cents_per_hour=overage.hour_price_cents,
        overage_id=overage.overage_id,
    )


def finalize(
    contract: Contract,
    lines: tuple[InvoiceLine, ...],
    *,
    id: UUID,
    numbering: Numbering,
    month: Month,
    provider: Party,
    customer: Party,
    issue_date: date,
    due_date: date,
    note: str | None,
) -> Invoice:
    """The invoice with its number and its parties as they are today (3.1)."""
    assert lines, "a month with no fee and no overage gives no invoice (B-08)"
    assert numbering.year == issue_date.year, "numbers are counted by the year of the issue"
    assert due_date >= issue_date, "nobody pays before the issue"
    total_cents = sum(line.cents for line in lines)
    assert total_cents >= 0, "an invoice never owes the customer: that is a credit note"
    return Invoice(
        id=id,
        number=numbering.number,
        series=numbering.series,
        month=str(month),
        contract_id=contract.id,
        organization_id=contract.organization_id,
        plan_code=contract.terms.plan_code,
        provider=provider,
        customer=customer,
        issue_date=issue_date,
        due_date=due_date,
        currency=CURRENCY,
        lines=lines,
        total_cents=total_cents,
        note=note,
    )


def canonical(invoice: Invoice) -> bytes:
    """The invoice as canonical JSON: members sorted, no white space, UTF-8, integers only."""
    return msgspec.json.encode(invoice, order="sorted")


def fingerprint(content: bytes) -> str:
    """The SHA-256 of the canonical bytes, in hex: whoever keeps it can tell that nothing was changed."""
    return hashlib.sha256(content).hexdigest()


def read_invoice(content: bytes) -> Invoice:
    """The invoice that canonical bytes say."""
    return msgspec.json.decode(content, type=Invoice)
