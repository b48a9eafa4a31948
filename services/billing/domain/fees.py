"""What a plan costs in a month: whole, by days at the beginning and at the end, and what a change of mind costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from services.billing.domain import wording
from services.billing.domain.amendments import Amendment
from services.billing.domain.contracts import Contract, run_of, terms_after, terms_at, terms_before
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
    terms = terms_at(contract, _opening(contract, month))
    price = agreed_prices(terms).price_cents
    if price == 0 or after <= first or _is_free(contract, month):
        return None
    days = (after - first).days
    return InvoiceLine(
        kind="plan_fee",
        period=str(month),
        description=wording.fee(terms.plan_name, month, days=days, locale=contract.locale),
        cents=share_of(price, days, month.days),
    )


def upgrade_line(contract: Contract, change: Amendment) -> InvoiceLine | None:
    """What an immediate change of plan adds to its month, whose fee is that of the old plan (2.8, S19); None: nothing.

    The share of the difference, rounded once: R$ 1,450.00 instead of R$ 654.00 for 21 of 30 days are R$ 557.20. Where
    the month opens with the change it is what is missing of the new plan's fee; nothing, where no fee is invoiced yet.
    """
    day = change.effective_date
    month = Month.of(day)
    first, after = _days_charged(contract, month)
    is_opening = day <= _opening(contract, month)
    days = max(0, (after - (first if is_opening else max(first, day))).days)
    if _is_free(contract, month) or (is_opening and month >= contract.next_fee_month):
        return None
    terms = terms_after(contract, change)
    old_cents, new_cents = (agreed_prices(one).price_cents for one in (terms_before(contract, change), terms))
    assert new_cents >= old_cents, "less than before comes with the next cycle"
    cents = share_of(new_cents - old_cents, days, month.days)
    if is_opening:
        cents = share_of(new_cents, days, month.days) - share_of(old_cents, days, month.days)
    if cents == 0:
        return None
    text = wording.upgrade(terms.plan_name, month, days=days, locale=contract.locale)
    return InvoiceLine(kind="proration", period=str(month), description=text, cents=cents)


def settle(before: Contract, after: Contract) -> tuple[InvoiceLine, ...]:
    """What is charged already costs more, or less, now that the contract ends otherwise (2.9).

    That are the fees of months that are invoiced, and what immediate changes of plan added to the rest of their month.
    """
    begins = Month.of(min(one.life.notice.effective_date for one in (before, after) if one.life.notice is not None))
    costs: Counter[Month] = Counter()
    for contract, sign in ((before, -1), (after, 1)):
        fees = [fee_line(contract, month) for month in begins.until(before.next_fee_month.plus(-1))]
        upgrades = [upgrade_line(contract, change) for change in _upgrades(contract, begins)]
        for line in (*fees, *upgrades):
            if line is not None:
                costs[Month.read(line.period)] += sign * line.cents
    lines = []
    for month, cents in sorted(costs.items()):
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


def _opening(contract: Contract, month: Month) -> date:
    """The date in a month whose price its fee has: the first that is charged, the start where a month is whole."""
    return max(_days_charged(contract, month)[0], contract.start_date)


def _is_free(contract: Contract, month: Month) -> bool:
    """Whether a month brings no hours, and costs nothing: there is no plan, or a suspension stopped the grants."""
    first, _ = _days_charged(contract, month)
    stops = terms_at(contract, _opening(contract, month)).suspension_stops_grants
    return contract.kind != "recurring" or (stops and any(one.covers(first) for one in contract.life.suspensions))


def _upgrades(contract: Contract, begins: Month) -> Iterator[Amendment]:
    """The immediate changes of plan, from a month on, that came after their month had opened."""
    for change in contract.life.amendments:
        if change.plan is not None and change.plan.mode == "immediate_prorated":
            month = Month.of(change.effective_date)
            if month >= begins and change.effective_date > _opening(contract, month):
                yield change


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
