"""The yearly adjustment of prices by an index (3.9, B47, S34): which months count, the factor, and from when on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from services.billing.domain.amendments import Amendment, IndexStep
from services.billing.domain.contracts import Contract, changed, check_in_force, lived, terms_at
from services.billing.domain.months import MONTHS_OF_A_YEAR, Month
from services.billing.domain.terms import Agreed, agreed_prices
from shared.calendar import add_months, local_date, local_midnight
from shared.errors import Invalid, Refused

ANNOUNCED_DAYS = 30  # ahead of an adjustment the customer is told (3.9)
FACTOR_SHOWN_PLACES = 6  # of a factor, for people; the prices follow from the exact one
RATE_MOST_PERCENT = 100  # in a month: beyond it, somebody mistyped
PERCENT_PATTERN = r"^-?[0-9]{1,3}(\.[0-9]{1,8})?$(?!\n)"

_PERCENT = re.compile(PERCENT_PATTERN)
_BRAZILIAN_DATE = re.compile(r"[0-9]{2}/([0-9]{2})/([0-9]{4})")


class NotAdjustable(Refused):
    """The contract names no index: its prices are agreed anew instead."""

    rule = "B47"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What an index rose in a month, in percent, as it was published: a decimal number in words."""

    month: Month
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The next adjustment of a contract as it would be announced on a day (3.9).

    `missing`: months of the index that nobody has typed in; while there are any, `factor` and `adjusted` are None.
    `factor` is exact, and 1 where a fall was clamped.
    """

    index: str
    anniversary: date
    announce_from: date
    effective_date: date
    months: tuple[Month, ...]
    missing: tuple[Month, ...]
    factor: str | None
    prices: Agreed
    adjusted: Agreed | None


def read_percent(text: str) -> str:
    """A rate as it is kept. Raises Invalid.

    >>> read_percent("0.33"), read_percent("-0.11")
    ('0.33', '-0.11')
    """
    if not _PERCENT.match(text) or abs(Decimal(text)) >= RATE_MOST_PERCENT:
        raise Invalid("a rate is a percentage like 0.33 or -0.11, below 100", field="percent")
    return text


def read_table(text: str) -> tuple[Rate, ...]:
    r"""The rates of a CSV: a month and a percentage a line, as 2026-09;0.33 or as the central bank has it.

    Raises Invalid, naming the line.

    >>> rates = read_table('"data";"valor"\n"01/09/2026";"0,48"\n2026-10;0.09')
    >>> [(str(rate.month), rate.percent) for rate in rates]
    [('2026-09', '0.48'), ('2026-10', '0.09')]
    """
    found: dict[Month, Rate] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue
        rate = _rate_of(cells, number)
        if rate.month in found:
            raise Invalid(f"line {number}: {rate.month} is there twice", field="csv")
        found[rate.month] = rate
    if not found:
        raise Invalid("there is no month in this table", field="csv")
    return tuple(found[month] for month in sorted(found))


def factor_of(percents: list[str]) -> str:
    """The product of (1 + rate / 100) over the months, exact, as a decimal number in words (S34).

    >>> rates = "0.33 1.31 0.56 0.43 0.26 0.24 0.26 -0.11 0.48 0.09 0.18 0.33".split()
    >>> shown(factor_of(rates))
    '1.044414'
    """
    product = Fraction(1)
    for percent in percents:
        product *= 1 + Fraction(percent) / 100
    return _decimal(product)


def shown(factor: str) -> str:
    """A factor as people read it: six places, rounded half up."""
    scaled = Fraction(factor) * 10**FACTOR_SHOWN_PLACES
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{Decimal(whole).scaleb(-FACTOR_SHOWN_PLACES):f}"


def months_of(anniversary: date, *, lag_months: int) -> tuple[Month, ...]:
    """The twelve months that count for an anniversary: the last one lies `lag_months` before it.

    Next year's begin where these end: no month is counted twice, none is left out.

    >>> months = months_of(date(2026, 12, 1), lag_months=3)
    >>> str(months[0]), str(months[-1])
    ('2025-10', '2026-09')
    """
    last = Month.of(anniversary).plus(-lag_months)
    return last.plus(1 - MONTHS_OF_A_YEAR).until(last)


def outlook(contract: Contract, rates: Mapping[Month, Rate], *, at: datetime) -> Outlook:
    """The adjustment of the next anniversary, were it announced now or as soon as it is time to.

    It takes effect at the anniversary, not within twelve months of the one before (Law 10.192/2001), not less than 30
    days after it is announced, and never for days that have passed. Raises NotInForce, ContractEnded, NotAdjustable.
    """
    check_in_force(contract)
    rule = contract.terms.adjustment
    if rule is None or contract.life.anniversary == 0:
        raise NotAdjustable("this contract names no index")
    anniversary = add_months(contract.start_date, MONTHS_OF_A_YEAR * contract.life.anniversary)
    earliest = _earliest(contract, anniversary)
    announce_from = earliest - timedelta(days=ANNOUNCED_DAYS)
    effective = max(earliest, local_date(at, contract.timezone) + timedelta(days=ANNOUNCED_DAYS))
    months = months_of(anniversary, lag_months=rule.lag_months)
    missing = tuple(month for month in months if month not in rates)
    factor = None if missing else factor_of([rates[month].percent for month in months])
    if factor is not None and rule.clamp_negative and Fraction(factor) < 1:
        factor = "1"
    found = Outlook(
        index=rule.index,
        anniversary=anniversary,
        announce_from=announce_from,
        effective_date=effective,
        months=months,
        missing=missing,
        factor=factor,
        prices=agreed_prices(terms_at(contract, effective)),
        adjusted=None,
    )
    if factor is None:
        return found
    adjusted = _with(contract, _amendment(found, factor, id=contract.id, at=at))
    return replace(found, adjusted=agreed_prices(terms_at(adjusted, effective)))


def adjust(contract: Contract, found: Outlook, *, id: UUID, at: datetime) -> Contract:
    """The contract with an adjustment announced, and the next one planned.

    One that would come after the end of the contract is not made.
    """
    assert found.factor is not None, "nothing is announced while months are missing"
    notice = contract.life.notice
    if notice is not None and found.effective_date >= notice.effective_date:
        return changed(contract, adjusts_at=None, index_missing=False)
    announced = _with(contract, _amendment(found, found.factor, id=id, at=at))
    return plan_adjustment(lived(announced, anniversary=contract.life.anniversary + 1))


def begin_adjustments(contract: Contract, *, at: datetime) -> Contract:
    """The contract with its first adjustment planned: at the first anniversary that is still to come."""
    today, years = local_date(at, contract.timezone), 1
    if contract.terms.adjustment is None:
        return contract
    while add_months(contract.start_date, MONTHS_OF_A_YEAR * years) <= today:
        years += 1
    return plan_adjustment(replace(contract, life=replace(contract.life, anniversary=years)))


def plan_adjustment(contract: Contract) -> Contract:
    """The contract knowing when its next adjustment is to be announced: 30 days ahead."""
    if contract.life.anniversary == 0 or contract.state == "terminated":
        return replace(contract, adjusts_at=None, index_missing=False)
    anniversary = add_months(contract.start_date, MONTHS_OF_A_YEAR * contract.life.anniversary)
    day = _earliest(contract, anniversary) - timedelta(days=ANNOUNCED_DAYS)
    return replace(contract, adjusts_at=local_midnight(day, contract.timezone), index_missing=False)


def earliest_next(contract: Contract) -> date | None:
    """The first date on which prices may be adjusted again; None where they are not adjusted (Law 10.192/2001)."""
    if contract.life.anniversary == 0:
        return None
    return _earliest(contract, add_months(contract.start_date, MONTHS_OF_A_YEAR * contract.life.anniversary))


def _earliest(contract: Contract, anniversary: date) -> date:
    """The anniversary, or twelve months after the last adjustment when that is later."""
    past = [
        one.effective_date for one in contract.life.amendments if one.index is not None and one.state != "withdrawn"
    ]
    return max([anniversary, *(add_months(day, MONTHS_OF_A_YEAR) for day in past)])


def _amendment(found: Outlook, factor: str, *, id: UUID, at: datetime) -> Amendment:
    return Amendment(
        id=id,
        kind="adjustment",
        state="scheduled",
        effective_date=found.effective_date,
        decided_at=at,
        index=IndexStep(
            index=found.index,
            first_month=str(found.months[0]),
            last_month=str(found.months[-1]),
            factor=factor,
            anniversary=found.anniversary,
        ),
    )


def _with(contract: Contract, amendment: Amendment) -> Contract:
    return replace(contract, life=replace(contract.life, amendments=(*contract.life.amendments, amendment)))


def _decimal(exact: Fraction) -> str:
    """A fraction whose denominator is a power of ten, in words; no digit is lost."""
    places = 0
    while (exact * 10**places).denominator != 1:
        places += 1
    digits = str(int(exact * 10**places)).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _cells(line: str) -> list[str]:
    delimiter = ";" if ";" in line else ","
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter), [""])]


def _rate_of(cells: list[str], number: int) -> Rate:
    try:
        day, percent = cells
        brazilian = _BRAZILIAN_DATE.fullmatch(day)
        month = Month.read(f"{brazilian[2]}-{brazilian[1]}" if brazilian else day[:7])
        return Rate(month=month, percent=read_percent(percent.replace(",", ".")))
    except (ValueError, Invalid):
        raise Invalid(f"line {number}: a line is a month and a percentage, as 2026-09;0.33", field="csv") from None
