"""What an invoice says: its lines, its total, its number, and the bytes that are hashed (3.1, 3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from services.billing.domain import wording
from services.billing.domain.contracts import Contract
from services.billing.domain.fees import fee_line, fee_months
from services.billing.domain.months import Month
from services.billing.domain.pix import AMOUNT_MOST_CENTS, br_code, read_key, txid_of
from services.billing.domain.taxes import Tax, taxes_of, withheld_cents
from services.billing.offer import Fiscal, Locale, Party, Pix, TaxRule
from shared.errors import Refused
from shared.events.billing import InvoiceLine
from shared.money import CURRENCY, price_of_minutes

PAYS: Final = frozenset({"credit"})  # lines that are money, not service
LATE: Final = frozenset({"late_fee", "late_interest"})  # what paying late costs is the price of no service


class OverageMispriced(Refused):
    """The centavos of an overage are not its minutes at its rate."""

    status = 422
    rule = "2.5"


class OverageContradicted(Refused):
    """The same overage was told before with other figures."""

    rule = "invariant 13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overage:
    """Minutes beyond the bank, at the rate pinned at approval; `month` is the local month of the close (2.5).

    `minutes` and `cents` are what was accrued; what was reversed before the invoice is beside them (2.7, S23).
    """

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
    reversed_minutes: int = 0
    reversed_cents: int = 0

    @property
    def net_minutes(self) -> int:
        """What is left to charge, in minutes."""
        return self.minutes - self.reversed_minutes

    @property
    def net_cents(self) -> int:
        """What is left to charge, in centavos."""
        return self.cents - self.reversed_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A line that waits for the next run: a proration, a purchase, an adjustment, a refund (negative), or one that a
    voided invoice gave back. `cause` is what it may be charged for once only, per contract and kind.
    """

    id: UUID
    contract_id: UUID
    cause: str
    line: InvoiceLine


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
        'A-2026/00042'
        """
        return f"{self.series}-{self.year:04d}/{self.sequence:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Everything that a finalized invoice says; from here on it never changes.

    `withheld_cents` of the total are the customer's to pay to the treasury; `pix_code` asks for the rest. What is paid
    late costs `late_fee_bp` once and `late_interest_bp` a month, in basis points (3.4).
    """

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
    locale: Locale = "pt-BR"
    timezone: str = "America/Sao_Paulo"
    service_code: str = ""
    taxes: tuple[Tax, ...] = ()
    withheld_cents: int = 0
    pix_code: str | None = None
    late_fee_bp: int = 0
    late_interest_bp: int = 0

    @property
    def payable_cents(self) -> int:
        """What is to be paid to the provider."""
        return self.total_cents - self.withheld_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What a run would put on an invoice: its lines, and which of them waited. A draft is nothing else (3.1)."""

    lines: tuple[InvoiceLine, ...]
    pending: tuple[Pending, ...]

    @property
    def total_cents(self) -> int:
        """What the lines sum up to, in centavos."""
        return sum(line.cents for line in self.lines)


def check_price(overage: Overage) -> None:
    """Refuse centavos that do not follow from minutes and rate. Raises OverageMispriced (2.5, S12)."""
    right = price_of_minutes(overage.minutes, overage.hour_price_cents)
    if overage.cents != right:
        raise OverageMispriced(f"{overage.minutes} min cost {right} centavos, not {overage.cents}", field="cents")


def lines_of_run(
    contract: Contract, month: Month, overages: Sequence[Overage], pending: Sequence[Pending] = ()
) -> tuple[InvoiceLine, ...]:
    """The lines of a month's run: fees in advance up to `month`, what waited, the overage of the months before (3.2).

    What is given back (a refund, a credit) stands last. The last run takes the overage of its own month, too (2.9).
    """
    upto = month if contract.next_run is not None and contract.next_run.is_final else month.plus(-1)
    assert all(overage.month <= upto for overage in overages), "overage is invoiced after its month"
    fees = [line for one in fee_months(contract, month) if (line := fee_line(contract, one))]
    waited = [one.line for one in sorted(pending, key=lambda one: (one.line.period, one.line.kind, one.cause))]
    ordered = sorted(overages, key=lambda one: (one.month, one.ticket_number, one.accrued_at, one.overage_id))
    charged = [overage_line(contract, overage, month) for overage in ordered if overage.net_minutes > 0]
    given_back = [line for line in waited if line.cents < 0]
    return (*fees, *(line for line in waited if line.cents >= 0), *charged, *given_back)


def overage_line(contract: Contract, overage: Overage, run_month: Month) -> InvoiceLine:
    """One overage as a line; one that comes later than the run after its month is an adjustment of it (B-05)."""
    return InvoiceLine(
        kind="overage",
        period=str(overage.month),
        description=wording.overage(
            overage.ticket_number,
            overage.month,
            minutes=overage.net_minutes,
            hour_price_cents=overage.hour_price_cents,
            is_late=overage.month.next() < run_month,
            locale=contract.locale,
        ),
        cents=overage.net_cents,
        ticket_id=overage.ticket_id,
        ticket_number=overage.ticket_number,
        minutes=overage.net_minutes,
        unit_cents_per_hour=overage.hour_price_cents,
        overage_id=overage.overage_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What makes lines an invoice: who, when, and by which rules of the offer (3.1, 3.6, 3.7)."""

    month: Month
    provider: Party
    customer: Party
    issue_date: date
    due_date: date
    note: str | None
    fiscal: Fiscal | None
    tax_rules: tuple[TaxRule, ...]
    pix: Pix | None


