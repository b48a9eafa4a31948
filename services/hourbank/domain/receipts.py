"""Receipts: why an entry took these minutes of this lot, worked out anew from the ledger before it.

Nothing is believed of the entry itself: the lots are folded from the entries before it, and the rule of its kind says
which lot was next and how many minutes it had to give. `Receipt.agrees` says whether the entry is what it should be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.hourbank.domain.account import HoldState
from services.hourbank.domain.ledger import EntryKind, Lot, fold, moved
from services.hourbank.domain.reversals import caused_by, left_of
from shared.calendar import local_date
from shared.money import price_of_minutes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from services.hourbank.domain.account import Hold
    from services.hourbank.domain.debits import Debit
    from services.hourbank.domain.evidence import Agreement, Charge, Closing
    from services.hourbank.domain.ledger import Entry
    from services.hourbank.domain.reversals import Reversal

Piece = tuple["UUID | int | None", int]  # a lot (or the tranche of an overage) and how many minutes of it
NOTHING: Piece = (None, 0)
UNDOING = (EntryKind.RESTORE, EntryKind.OVERAGE_REVERSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What others told about the ticket of an entry; empty where the entry is about no ticket.

    `holds` are all of the ticket, by number; `debit` and `reversals` those of the entry's round.
    """

    timezone: str
    holds: tuple[Hold, ...] = ()
    debit: Debit | None = None
    reversals: tuple[Reversal, ...] = ()
    closing: Closing | None = None
    agreements: tuple[Agreement, ...] = ()
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lot that could have given minutes at that instant: `minutes` of it, in the order in which they are drawn."""

    lot: Lot
    minutes: int
    is_taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One entry with its reasons. `expected_minutes` None: a decision of people, which no rule could work out.

    `asked_minutes` is what was to be taken when its turn came, before the lot or the tranche set a limit to it.
    """

    entry: Entry
    evidence: Evidence
    lot_before: Lot | None
    lot_after: Lot | None
    available_before_minutes: int
    held_before_minutes: int
    candidates: tuple[Candidate, ...]
    asked_minutes: int | None
    expected_minutes: int | None
    is_expected_place: bool
    cents: int | None

    @property
    def agrees(self) -> bool:
        """Whether what was worked out anew equals what was stored."""
        return self.is_expected_place and self.expected_minutes in (None, self.entry.minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The ledger before an entry: its lots by id, what is held by (estimate, lot), and the entries themselves."""

    entries: tuple[Entry, ...]
    lots: dict[UUID, Lot]
    held: Counter[tuple[UUID | None, UUID]]
    timezone: str

    def has_begun(self, lot: Lot, entry: Entry) -> bool:
        """Whether a lot was usable on the day of an entry: one that was bought for a later day is not (2.3, L-19)."""
        return lot.terms.effective_date <= local_date(entry.cause.occurred_at, self.timezone)

    def posted(self, entry: Entry, *kinds: EntryKind) -> int:
        """Minutes of some kinds that were posted before about the same round."""
        return sum(one.minutes for one in self.entries if one.kind in kinds and _is_same_round(one, entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the rule of its kind says of an entry: what was asked, of which lot or tranche, how many minutes."""

    asked: int | None
    place: UUID | int | None
    minutes: int | None
    candidates: tuple[Candidate, ...] = ()


def explain(entries: Sequence[Entry], evidence: Evidence) -> Receipt:
    """The receipt of the last of the entries, which are an account's whole ledger up to there.

    `evidence` is about the ticket of that last entry.
    """
    *before, entry = entries
    past = _past(before, timezone=evidence.timezone)
    expected = _RULES[entry.kind](past, entry, evidence)
    place = entry.lot.id if entry.lot is not None else entry.tranche
    lot = past.lots.get(entry.lot.id, Lot(terms=entry.lot)) if entry.lot is not None else None
    return Receipt(
        entry=entry,
        evidence=evidence,
        lot_before=lot,
        lot_after=moved(lot, entry.kind, entry.minutes) if lot is not None else None,
        available_before_minutes=sum(one.available_minutes for one in past.lots.values() if past.has_begun(one, entry)),
        held_before_minutes=sum(one.held_minutes for one in past.lots.values()),
        candidates=expected.candidates,
        asked_minutes=expected.asked,
        expected_minutes=expected.minutes,
        is_expected_place=expected.place in (None, place),
        cents=price_of_minutes(entry.minutes, entry.hour_price_cents) if entry.hour_price_cents is not None else None,
    )


def _past(entries: Sequence[Entry], *, timezone: str) -> Past:
    held: Counter[tuple[UUID | None, UUID]] = Counter()
    signs = {EntryKind.HOLD: 1, EntryKind.RELEASE: -1, EntryKind.CAPTURE: -1}
    for one in entries:
        if one.lot is not None and one.work is not None and one.kind in signs:
            held[(one.work.estimate_id, one.lot.id)] += signs[one.kind] * one.minutes
    return Past(entries=tuple(entries), lots={lot.id: lot for lot in fold(entries)}, held=held, timezone=timezone)


def _granted(past: Past, entry: Entry, _evidence: Evidence) -> Expected:
    """A lot comes in; one that stands for minutes taken back after their lot's end has exactly those (S25)."""
    last = past.entries[-1] if past.entries else None
    is_return = last is not None and last.reason == "reversed_after_expiry" and last.cause == entry.cause
    return Expected(asked=None, place=None, minutes=last.minutes if last is not None and is_return else None)


def _held(past: Past, entry: Entry, evidence: Evidence) -> Expected:
    """An estimate takes what there is, what dies first first (2.3, 2.4.2)."""
    estimate = next((one for one in evidence.holds if _is_of(entry, one)), None)
    if estimate is None:
        return Expected(asked=None, place=None, minutes=None)
    already = sum(one.minutes for one in past.entries if one.kind is EntryKind.HOLD and _is_of(one, estimate))
    return _drawn(past, entry, asked=estimate.minutes - already)


def _consumed(past: Past, entry: Entry, evidence: Evidence) -> Expected:
    """What was not held is taken of what is available now (2.5.4)."""
    if evidence.debit is None:
        return Expected(asked=None, place=None, minutes=None)
    paid = past.posted(entry, EntryKind.CAPTURE, EntryKind.CONSUME)
    return _drawn(past, entry, asked=evidence.debit.minutes - paid)


def _drawn(past: Past, entry: Entry, *, asked: int) -> Expected:
    usable = [
        (lot, lot.available_minutes)
        for lot in past.lots.values()
        if lot.available_minutes > 0 and past.has_begun(lot, entry)
    ]
    return _first_of(usable, asked)


def _captured(past: Past, entry: Entry, evidence: Evidence) -> Expected:
    """What was held for the ticket is used first, what dies first first (2.5.2)."""
    if evidence.debit is None:
        return Expected(asked=None, place=None, minutes=None)
    asked = evidence.debit.minutes - past.posted(entry, EntryKind.CAPTURE)
    tranches = [one for one in evidence.holds if entry.work is not None and one.round == entry.work.round]
    pieces = [
        (past.lots[lot_id], one.number, past.held[(one.estimate_id, lot_id)])
        for one in tranches
        for lot_id in past.lots
        if past.held[(one.estimate_id, lot_id)] > 0
    ]
    pieces.sort(key=lambda piece: (piece[0].draw_order, piece[1]))
    return _first_of([(lot, minutes) for lot, _, minutes in pieces], asked, is_sorted=True)


def _released(past: Past, entry: Entry, _evidence: Evidence) -> Expected:
    """What of a hold is no longer wanted comes back whole (2.4.4, 2.5.3)."""
    assert entry.lot is not None and entry.work is not None, "a release is of a lot, for an estimate"
    minutes = past.held[(entry.work.estimate_id, entry.lot.id)]
    return Expected(asked=minutes, place=entry.lot.id, minutes=minutes)


def _expired(past: Past, entry: Entry, _evidence: Evidence) -> Expected:
    """All that is available of a lot lapses (2.3)."""
    assert entry.lot is not None, "what expires is of a lot"
    minutes = past.lots[entry.lot.id].available_minutes
    return Expected(asked=minutes, place=entry.lot.id, minutes=minutes)


def _voided(past: Past, entry: Entry, _evidence: Evidence) -> Expected:
    """A purchase is taken back whole (L-16); what a shorter last month takes back is worked out of the contract."""
    assert entry.lot is not None, "what is voided is of a lot"
    whole = past.lots[entry.lot.id].granted_minutes if entry.lot.source == "purchase" else None
    return Expected(asked=whole, place=entry.lot.id, minutes=whole)


def _charged(past: Past, entry: Entry, evidence: Evidence) -> Expected:
    """What no lot paid is charged to the approved tranches in their order (2.5.5)."""
    if evidence.debit is None:
        return Expected(asked=None, place=None, minutes=None)
    paid = past.posted(entry, EntryKind.CAPTURE, EntryKind.CONSUME, EntryKind.OVERAGE)
    asked = evidence.debit.minutes - paid
    charged = {one.tranche for one in past.entries if one.kind is EntryKind.OVERAGE and _is_same_round(one, entry)}
    for tranche in evidence.holds:
        is_its_round = entry.work is not None and tranche.round == entry.work.round
        is_open = tranche.number not in charged and tranche.state is HoldState.SETTLED and tranche.minutes_over > 0
        if is_its_round and is_open:
            return Expected(asked=asked, place=tranche.number, minutes=min(asked, tranche.minutes_over))
    return Expected(asked=asked, place=None, minutes=0)


def _undone(past: Past, entry: Entry, evidence: Evidence) -> Expected:
    """A correction undoes the debit backwards: overage first, the newest tranche first, then what dies last (2.7)."""
    if evidence.debit is None:
        return Expected(asked=None, place=None, minutes=None)
    cause = entry.cause.caused_by
    own = next((one for one in evidence.reversals if caused_by(one.id) == cause), None)
    if own is None:
        return Expected(asked=0, place=None, minutes=0)
    # By the ledger's order and not by instants: whoever asked first may have waited for the account's lock.
    known = {one.cause.caused_by for one in past.entries} - {cause}
    earlier = [one for one in evidence.reversals if caused_by(one.id) in known]
    done = sum(one.minutes for one in past.entries if one.kind in UNDOING and one.cause.caused_by == cause)
    place, minutes = _piece_at(done, _undoing(own, evidence.debit, earlier))
    return Expected(asked=own.minutes - done, place=place, minutes=minutes)


def _undoing(wanted: Reversal, debit: Debit, earlier: Sequence[Reversal]) -> Iterator[Piece]:
    """The pieces of a reversal in order; that of a dispute is of the disputed overage only."""
    left = left_of(debit, earlier)
    missing = wanted.minutes
    disputed = {one.overage_id for one in wanted.overages} if wanted.dispute_id is not None else None
    overages = [(one.tranche, minutes) for one, minutes in left.overages if disputed is None or one.id in disputed]
    shares = [(share.lot_id, share.minutes) for share in left.shares]
    pieces: list[Piece] = [*overages, *shares]
    for place, minutes in pieces:
        take = min(missing, minutes)
        if take > 0:
            yield place, take
            missing -= take


def _piece_at(done: int, pieces: Iterator[Piece]) -> Piece:
    for place, minutes in pieces:
        if done == 0:
            return place, minutes
        done -= minutes
    return NOTHING


def _first_of(usable: Sequence[tuple[Lot, int]], asked: int, *, is_sorted: bool = False) -> Expected:
    ordered = list(usable) if is_sorted else sorted(usable, key=lambda one: one[0].draw_order)
    if not ordered:
        return Expected(asked=asked, place=None, minutes=0)
    lot, minutes = ordered[0]
    candidates = tuple(
        Candidate(lot=one, minutes=found, is_taken=place == 0) for place, (one, found) in enumerate(ordered)
    )
    return Expected(asked=asked, place=lot.id, minutes=min(asked, minutes), candidates=candidates)


def _is_of(entry: Entry, hold: Hold) -> bool:
    return entry.work is not None and entry.work.estimate_id == hold.estimate_id


def _is_same_round(one: Entry, other: Entry) -> bool:
    if one.work is None or other.work is None:
        return False
    return (one.work.ticket_id, one.work.round) == (other.work.ticket_id, other.work.round)


_RULES: dict[EntryKind, Callable[[Past, Entry, Evidence], Expected]] = {
    EntryKind.GRANT: _granted,
    EntryKind.HOLD: _held,
    EntryKind.RELEASE: _released,
    EntryKind.CAPTURE: _captured,
    EntryKind.CONSUME: _consumed,
    EntryKind.EXPIRE: _expired,
    EntryKind.RESTORE: _undone,
    EntryKind.VOID: _voided,
    EntryKind.OVERAGE: _charged,
    EntryKind.OVERAGE_REVERSED: _undone,
}
