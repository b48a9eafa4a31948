"""How a contract ends: notice, minimum term, the last dates, the final invoice (2.9, B45, B46)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.calendar import add_months
from shared.errors import Refused


class NoticeInFuture(Refused):
    """A cancellation is entered with the day on which it was received, which has been."""

    status = 422
    rule = "B46"


class NoticeTooEarly(Refused):
    """The day on which a cancellation was received lies long before there was anything to cancel."""

    status = 422
    rule = "B46"


class EarlyExitBlocked(Refused):
    """The contract has a minimum term and cannot be left before it is over."""

    rule = "B45"


class AlreadyCancelled(Refused):
    """Cancellation was given already."""

    rule = "B46"


class NotCancelled(Refused):
    """There is no notice that could be taken back."""

    rule = "B46"


class ContractEnded(Refused):
    """The contract is over."""

    rule = "2.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A cancellation: received on a local date, it ends the contract at the midnight that begins `effective_date`.

    `early`: it leaves the minimum term before it is over. `exit_fee_cents` is what that costs.
    """

    received_date: date
    effective_date: date
    reason: str
    early: bool
    exit_fee_cents: int
    requested_at: datetime

    @property
    def last_grant_date(self) -> date:
        """The last local date of the contract: grants go on until then (S22)."""
        return self.effective_date - timedelta(days=1)


def effective_date(received: date, *, start: date, notice_days: int, minimum_term_months: int, today: date) -> date:
    """The first local date without the contract: after the notice, and not inside the minimum term (S21, S22).

    Never a date that has passed: what was granted and invoiced up to today was so under a contract.

    >>> day = date(2026, 11, 10)
    >>> effective_date(day, start=date(2025, 1, 1), notice_days=30, minimum_term_months=12, today=day)
    datetime.date(2026, 12, 10)
    >>> effective_date(day, start=date(2026, 6, 15), notice_days=30, minimum_term_months=12, today=day)
    datetime.date(2027, 6, 15)
    """
    return max(received + timedelta(days=notice_days), add_months(start, minimum_term_months), today)


def last_notice_date(effective: date, *, notice_days: int) -> date:
    """The last local date on which notice could be given for an effective date (S22).

    >>> last_notice_date(date(2027, 6, 15), notice_days=30)
    datetime.date(2027, 5, 16)
    """
    return effective - timedelta(days=notice_days)