def finalize(
    contract: Contract, lines: tuple[InvoiceLine, ...], issue: Issue, *, id: UUID, numbering: Numbering
) -> Invoice:
    """The invoice with its number and its parties as they are today (3.1). An invoice of nought is paid by credit."""
    assert lines, "a month with no fee and no overage gives no invoice (B-08)"
    assert numbering.year == issue.issue_date.year, "numbers are counted by the year of the issue"
    assert issue.due_date >= issue.issue_date, "nobody pays before the issue"
    total_cents, taxes = sum(line.cents for line in lines), taxes_on(lines, issue)
    withheld = withheld_cents(taxes)
    assert total_cents >= withheld, "an invoice never owes the customer: that is a credit note"
    return Invoice(
        id=id,
        number=numbering.number,
        series=numbering.series,
        month=str(issue.month),
        contract_id=contract.id,
        organization_id=contract.organization_id,
        plan_code=contract.terms.plan_code,
        provider=issue.provider,
        customer=issue.customer,
        issue_date=issue.issue_date,
        due_date=issue.due_date,
        currency=CURRENCY,
        lines=lines,
        total_cents=total_cents,
        note=issue.note,
        locale=contract.locale,
        timezone=contract.timezone,
        service_code=issue.fiscal.service_code if issue.fiscal else "",
        taxes=taxes,
        withheld_cents=withheld,
        late_fee_bp=contract.terms.late_fee_bp,
        late_interest_bp=contract.terms.late_interest_bp,
        pix_code=pix_code_of(issue.pix, issue.provider, number=numbering.number, cents=total_cents - withheld),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An invoice that is not made yet: what the run at `run_at` would make of it as of now. It has no number (3.1)."""

    contract_id: UUID
    organization_id: UUID
    month: str
    plan_code: str
    run_at: datetime
    issue_date: date
    due_date: date
    currency: str
    customer: Party
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[Tax, ...]
    total_cents: int
    withheld_cents: int


def draft(contract: Contract, lines: tuple[InvoiceLine, ...], issue: Issue, *, run_at: datetime) -> Draft:
    """The draft of the coming run: equal to the invoice, but for what only finalizing gives it."""
    as_invoice = finalize(
        contract,
        lines,
        issue,
        id=contract.id,
        numbering=Numbering(series="DRAFT", year=issue.issue_date.year, sequence=0),
    )
    return Draft(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        month=as_invoice.month,
        plan_code=as_invoice.plan_code,
        run_at=run_at,
        issue_date=as_invoice.issue_date,
        due_date=as_invoice.due_date,
        currency=as_invoice.currency,
        customer=as_invoice.customer,
        lines=lines,
        taxes=as_invoice.taxes,
        total_cents=as_invoice.total_cents,
        withheld_cents=as_invoice.withheld_cents,
    )


def served_lines(lines: Iterable[InvoiceLine]) -> Iterator[tuple[int, InvoiceLine]]:
    """The lines that are service, with their places from 1: credit pays for it, and paying late is none."""
    return ((place, line) for place, line in enumerate(lines, start=1) if line.kind not in PAYS | LATE)


def taxes_on(lines: Sequence[InvoiceLine], issue: Issue) -> tuple[Tax, ...]:
    """The taxes of what is served; what the customer's credit pays of it is served, and taxed, all the same (3.6)."""
    return taxes_of(
        issue.tax_rules,
        base_cents=max(0, sum(line.cents for _, line in served_lines(lines))),
        service_code=issue.fiscal.service_code if issue.fiscal else "",
        municipality_ibge=municipality_of(issue.fiscal, issue.provider),
    )


def municipality_of(fiscal: Fiscal | None, provider: Party) -> str | None:
    """Where the service is taxed, as IBGE numbers it: as the offer says, else where the provider sits (3.6)."""
    if fiscal is not None and fiscal.municipality_ibge is not None:
        return fiscal.municipality_ibge
    return provider.address.municipality_ibge if provider.address else None


def pix_code_of(pix: Pix | None, provider: Party, *, number: str, cents: int) -> str | None:
    """The code that pays so much of an invoice; none without a key, or with nothing to pay (3.7)."""
    if pix is None or not 0 < cents <= AMOUNT_MOST_CENTS:
        return None
    city = pix.city or (provider.address.city if provider.address else "BRASIL")
    merchant = pix.merchant or provider.trade_name or provider.legal_name
    return br_code(key=read_key(pix.key), merchant=merchant, city=city, txid=txid_of(number), cents=cents)


def canonical(invoice: Invoice) -> bytes:
    """The invoice as canonical JSON: members sorted, no white space, UTF-8, integers only."""
    return msgspec.json.encode(invoice, order="sorted")


def fingerprint(content: bytes) -> str:
    """The SHA-256 of the canonical bytes, in hex: whoever keeps it can tell that nothing was changed."""
    return hashlib.sha256(content).hexdigest()


def read_invoice(content: bytes) -> Invoice:
    """The invoice that canonical bytes say."""
    return msgspec.json.decode(content, type=Invoice)
