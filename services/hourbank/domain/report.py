"""The monthly report in full (N26): tickets, people, what came back, what lapses next, the last twelve months."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from services.hourbank.domain.ledger import MOVES, EntryKind, Lot, buckets
from services.hourbank.domain.statements import DEBITS, LOSSES, month_after, period_of
from services.hourbank.domain.work import PersonShare, by_person, together
from shared.calendar import add_months

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from services.hourbank.domain.debits import Debit
    from services.hourbank.domain.evidence import Closing
    from services.hourbank.domain.ledger import LotTerms
    from services.hourbank.domain.statements import Statement

WINDOWS_DAYS = (60, 30, 7)  # what lapses next is told for these many days (2.3), whatever an offer warns of
BARS_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """One closed round: which minutes the lots paid, which were over, and whose work it was."""

    debit: Debit
    people: tuple[PersonShare, ...]

    @property
    def overage_cents(self) -> int:
        """What its overage costs, rounded once per tranche (2.5)."""
        return sum(overage.cents for overage in self.debit.overages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """Minutes of one round that a correction gave back in the month (2.7): to their lots, and of its overage."""

    ticket_id: UUID
    round: int
    minutes: int
    minutes_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The minutes of all entries of one kind about one round, in a month."""

    kind: EntryKind
    ticket_id: UUID
    round: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """What of a lot would lapse on `expires_date` as things are held now; held minutes do not (2.3, L-32)."""

    lot_id: UUID
    effective_date: date
    expires_date: date
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What lapses within so many days, all lots together."""

    days: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month of the chart, in whole minutes; debited and over are net of what was given back."""

    period: str
    granted_minutes: int
    debited_minutes: int
    expired_minutes: int
    overage_minutes: int
    closing_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """The minutes of all entries of one kind on one local date."""

    day: date
    kind: EntryKind
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSum:
    """The minutes of all entries of one kind about one lot."""

    lot: LotTerms
    kind: EntryKind
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A month's statement with everything behind it; `issued_at` None while the month can still move.

    `provider` is the name of who issues it, None where nobody has given it; the customer is known by its id alone. The
    plan is that of the month's last day. `lapses` are seen from the local date `as_of`: the first after the month,
    or today while it runs.
    """

    contract_id: UUID
    organization_id: UUID
    provider: str | None
    plan_code: str
    monthly_minutes: int
    timezone: str
    statement: Statement
    as_of: date
    issued_at: datetime | None
    tickets: tuple[TicketLine, ...]
    people: tuple[PersonShare, ...]
    reversals: tuple[Reversed, ...]
    lapses: tuple[Lapse, ...]
    windows: tuple[Window, ...]
    bars: tuple[Bar, ...]

    @property
    def overage_cents(self) -> int:
        """What the month's overages cost, as they were accrued."""
        return sum(line.overage_cents for line in self.tickets)


def ticket_lines(debits: Sequence[Debit], closings: Sequence[Closing]) -> tuple[TicketLine, ...]:
    """Every closed round of a month with the people who worked it."""
    work = {(one.ticket_id, one.round): one for one in closings}
    return tuple(
        TicketLine(debit=debit, people=by_person(work.get((debit.ticket_id, debit.round)), debit.minutes))
        for debit in debits
    )


def people_of(lines: Sequence[TicketLine]) -> tuple[PersonShare, ...]:
    """A line per person; together they worked exactly what was debited and over."""
    people = together([share for line in lines for share in line.people])
    debited = sum(line.debit.minutes for line in lines)
    assert sum(share.minutes for share in people) == debited, "every minute is somebody's"
    return people


def reversals_of(found: Sequence[Moved]) -> tuple[Reversed, ...]:
    """What was given back, a line per round, in order of the tickets' ids."""
    totals: dict[tuple[UUID, int], list[int]] = {}
    for one in found:
        total = totals.setdefault((one.ticket_id, one.round), [0, 0])
        total[one.kind is EntryKind.OVERAGE_REVERSED] += one.minutes
    return tuple(
        Reversed(ticket_id=ticket_id, round=number, minutes=in_lots, minutes_over=over)
        for (ticket_id, number), (in_lots, over) in sorted(totals.items())
    )


def lots_of(sums: Sequence[LotSum]) -> tuple[Lot, ...]:
    """Every lot as of a day, in draw order: the fold of its entries up to there, by their sums."""
    lots: dict[UUID, Lot] = {}
    for one in sums:
        lots[one.lot.id] = _with(lots.get(one.lot.id, Lot(terms=one.lot)), one)
    assert all(min(buckets(lot)) >= 0 for lot in lots.values()), "no bucket is below nought on any day (invariant 2)"
    return tuple(sorted(lots.values(), key=lambda lot: lot.draw_order))


def lapses_of(lots: Sequence[Lot], *, as_of: date) -> tuple[Lapse, ...]:
    """What would lapse within the widest window, what dies first first."""
    until = as_of + timedelta(days=max(WINDOWS_DAYS))
    return tuple(
        Lapse(
            lot_id=lot.id,
            effective_date=lot.terms.effective_date,
            expires_date=lot.terms.expires_date,
            minutes=lot.available_minutes,
        )
        for lot in lots
        if lot.available_minutes > 0 and lot.terms.expires_date <= until
    )


def windows_of(lapses: Sequence[Lapse], *, as_of: date) -> tuple[Window, ...]:
    """What lapses in the next 60, 30 and 7 days; each holds those after it."""
    return tuple(
        Window(
            days=days,
            minutes=sum(one.minutes for one in lapses if one.expires_date <= as_of + timedelta(days=days)),
        )
        for days in WINDOWS_DAYS
    )


def first_bar(month: date, start_date: date) -> date:
    """The first month of the chart that ends with `month`: twelve of them, or as many as the contract has."""
    return max(add_months(month, 1 - BARS_MONTHS), start_date.replace(day=1))


def bars_of(sums: Sequence[DaySum], *, first: date, month: date, opening_minutes: int) -> tuple[Bar, ...]:
    """The months of the chart, each beginning where the one before ended."""
    bars = []
    balance = opening_minutes
    while first <= month:
        after = month_after(first)
        inside = [one for one in sums if first <= one.day < after]
        balance += sum(_effect(one) for one in inside)
        bars.append(
            Bar(
                period=period_of(first),
                granted_minutes=_sum(inside, EntryKind.GRANT),
                debited_minutes=_sum(inside, *DEBITS) - _sum(inside, EntryKind.RESTORE),
                expired_minutes=_sum(inside, *LOSSES),
                overage_minutes=_sum(inside, EntryKind.OVERAGE) - _sum(inside, EntryKind.OVERAGE_REVERSED),
                closing_minutes=balance,
            )
        )
        first = after
    return tuple(bars)


def _with(lot: Lot, one: LotSum) -> Lot:
    available, held, consumed, expired, voided = (move * one.minutes for move in MOVES[one.kind])
    return replace(
        lot,
        granted_minutes=lot.granted_minutes + (one.minutes if one.kind is EntryKind.GRANT else 0),
        available_minutes=lot.available_minutes + available,
        held_minutes=lot.held_minutes + held,
        consumed_minutes=lot.consumed_minutes + consumed,
        expired_minutes=lot.expired_minutes + expired,
        voided_minutes=lot.voided_minutes + voided,
    )


def _sum(sums: Sequence[DaySum], *kinds: EntryKind) -> int:
    return sum(one.minutes for one in sums if one.kind in kinds)


def _effect(one: DaySum) -> int:
    available, held, *_ = MOVES.get(one.kind, (0, 0))
    return (available + held) * one.minutes
