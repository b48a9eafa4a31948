"""What falls due: announce it, dated by its due instant."""

from __future__ import annotations

from collections.abc import Sequence

from services.sla import domain, store
from shared.db import Transaction

ANNOUNCE_CLOCKS = 500  # in one transaction: their rows are locked that long, and memory stays flat


async def announce_due(tx: Transaction, *, most: int = ANNOUNCE_CLOCKS) -> int:
    """Announce what has fallen due, dated by its due instant; answer how many clocks were dealt with (S-31, S-38).

    A set at a time: narrow rows in, one statement that keeps them, the facts in one go.
    """
    locked = await store.lock_due(tx, most=most)
    armed = await _not_by_night(tx, locked)
    fallen = [one for clock in armed if (one := domain.fall_due(clock, until=tx.now)) is not None]
    if fallen:
        await store.keep_fallen(tx, fallen)
        told = [(one.armed.tenant, event) for one in fallen for event in domain.tell_fallen(one, now=tx.now)]
        await tx.publish_for(told)
    return len(fallen) + len(locked) - len(armed)


async def _not_by_night(tx: Transaction, armed: Sequence[domain.Armed]) -> Sequence[domain.Armed]:
    """Those that may be announced now; the others wait until their calendar opens, dated by their instants (S-32)."""
    asked = [one for one in armed if one.may_be_night]
    closed = await store.openings_of(tx, asked) if asked else {}
    if not closed:
        return armed
    await store.put_off(tx, closed)
    return [one for one in armed if one.id not in closed]
