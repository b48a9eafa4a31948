"""What it costs to pay an invoice late: a fee once, interest by days, on what came late (3.4)."""

from __future__ import annotations

from datetime import date

from services.billing.domain import wording
from services.billing.domain.invoicing import Invoice
from services.billing.domain.months import Month
from services.billing.domain.schedule import Calendars
from services.billing.offer import BASIS_POINTS
from shared.events.billing import InvoiceLine

DAYS_OF_A_MONTH = 30  # of commercial interest


def days_late(due: date, paid_on: date, *, calendars: Calendars) -> int:
    """For how many days interest runs: none up to the bank day that follows a due date, else all from that date on.

    Law 7.089/1983 spares who pays on the next bank day; who does not, owes from the original date (REsp 1.954.924).
    """
    last = calendars.bank.following_business_day(due)
    return (paid_on - due).days if paid_on > last else 0


def late_fee(cents: int, fee_bp: int) -> int:
    """The fee of an amount that was paid late, in centavos, rounded half up once.

    >>> late_fee(99900, 200), late_fee(1, 200)
    (1998, 0)
    """
    return _share(cents, fee_bp, BASIS_POINTS)


def late_interest(cents: int, interest_bp: int, days: int) -> int:
    """The interest on an amount over some days, in centavos, rounded half up once; a month has thirty days.

    >>> late_interest(99900, 100, 30), late_interest(99900, 100, 10)
    (999, 333)
    """
    return _share(cents, interest_bp * days, BASIS_POINTS * DAYS_OF_A_MONTH)


def late_lines(invoice: Invoice, *, cents: int, paid_on: date, days: int) -> tuple[InvoiceLine, ...]:
    """The lines for the next invoice of what was paid of this one so many days late; none where that costs nothing."""
    fee_bp, interest_bp = invoice.late_fee_bp if days else 0, invoice.late_interest_bp
    charged = (
        ("late_fee", fee_bp, late_fee(cents, fee_bp)),
        ("late_interest", interest_bp, late_interest(cents, interest_bp, days)),
    )
    return tuple(
        InvoiceLine(
            kind=kind,
            period=str(Month.of(paid_on)),
            description=wording.late(kind, invoice.number, rate_bp=rate_bp, days=days, locale=invoice.locale),
            cents=charge,
        )
        for kind, rate_bp, charge in charged
        if charge > 0
    )


def _share(cents: int, part: int, whole: int) -> int:
    return (2 * cents * part + whole) // (2 * whole)
