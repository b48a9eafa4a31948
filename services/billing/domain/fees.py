"""What a plan costs in a month: whole, by days at the beginning and at the end, and what a change of mind costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from services.billing.domain import wording
from services.billing.domain.contracts import Contract, run_of, terms_at
from services.billing.domain.months import Month
from services.billing.domain.terms import agreed_prices
from shared.calendar import add_months
from shared.events.billing import InvoiceLine
from shared.money import share_of


def fee_months(contract: Contract, month: Month) -> tuple[Month, ...]:
    """The months whose fee the run of a month takes: up to that month in advance, up to the one before in arrears.

    The last run takes what is left, for no other one comes.
    """
    is_last = contract.next_run is not None and run_of(contract).is_final
    in_arrears = contract.terms.fees == "arrears" and not is_last
    return contract.next_fee_month.until(month.plus(-1) if in_arrears else month)


def fee_line(contract: Contract, month: Month) -> InvoiceLine | None:
    """The plan's fee of a month; none for one-off work, for a free plan, before the start, after the end (3.2).

    The first month is prorated unless agreed otherwise, the last one always: the share of its days, rounded once
    (S20, 2.9). The price is the one in force on the first of these days. A month that begins suspended is free where
    the suspension stops the grants, too.
    """
    first, after = _days_charged(contract, month)
    terms = terms_at(contract, first)
    price = agreed_prices(terms).price_cents
    if contract.kind != "recurring" or price == 0 or after <= first:
        return None
    if terms.suspension_stops_grants and any(one.covers(first) for one in contract.life.suspensions):
        return None
    days = (after - first).days
    return InvoiceLine(
        kind="plan_fee",
        period=str(month),
        description=wording.fee(terms.plan_name, month, days=days, locale=contract.locale),
        cents=share_of(price, days, month.days),
    )


def upgrade_line(contract: Contract, *, old_cents: int, new_cents: int, day: date) -> InvoiceLine | None:
    """What the rest of a month costs more after an immediate change of plan, from `day` on (2.8, S19); None: nothing.

    The share of the difference, rounded once: R$ 1,450.00 instead of R$ 654.00 for 21 of 30 days are R$ 557.20.
    """
    assert new_cents >= old_cents, "less than before comes with the next cycle"
    month = Month.of(day)
    _, after = _days_charged(contract, month)
    days = max(0, (after - day).days)
    cents = share_of(new_cents - old_cents, days, month.days)
    if contract.kind != "recurring" or cents == 0:
        return None
    plan = terms_at(contract, day).plan_name
    text = wording.upgrade(plan, month, days=days, locale=contract.locale)
    return InvoiceLine(kind="proration", period=str(month), description=text, cents=cents)


def settle(before: Contract, after: Contract) -> tuple[InvoiceLine, ...]:
    """What months that are invoiced already cost more, or less, now that the contract ends otherwise (2.9)."""
    ends = [one.life.notice.effective_date for one in (before, after) if one.life.notice is not None]
    lines = []
    for month in Month.of(min(ends)).until(before.next_fee_month.plus(-1)):
        was, now = fee_line(before, month), fee_line(after, month)
        cents = (now.cents if now else 0) - (was.cents if was else 0)
        if cents:
            plan = terms_at(after, month.first_day).plan_name
            text = wording.settlement(plan, month, locale=after.locale)
            kind = "proration" if cents > 0 else "refund"
            lines.append(InvoiceLine(kind=kind, period=str(month), description=text, cents=cents))
    return tuple(lines)


def exit_fee_cents(contract: Contract, effective: date) -> int:
    """What it costs to leave before the minimum term is over: a percentage of the fees that remain to it (B45).

    Exact over all months, rounded half up, once.
    """
    terms = contract.terms
    ends = add_months(contract.start_date, terms.minimum_term_months)
    whole = replace(contract, life=replace(contract.life, notice=None))
    owed = Fraction(0)
    for month in Month.of(effective).until(Month.of(ends)):
        first = max(month.first_day, effective)
        after = min(month.next().first_day, ends)
        days = max(0, (after - first).days)
        owed += Fraction(agreed_prices(terms_at(whole, first)).price_cents * days, month.days)
    percent = owed * terms.early_exit_fee_percent / 100
    return (2 * percent.numerator + percent.denominator) // (2 * percent.denominator)


def _days_charged(contract: Contract, month: Month) -> tuple[date, date]:
    """The first date of a month that is charged, and the first one that is not any more."""
    first, after = month.first_day, month.next().first_day
    starts = contract.start_date
    if month == Month.of(starts) and contract.first_cycle != "full":
        first = starts if contract.first_cycle == "prorated" else after
    if month < Month.of(starts):
        first = after
    if contract.life.notice is not None:
        after = min(after, contract.life.notice.effective_date)
    return first, after


def last_day_of(contract: Contract) -> date | None:
    """The last local date of a contract that ends; None while it goes on."""
    notice = contract.life.notice
    return None if notice is None else notice.effective_date - timedelta(days=1)


def exit_lines(before: Contract, after: Contract) -> tuple[InvoiceLine, ...]:
    """What leaving before the minimum term is over costs, and that it costs nothing any more (B45)."""
    lines = []
    for contract, sign in ((before, -1), (after, 1)):
        notice = contract.life.notice
        if notice is not None and notice.exit_fee_cents:
            percent = contract.terms.early_exit_fee_percent
            line = InvoiceLine(
                kind="exit_fee" if sign > 0 else "refund",
                period=str(Month.of(notice.effective_date)),
                description=wording.early_exit(percent, locale=contract.locale),
                cents=sign * notice.exit_fee_cents,
            )
            lines.append(line)
    return tuple(lines)


def refund_line(contract: Contract, *, minutes: int, cents: int) -> InvoiceLine:
    """Hours that lapse with the contract, given back (2.9, refund_at_plan_rate)."""
    last = last_day_of(contract)
    assert last is not None, "hours are given back at the end"
    return InvoiceLine(
        kind="refund",
        period=str(Month.of(last)),
        description=wording.refund(minutes, locale=contract.locale),
        cents=-cents,
        minutes=minutes,
    )
