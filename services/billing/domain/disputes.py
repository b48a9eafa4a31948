"""A line that a customer disputes: its minutes freeze until somebody settles it (3.1, 2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.billing.domain.credits import NothingToCredit, UnknownLine
from services.billing.domain.invoicing import Invoice
from services.billing.domain.lifecycle import InvoiceState
from shared.errors import Refused

DisputeState = Literal["open", "accepted", "rejected"]
Outcome = Literal["accepted", "rejected"]


class DisputeOpen(Refused):
    """The line is disputed already; one after the other."""

    rule = "3.1"


class NoDispute(Refused):
    """The line is not disputed, or the dispute was settled."""

    rule = "3.1"


class TooManyMinutes(Refused):
    """More minutes than the line has left, or than were disputed."""

    status = 422
    rule = "3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Minutes of one overage line that the customer does not accept. What people wrote stays in here, never told."""

    id: UUID
    invoice_id: UUID
    line: int
    overage_id: UUID
    ticket_id: UUID
    round: int
    minutes: int
    reason: str
    state: DisputeState
    opened_at: datetime
    opened_by: str
    settled_minutes: int | None = None
    settlement: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None


def check_disputable(state: InvoiceState) -> None:
    """Refuse to dispute what asks for nothing. Raises NothingToCredit."""
    if state in {"draft", "void"}:
        raise NothingToCredit(f"the invoice is {state}")


def disputed_minutes(invoice: Invoice, line: int, minutes: int | None, *, credited_minutes: int) -> int:
    """How many minutes are disputed: those asked for, or all that are left. Raises UnknownLine, TooManyMinutes."""
    one = invoice.lines[line - 1] if 1 <= line <= len(invoice.lines) else None
    if one is None or one.overage_id is None or one.minutes is None:
        raise UnknownLine(f"line {line} is not one of minutes beyond the bank", field="line")
    left = one.minutes - credited_minutes
    asked = left if minutes is None else minutes
    if not 0 < asked <= left:
        raise TooManyMinutes(f"line {line} has {left} minutes left to dispute", field="minutes")
    return asked


def settled_minutes(dispute: Dispute, outcome: Outcome, minutes: int | None) -> int:
    """How many minutes are given back: of an accepted dispute those agreed on, else all. Raises TooManyMinutes."""
    if outcome == "rejected":
        if minutes:
            raise TooManyMinutes("a rejected dispute gives nothing back", field="minutes")
        return 0
    given = dispute.minutes if minutes is None else minutes
    if not 0 < given <= dispute.minutes:
        raise TooManyMinutes(f"{dispute.minutes} minutes are disputed", field="minutes")
    return given
