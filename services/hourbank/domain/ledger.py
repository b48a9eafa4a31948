"""The ledger (2.1): entries move minutes between the five buckets of a lot, and balances are a fold of the entries."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.events.hourbank import LotShare

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID


class EntryKind(enum.StrEnum):
    """What an entry does; the last two are minutes that no lot paid."""

    GRANT = "grant"
    HOLD = "hold"
    RELEASE = "release"
    CAPTURE = "capture"
    CONSUME = "consume"
    EXPIRE = "expire"
    RESTORE = "restore"
    VOID = "void"
    OVERAGE = "overage"
    OVERAGE_REVERSED = "overage_reversed"


# The double entry: what one minute of each kind does to (available, held, consumed, expired, voided). A grant brings it
# from outside (hours sold); every other row sums to nought, so a lot can neither gain nor lose a minute.
MOVES: dict[EntryKind, tuple[int, int, int, int, int]] = {
    EntryKind.GRANT: (+1, 0, 0, 0, 0),
    EntryKind.HOLD: (-1, +1, 0, 0, 0),
    EntryKind.RELEASE: (+1, -1, 0, 0, 0),
    EntryKind.CAPTURE: (0, -1, +1, 0, 0),
    EntryKind.CONSUME: (-1, 0, +1, 0, 0),
    EntryKind.EXPIRE: (-1, 0, 0, +1, 0),
    EntryKind.RESTORE: (+1, 0, -1, 0, 0),
    EntryKind.VOID: (-1, 0, 0, 0, +1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotTerms:
    """What never changes of a lot: `source` is plan, purchase or correction; usable on [effective, expires)."""

    id: UUID
    seq: int
    source: str
    cycle_start: date | None
    effective_date: date
    expires_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """One grant of minutes and where they are now: granted = available + held + consumed + expired + voided."""

    terms: LotTerms
    granted_minutes: int = 0
    available_minutes: int = 0
    held_minutes: int = 0
    consumed_minutes: int = 0
    expired_minutes: int = 0
    voided_minutes: int = 0

    @property
    def id(self) -> UUID:
        """The lot's id."""
        return self.terms.id

    @property
    def draw_order(self) -> tuple[date, date, int]:
        """What dies first goes first (2.3): total, whatever order lots come in (L-01)."""
        return (self.terms.expires_date, self.terms.effective_date, self.terms.seq)

    @property
    def is_live(self) -> bool:
        """Whether minutes of it can still move by themselves."""
        return self.available_minutes > 0 or self.held_minutes > 0

    def share(self, minutes: int) -> LotShare:
        """So many minutes of this lot, as others are told of them."""
        terms = self.terms
        return LotShare(
            lot_id=terms.id, effective_date=terms.effective_date, expires_date=terms.expires_date, minutes=minutes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something is done: the fact that caused it (its event id, or the midnight), by whom, and when."""

    caused_by: str
    actor: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The ticket that an entry is about, its round (reopenings after close count on), and the estimate, if one."""

    ticket_id: UUID
    round: int
    estimate_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger, never changed; `sequence` counts 1, 2, ... within the account without a gap.

    `local_date` is the day it is posted to in the contract's zone. An overage has a tranche and a rate, and no lot.
    """

    sequence: int
    kind: EntryKind
    minutes: int
    lot: LotTerms | None
    work: Work | None
    tranche: int | None
    hour_price_cents: int | None
    reason: str | None
    cause: Cause
    local_date: date


def moved(lot: Lot, kind: EntryKind, minutes: int) -> Lot:
    """The lot after an entry (invariants 1 and 2 hold by construction).

    >>> from datetime import date; from uuid import UUID
    >>> terms = LotTerms(id=UUID(int=1), seq=1, source="plan", cycle_start=date(2026, 11, 1),
    ...                  effective_date=date(2026, 11, 1), expires_date=date(2027, 11, 1))
    >>> lot = moved(moved(Lot(terms=terms), EntryKind.GRANT, 180), EntryKind.HOLD, 120)
    >>> lot.granted_minutes, lot.available_minutes, lot.held_minutes
    (180, 60, 120)
    """
    assert minutes > 0, "an entry moves something"
    available, held, consumed, expired, voided = MOVES[kind]
    after = replace(
        lot,
        granted_minutes=lot.granted_minutes + (minutes if kind is EntryKind.GRANT else 0),
        available_minutes=lot.available_minutes + available * minutes,
        held_minutes=lot.held_minutes + held * minutes,
        consumed_minutes=lot.consumed_minutes + consumed * minutes,
        expired_minutes=lot.expired_minutes + expired * minutes,
        voided_minutes=lot.voided_minutes + voided * minutes,
    )
    assert min(buckets(after)) >= 0, f"a bucket of lot {lot.terms.seq} went below nought by {kind} of {minutes}"
    assert sum(buckets(after)) == after.granted_minutes, "a lot neither gains nor loses a minute"
    return after


def buckets(lot: Lot) -> tuple[int, int, int, int, int]:
    """The minutes of a lot in the order of MOVES."""
    return (
        lot.available_minutes,
        lot.held_minutes,
        lot.consumed_minutes,
        lot.expired_minutes,
        lot.voided_minutes,
    )


def fold(entries: Iterable[Entry]) -> tuple[Lot, ...]:
    """Every lot of an account from its entries alone, in draw order (invariant 3)."""
    lots: dict[UUID, Lot] = {}
    for entry in entries:
        if entry.lot is not None:
            known = lots.get(entry.lot.id, Lot(terms=entry.lot))
            lots[entry.lot.id] = moved(known, entry.kind, entry.minutes)
    return tuple(sorted(lots.values(), key=lambda lot: lot.draw_order))
