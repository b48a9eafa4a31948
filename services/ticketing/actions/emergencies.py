"""Whether work may be put on a ticket now, and what is said where it begins before its approval (A-07)."""

from __future__ import annotations

from dataclasses import replace

from services.ticketing import store
from services.ticketing.actions import reminding
from services.ticketing.actions.keeping import say, words_in
from services.ticketing.domain import Ticket, words, worktime
from services.ticketing.domain.worktime import Work
from services.ticketing.offer import Section
from shared.db import Transaction


async def check_work(tx: Transaction, before: Ticket, work: Work, *, offer: Section) -> tuple[Ticket, Ticket]:
    """Refuse work that may not be done now; the ticket before it and with it, flagged where it is an emergency.

    Raises what `worktime.check_work` raises.
    """
    counted = 0 if before.approved else sum(await store.billable_seconds(tx, before))
    after = worktime.check_work(before, work, at=tx.now, offer=offer, round_seconds=counted)
    if after.emergency_at is None or before.emergency_at is not None:
        return before, after
    assert offer.emergency is not None, "only the offer allows it"
    most = offer.emergency.most_minutes
    flagged = replace(before, emergency_at=after.emergency_at)
    told = await words_in(tx, words.EMERGENCY, minutes=most)
    kept = await say(tx, before, flagged, text=told, act="emergency_begun", new_value=f"{most} min")
    await tx.publish(reminding.emergency_begun(kept, most_minutes=most, by=tx.actor))
    return kept, replace(after, version=kept.version)
