"""What goes back to a customer: credit notes against the lines of an invoice, and credit for the next one (3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from services.billing.domain import wording
from services.billing.domain.invoicing import Invoice, Numbering, Overage
from services.billing.domain.lifecycle import Balance, InvoiceState
from services.billing.offer import Locale
from shared.errors import Refused
from shared.events.billing import CreditNoteLine, InvoiceLine
from shared.money import CURRENCY

CreditNoteState = Literal["issued", "voided"]


class CreditTooLarge(Refused):
    """More would be credited than is left of the line."""

    rule = "3.1"


class NothingToCredit(Refused):
    """A draft or voided invoice asks for nothing, so that nothing of it can be credited."""

    rule = "3.1"


class UnknownLine(Refused):
    """The invoice has no such line, or it is one that gives back."""

    status = 422
    rule = "3.1"


class CreditUsed(Refused):
    """The invoice was paid by what the credit note gave: it stays."""

    rule = "3.1"


class CreditNoteFinal(Refused):
    """The credit note does not hold any more, or hours came back with it."""

    rule = "3.1"


class OverageByReversal(Refused):
    """Minutes beyond the bank are given back as hours, and the credit note follows from that."""

    rule = "2.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCredit:
    """So much of one line of an invoice; lines count from 1. `minutes` where the line is of minutes."""

    line: int
    cents: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """Everything that a credit note says; it never changes. `reason` is a word of the provider's, or a sentence."""

    id: UUID
    number: str
    series: str
    invoice_id: UUID
    invoice_number: str
    contract_id: UUID
    organization_id: UUID
    issue_date: date
    currency: str
    lines: tuple[CreditNoteLine, ...]
    cents: int
    reason: str
    reversal_id: UUID | None = None
    dispute_id: UUID | None = None


def check_credits(
    invoice: Invoice, state: InvoiceState, asked: Sequence[LineCredit], credited: Mapping[int, int]
) -> None:
    """Refuse what goes beyond the lines; `credited` are the centavos credited so far, by line.

    Raises NothingToCredit, UnknownLine, CreditTooLarge.
    """
    if state in {"draft", "void"}:
        raise NothingToCredit(f"the invoice is {state}")
    wanted: dict[int, int] = {}
    for one in asked:
        if not 1 <= one.line <= len(invoice.lines) or invoice.lines[one.line - 1].cents <= 0:
            raise UnknownLine(f"line {one.line} is none that can be credited", field="lines")
        wanted[one.line] = wanted.get(one.line, 0) + one.cents
    for line, cents in wanted.items():
        left = invoice.lines[line - 1].cents - credited.get(line, 0)
        if cents > left:
            raise CreditTooLarge(f"line {line} has {left} centavos left to credit, not {cents}", field="lines")


def refuse_overage(invoice: Invoice, asked: Sequence[LineCredit]) -> None:
    """Refuse to credit overage by hand: a reversal gives hours and money back together. Raises OverageByReversal."""
    for one in asked:
        if 1 <= one.line <= len(invoice.lines) and invoice.lines[one.line - 1].overage_id is not None:
            raise OverageByReversal(f"line {one.line} is of minutes: reverse them, or settle a dispute", field="lines")


def check_note_void(note: CreditNote, state: CreditNoteState, balance: Balance) -> None:
    """Refuse to take back a credit note that does not hold, that gave hours back, or that the customer was given.

    Raises CreditNoteFinal, CreditUsed.
    """
    if state == "voided" or note.reversal_id is not None:
        why = "was voided before" if state == "voided" else "goes with hours that came back"
        raise CreditNoteFinal(f"the credit note {note.number} {why}")
    if balance.due_cents == 0:
        raise CreditUsed(f"the invoice {note.invoice_number} is paid, by this credit note, too: it stays")


def write_credit_note(
    invoice: Invoice,
    asked: Sequence[LineCredit],
    *,
    id: UUID,
    numbering: Numbering,
    issue_date: date,
    reason: str,
    reversal_id: UUID | None = None,
    dispute_id: UUID | None = None,
) -> CreditNote:
    """The credit note with its number; the invoice itself stays as it is."""
    assert asked, "a credit note credits something"
    lines = tuple(_credit_line(invoice, one) for one in asked)
    return CreditNote(
        id=id,
        number=numbering.number,
        series=numbering.series,
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        issue_date=issue_date,
        currency=CURRENCY,
        lines=lines,
        cents=sum(line.cents for line in lines),
        reason=reason,
        reversal_id=reversal_id,
        dispute_id=dispute_id,
    )


def shrink(overage: Overage, *, minutes: int, cents: int) -> Overage:
    """The overage less what was reversed of it (2.7). Raises CreditTooLarge."""
    shrunk = replace(
        overage,
        reversed_minutes=overage.reversed_minutes + minutes,
        reversed_cents=overage.reversed_cents + cents,
    )
    if min(shrunk.net_minutes, shrunk.net_cents) < 0:
        raise CreditTooLarge(f"the overage {overage.overage_id} has {overage.net_minutes} minutes left, not {minutes}")
    return shrunk


def line_of_overage(invoice: Invoice, overage_id: UUID) -> int:
    """Where on the invoice an overage stands; lines count from 1."""
    return next(place for place, line in enumerate(invoice.lines, start=1) if line.overage_id == overage_id)


def balance_lines(
    lines: tuple[InvoiceLine, ...], *, period: str, credit_cents: int, withheld_cents: int, locale: Locale
) -> tuple[InvoiceLine, ...]:
    """The lines with the customer's credit used up to what is payable of their sum; what they would owe is carried to
    the next invoice. Credit pays no tax: what is withheld is the treasury's.

    >>> fee = InvoiceLine(kind="plan_fee", period="2026-12", description="START", cents=65400)
    >>> balance_lines((fee,), period="2026-12", credit_cents=10000, withheld_cents=0, locale="en")[-1].cents
    -10000
    >>> balance_lines((fee,), period="2026-12", credit_cents=99900, withheld_cents=981, locale="en")[-1].cents
    -64419
    """
    assert credit_cents >= 0, "nobody owes credit"
    total = sum(line.cents for line in lines)
    if total < 0:
        rest = InvoiceLine(kind="credit", period=period, description=wording.carried(locale), cents=-total)
        return (*lines, rest)
    used = min(total - withheld_cents, credit_cents)
    if used == 0:
        return lines
    return (*lines, InvoiceLine(kind="credit", period=period, description=wording.credit(locale), cents=-used))


def credit_moved(lines: Sequence[InvoiceLine]) -> int:
    """What an invoice's lines do to the customer's credit, in centavos: used (negative) or left (positive)."""
    return sum(line.cents for line in lines if line.kind == "credit")


def canonical_note(note: CreditNote) -> bytes:
    """The credit note as canonical JSON: members sorted, no white space, UTF-8, integers only."""
    return msgspec.json.encode(note, order="sorted")


def read_credit_note(content: bytes) -> CreditNote:
    """The credit note that canonical bytes say."""
    return msgspec.json.decode(content, type=CreditNote)


def _credit_line(invoice: Invoice, asked: LineCredit) -> CreditNoteLine:
    of = invoice.lines[asked.line - 1]
    return CreditNoteLine(
        line=asked.line,
        period=of.period,
        kind=of.kind,
        cents=asked.cents,
        minutes=asked.minutes,
        overage_id=of.overage_id,
        ticket_id=of.ticket_id,
    )
