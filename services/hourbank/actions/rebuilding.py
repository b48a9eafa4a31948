"""The projections of the ledger built anew from its entries: what differs is told, and put right unless only looked at.

What no entry says stays as it is: the terms, when an estimate was published, a ticket's number, what was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.hourbank.domain import Lot
from services.hourbank.domain.ledger import buckets
from services.hourbank.domain.rebuilding import Rebuilt, rebuild
from services.hourbank.store import rebuilding as store
from services.hourbank.store.rebuilding import Counted, KeptDebit, KeptHold
from shared.db import Transaction
from shared.events.hourbank import LotShare


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that was kept otherwise than the entries say."""

    what: str
    kept: str
    rebuilt: str


async def rebuild_account(tx: Transaction, *, contract_id: UUID, only_look: bool) -> list[Difference]:
    """Fold an account's ledger and compare it with what is kept; put right what differs, unless `only_look`.

    The account is locked meanwhile: whoever writes to it waits, and nothing is seen half done. Its version stays, so
    that everything is as it was to the byte.
    """
    counts = await store.counted(tx, contract_id)
    if counts is None:
        return []
    right = rebuild(await store.whole_ledger(tx, contract_id))
    return [
        *await _counts(tx, contract_id, counts, right, only_look=only_look),
        *await _lots(tx, contract_id, right, only_look=only_look),
        *await _holds(tx, contract_id, right, only_look=only_look),
        *await _debits(tx, contract_id, right, only_look=only_look),
    ]


async def _counts(
    tx: Transaction, contract_id: UUID, kept: Counted, right: Rebuilt, *, only_look: bool
) -> list[Difference]:
    wanted = Counted(last_sequence=right.last_sequence, lots_granted=right.lots_granted)
    if kept == wanted:
        return []
    if not only_look:
        await store.put_counts(tx, contract_id, wanted)
    said = [f"{one.last_sequence} entries, {one.lots_granted} lots" for one in (kept, wanted)]
    return [Difference(what="account", kept=said[0], rebuilt=said[1])]


async def _lots(tx: Transaction, contract_id: UUID, right: Rebuilt, *, only_look: bool) -> list[Difference]:
    kept = {lot.id: lot for lot in await store.kept_lots(tx, contract_id)}
    wanted = {lot.id: lot for lot in right.lots}
    found = []
    for lot_id in sorted({*kept, *wanted}):
        before, after = kept.get(lot_id), wanted.get(lot_id)
        if before != after:
            found.append(Difference(what=f"lot {lot_id}", kept=_lot_said(before), rebuilt=_lot_said(after)))
            if not only_look:
                await store.put_lot(tx, contract_id, lot_id, after)
    return found


async def _holds(tx: Transaction, contract_id: UUID, right: Rebuilt, *, only_look: bool) -> list[Difference]:
    found = []
    for kept in await store.kept_holds(tx, contract_id):
        wanted = KeptHold(estimate_id=kept.estimate_id, shares=right.shares_of(kept.estimate_id))
        if kept != wanted:
            what = f"hold of estimate {kept.estimate_id}"
            found.append(Difference(what=what, kept=_shares_said(kept.shares), rebuilt=_shares_said(wanted.shares)))
            if not only_look:
                await store.put_hold(tx, wanted)
    return found


async def _debits(tx: Transaction, contract_id: UUID, right: Rebuilt, *, only_look: bool) -> list[Difference]:
    found = []
    for kept in await store.kept_debits(tx, contract_id):
        by_lot = right.paid_by(kept.ticket_id, kept.round)
        if kept.by_lot != by_lot:
            what = f"debit of ticket {kept.ticket_id} round {kept.round}"
            found.append(Difference(what=what, kept=_shares_said(kept.by_lot), rebuilt=_shares_said(by_lot)))
            if not only_look:
                await store.put_debit(tx, KeptDebit(ticket_id=kept.ticket_id, round=kept.round, by_lot=by_lot))
    return found


def _lot_said(lot: Lot | None) -> str:
    if lot is None:
        return "none"
    names = ("available", "held", "consumed", "expired", "voided")
    moved = ", ".join(f"{minutes} {name}" for name, minutes in zip(names, buckets(lot), strict=True))
    return f"{lot.granted_minutes} granted: {moved}; {lot.terms.effective_date} to {lot.terms.expires_date}"


def _shares_said(shares: Sequence[LotShare]) -> str:
    return ", ".join(f"{share.minutes} of {share.effective_date}" for share in shares) or "nothing"
