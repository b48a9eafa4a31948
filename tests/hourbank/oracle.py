"""What the rules say of themselves is not believed: balances, holds and orders worked out again from the entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.hourbank import domain
from services.hourbank.domain import Account, Debit, Entry, EntryKind, Hold
from shared.money import price_of_minutes

MUST_BE_REACHED = (
    "overage",
    "overage of two tranches",
    "expiry under a hold",
    "capture after expiry",
    "release after expiry",
    "depletion",
    "low balance",
    "consumed what came before the close",
    "close above the limit refused",
    "close while an answer is waited for refused",
    "fact of an earlier day",
    "purchase",
    "replay",
    "two closes in either order",
    "statement",
    "cancelled with an approved hold",
    "reversal",
    "reversal of overage",
    "reversal after the invoice",
    "reversal after expiry",
    "reversal of everything",
    "reversal beyond the debit refused",
    "upgrade at once",
    "plan change",
    "plan change withdrawn",
    "other prices",
    "notice",
    "notice withdrawn",
    "termination with holds",
    "release after termination",
    "correction after termination refused",
    "reversal after termination",
    "estimate refused by the contract",
    "suspension",
    "void",
    "void refused",
    "correction",
)
MUST_BE_REACHED_IN_STORE = (
    "overage",
    "expiry under a hold",
    "statement",
    "reversal",
    "reversal after the invoice",
    "termination with holds",
    "plan change",
    "purchase",
    "dispute freeze",
    "dispute accepted",
    "estimate told again",
    "closing told again",
)

# What each kind takes from and gives to; written down here a second time, on purpose.
FROM_TO = {
    "grant": (None, "available"),
    "hold": ("available", "held"),
    "release": ("held", "available"),
    "capture": ("held", "consumed"),
    "consume": ("available", "consumed"),
    "expire": ("available", "expired"),
    "restore": ("consumed", "available"),
    "void": ("available", "voided"),
}
reached: Counter[str] = Counter()


@dataclass(slots=True)
class Oracle:
    """The balances as they follow from the entries alone."""

    buckets: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    granted: Counter[UUID] = field(default_factory=Counter)
    held: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)
    over: Counter[tuple[UUID, int | None]] = field(default_factory=Counter)
    lots: dict[UUID, tuple[date, date, int]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Apply one entry, having looked whether it was allowed to draw where it drew (invariants 2, 8, 9, 10)."""
        assert entry.minutes > 0
        if entry.lot is None:
            sign = {EntryKind.OVERAGE: 1, EntryKind.OVERAGE_REVERSED: -1}[entry.kind]
            assert entry.work is not None
            self.over[entry.work.ticket_id, entry.tranche] += sign * entry.minutes
            assert self.over[entry.work.ticket_id, entry.tranche] >= 0, "no overage is negative"
            return
        self.lots[entry.lot.id] = (entry.lot.expires_date, entry.lot.effective_date, entry.lot.seq)
        if entry.kind in (EntryKind.HOLD, EntryKind.CONSUME):
            self._must_be_next(entry)
        taken, given = FROM_TO[entry.kind.value]
        if taken is None:
            self.granted[entry.lot.id] += entry.minutes
        else:
            self.buckets[entry.lot.id, taken] -= entry.minutes
            assert self.buckets[entry.lot.id, taken] >= 0, "no bucket is negative"
        self.buckets[entry.lot.id, given] += entry.minutes
        if entry.work is not None and entry.work.estimate_id is not None and "held" in (taken, given):
            sign = 1 if given == "held" else -1
            self.held[entry.work.estimate_id, entry.lot.id] += sign * entry.minutes

    def _must_be_next(self, entry: Entry) -> None:
        assert entry.lot is not None
        own = self.lots[entry.lot.id]
        for lot_id, order in self.lots.items():
            usable = order[1] <= entry.local_date and self.buckets[lot_id, "available"] > 0
            assert order >= own or not usable, "a lot that dies earlier still has minutes"


def check_fold(account: Account, entries: Sequence[Entry], oracle: Oracle) -> None:
    """Invariants 1, 2, 3, 4 and 22: no gap, and every bucket follows from the entries."""
    assert [entry.sequence for entry in entries] == list(range(1, account.last_sequence + 1))
    assert domain.fold(entries) == account.lots
    for lot in account.lots:
        told = tuple(oracle.buckets[lot.id, name] for name in ("available", "held", "consumed", "expired", "voided"))
        assert domain.buckets(lot) == told
        assert lot.granted_minutes == oracle.granted[lot.id] == sum(told)
    granted = sum(entry.minutes for entry in entries if entry.kind is EntryKind.GRANT)
    assert granted == sum(sum(domain.buckets(lot)) for lot in account.lots)


def check_holds(account: Account, oracle: Oracle) -> None:
    """Invariant 5: what is held in lots is what open tickets hold; the others hold nothing."""
    held: Counter[UUID] = Counter()
    for hold in account.holds:
        assert hold.is_open or hold.minutes_held == 0
        for share in hold.shares:
            held[share.lot_id] += share.minutes
            assert oracle.held[hold.estimate_id, share.lot_id] == share.minutes
    for lot in account.lots:
        assert lot.held_minutes == held[lot.id]


def check_lots(account: Account) -> None:
    """Invariants 10, 11 and 12: nothing expired is usable, one grant a cycle, no more than the package of a year."""
    for lot in account.lots:
        assert lot.available_minutes == 0 or account.reached < lot.terms.expires_date
    plan = [lot for lot in account.lots if lot.terms.source == "plan"]
    cycles = [lot.terms.cycle_start for lot in plan]
    assert len(cycles) == len(set(cycles))
    alive = [lot for lot in plan if lot.terms.expires_date > account.reached]
    terms, changes = account.terms, account.agreed.changes
    assert len(alive) <= terms.validity_months + 1
    highest = max(terms.monthly_minutes, *(change.monthly_minutes or 0 for change in changes), 0)
    first = highest if changes else domain.first_grant_minutes(terms)
    most = terms.validity_months * highest + first
    assert sum(lot.available_minutes + lot.held_minutes for lot in alive) <= most


def check_debit(before: Account, after: Account, debit: Debit, tranches: Sequence[Hold]) -> None:
    """Invariants 6, 7 and 8 at a close; counts what kind of close it was."""
    assert sum(share.minutes for share in debit.by_lot) + debit.minutes_over == debit.minutes
    authorised = {one.number: one for one in tranches}
    for overage in debit.overages:
        tranche = authorised[overage.tranche]
        assert 0 < overage.minutes <= tranche.minutes_over
        assert overage.hour_price_cents == tranche.hour_price_cents
        assert overage.cents == price_of_minutes(overage.minutes, tranche.hour_price_cents)
    if debit.minutes_over:
        left = usable_minutes(after, on=after.local_date(debit.debited_at))
        assert left == 0, "all that is available is used before anything is over"
    paid = {share.lot_id for share in debit.by_lot if share.expires_date <= before.reached}
    kinds = Counter(entry.kind for entry in after.entries)
    reached["capture after expiry"] += len(paid) > 0
    reached["overage"] += debit.minutes_over > 0
    reached["overage of two tranches"] += len(debit.overages) > 1
    reached["consumed what came before the close"] += kinds[EntryKind.CONSUME] > 0


def usable_minutes(account: Account, *, on: date) -> int:
    """The available minutes of lots that had begun by a day."""
    return sum(lot.available_minutes for lot in account.lots if lot.terms.effective_date <= on)
