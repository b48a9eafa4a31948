"""What the entries alone say of everything that is kept beside them: lots, holds, debits, and how far the ledger is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.hourbank.domain.ledger import EntryKind, Lot, LotTerms, fold
from services.hourbank.domain.statements import DEBITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from services.hourbank.domain.ledger import Entry
    from shared.events.hourbank import LotShare

SIGNS = {EntryKind.HOLD: 1, EntryKind.RELEASE: -1, EntryKind.CAPTURE: -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """An account's projections, folded from its whole ledger (invariant 3)."""

    last_sequence: int
    lots_granted: int
    lots: tuple[Lot, ...]
    held: tuple[Held, ...]
    debited: tuple[Debited, ...]

    def shares_of(self, estimate_id: UUID) -> tuple[LotShare, ...]:
        """What lies held for an estimate, in the order in which it was drawn."""
        return next((one.shares for one in self.held if one.estimate_id == estimate_id), ())

    def paid_by(self, ticket_id: UUID, round_number: int) -> tuple[LotShare, ...]:
        """Which lots paid a closed round, in draw order."""
        key = (ticket_id, round_number)
        return next((one.by_lot for one in self.debited if (one.ticket_id, one.round) == key), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What lies held for one estimate, by lot."""

    estimate_id: UUID
    shares: tuple[LotShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debited:
    """Which lots paid a closed round."""

    ticket_id: UUID
    round: int
    by_lot: tuple[LotShare, ...]


def rebuild(entries: Sequence[Entry]) -> Rebuilt:
    """Everything that the entries say; they are an account's whole ledger, in order."""
    assert [one.sequence for one in entries] == list(range(1, len(entries) + 1)), "a ledger has no gap (invariant 4)"
    lots = fold(entries)
    return Rebuilt(
        last_sequence=len(entries),
        lots_granted=max((lot.terms.seq for lot in lots), default=0),
        lots=lots,
        held=_held(entries),
        debited=_debited(entries),
    )


def _held(entries: Sequence[Entry]) -> tuple[Held, ...]:
    found: dict[UUID, Counter[LotTerms]] = {}
    for one in entries:
        if one.lot is not None and one.work is not None and one.work.estimate_id is not None and one.kind in SIGNS:
            found.setdefault(one.work.estimate_id, Counter())[one.lot] += SIGNS[one.kind] * one.minutes
    return tuple(
        Held(estimate_id=estimate_id, shares=_shares(found[estimate_id], list)) for estimate_id in sorted(found)
    )


def _debited(entries: Sequence[Entry]) -> tuple[Debited, ...]:
    found: dict[tuple[UUID, int], Counter[LotTerms]] = {}
    for one in entries:
        if one.lot is not None and one.work is not None and one.kind in DEBITS:
            found.setdefault((one.work.ticket_id, one.work.round), Counter())[one.lot] += one.minutes
    return tuple(
        Debited(ticket_id=ticket_id, round=number, by_lot=_shares(found[ticket_id, number], _by_draw_order))
        for ticket_id, number in sorted(found)
    )


def _shares(
    found: Counter[LotTerms], ordered: Callable[[Counter[LotTerms]], Sequence[LotTerms]]
) -> tuple[LotShare, ...]:
    """The shares that are more than nothing, in an order: as they came, or as they are drawn."""
    return tuple(Lot(terms=terms).share(found[terms]) for terms in ordered(found) if found[terms] > 0)


def _by_draw_order(found: Counter[LotTerms]) -> Sequence[LotTerms]:
    return sorted(found, key=lambda terms: Lot(terms=terms).draw_order)
