"""What others told about an account's minutes, kept so that each can be explained: work, approvals, invoice lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from shared.events.billing import RoundingRule
    from shared.events.ticketing import TimeEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The work of a closed round, in seconds, and the rule that made minutes of it; None where it was not told."""

    ticket_id: UUID
    ticket_number: int
    round: int
    minutes_actual: int
    entries: tuple[TimeEntry, ...]
    rounding: RoundingRule | None

    @property
    def billable(self) -> tuple[TimeEntry, ...]:
        """The entries that count (N34, L-28)."""
        return tuple(entry for entry in self.entries if entry.billable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Who agreed to an estimate, when, and to what: `hour_price_cents` is the rate that was pinned by it (S35).

    `kind` is initial or additional; `is_automatic`: nothing was over, so nobody had to be asked (N17).
    """

    estimate_id: UUID
    ticket_id: UUID
    ticket_number: int
    number: int
    kind: str
    minutes: int
    minutes_over: int
    hour_price_cents: int
    is_automatic: bool
    approved_at: datetime
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The line of an invoice that carries an overage; an overage whose invoice was voided may be on several."""

    invoice_id: UUID
    invoice_number: str
    overage_id: UUID
    issue_date: date
    due_date: date
    cents: int
