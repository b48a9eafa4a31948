"""Time as it passes: timers are started and stopped; entries are taken back while their round is open (N34, 2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current
from services.ticketing.actions.emergencies import check_work
from services.ticketing.actions.keeping import keep
from services.ticketing.domain import Ticket, refusals, timing, worktime
from services.ticketing.domain.life import Act, step
from services.ticketing.domain.timing import Timer
from services.ticketing.offer import Section
from services.ticketing.store import WorkEntry, timers
from shared import offers
from shared.db import Transaction
from shared.events.ticketing import TimerStarted, TimerStopped, WorkRemoved


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A timer, and the ticket after what was done with it; `entry` is the time that a stop has logged."""

    ticket: Ticket
    timer: Timer
    entry: WorkEntry | None = None


async def start_timer(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    kind: str,
    professional_id: str | None,
    billable: bool | None,
) -> Timed:
    """Begin to count a professional's time, as far as such time may be logged now (N40). Raises TimerRuns."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    who = professional_id or tx.actor
    step(before.stage, Act.START_TIMER)
    counts = billable if billable is not None else worktime.is_billable(offer, kind)
    work = worktime.Work(kind=kind, billable=counts, seconds=1, started_at=tx.now)
    before, _ = await check_work(tx, before, work, offer=offer)
    running = await timers.running_of(tx, who)
    if running is not None:
        raise refusals.TimerRuns(f"a timer of {who} runs already, since {running.started_at.isoformat()}")
    timer = Timer(
        id=tx.new_id(),
        ticket_id=before.id,
        professional_id=who,
        kind=kind,
        billable=counts,
        started_at=tx.now,
    )
    kept = await keep(tx, before, before, act="timer_started", new_value=f"{kind}: {who}", public=False)
    await timers.add_timer(tx, timer)
    await tx.publish(
        TimerStarted(**facts.of(kept), timer_id=timer.id, professional_id=who, kind=kind, started_at=timer.started_at)
    )
    return Timed(ticket=kept, timer=timer)


async def stop_timer(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    timer_id: UUID,
    ended_at: datetime | None,
    note: str | None,
) -> Timed:
    """End a timer: its time becomes an entry of the ticket's round. Raises NotFound, TimerIsStopped, Invalid."""
    before = await current(tx, ticket_id, version=version)
    timer = timing.stop(await timers.timer_of(tx, ticket_id, timer_id), ended_at=ended_at, at=tx.now)
    assert timer.seconds is not None, "a stopped timer has its length"
    entry = WorkEntry(
        id=tx.new_id(),
        round=before.round,
        professional_id=timer.professional_id,
        kind=timer.kind,
        seconds=timer.seconds,
        billable=timer.billable,
        started_at=timer.started_at,
        logged_at=tx.now,
        logged_by=tx.actor,
        note=note,
    )
    kept = await keep(tx, before, before, act="work_logged", new_value=f"{timer.kind}: {timer.seconds} s")
    await timers.save_stop(tx, timer)
    await store.add_work(tx, kept.id, [entry])
    await tx.publish(_stopped(kept, timer))
    await tx.publish(facts.worked(kept, entry))
    return Timed(ticket=kept, timer=timer, entry=entry)


def _stopped(ticket: Ticket, timer: Timer) -> TimerStopped:
    assert timer.seconds is not None and timer.stopped_at is not None, "a stopped timer has its length"
    return TimerStopped(
        **facts.of(ticket),
        timer_id=timer.id,
        professional_id=timer.professional_id,
        kind=timer.kind,
        seconds=timer.seconds,
        started_at=timer.started_at,
        stopped_at=timer.stopped_at,
    )


async def remove_work(tx: Transaction, *, ticket_id: UUID, version: int | None, entry_id: UUID, reason: str) -> Ticket:
    """Take a wrong entry back while its round is open; after the close it is reversed, never edited (2.7).

    Raises NotFound, RoundIsClosed.
    """
    before = await current(tx, ticket_id, version=version)
    entry = await store.entry_of(tx, ticket_id, entry_id)
    if entry.round != before.round or not worktime.takes_work(before):
        raise refusals.RoundIsClosed("the round of this entry is closed: reverse its minutes at the hour bank")
    told = f"{entry.kind}: {entry.seconds} s"
    kept = await keep(tx, before, before, act="work_removed", old_value=told, reason=reason)
    await store.remove_work(tx, entry_id, reason=reason)
    await tx.publish(
        WorkRemoved(
            **facts.of(kept),
            entry_id=entry.id,
            professional_id=entry.professional_id,
            seconds=entry.seconds,
            billable=entry.billable,
            removed_at=tx.now,
            removed_by=tx.actor,
        )
    )
    return kept
