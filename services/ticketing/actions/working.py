"""The team's acts: triage, escalation, promise, work, resolving; and the end of a round, with what may follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.assets import is_critical
from services.ticketing.actions.current import current, policy_for
from services.ticketing.actions.emergencies import check_work
from services.ticketing.actions.keeping import keep, say, tell, tell_pause, wake_for, words_in
from services.ticketing.actions.people import check_charge
from services.ticketing.domain import Status, Ticket, intake, life, refusals, timing, words, worktime
from services.ticketing.offer import Section
from services.ticketing.store import WorkEntry, people
from shared import offers
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Timebox:
    """A limit of time that a ticket ran into: by its name in the offer, in minutes; `level` None: a kind of timer's."""

    name: str
    level: int | None
    minutes: int
    escalates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Time entries, one for each professional, and the ticket after them."""

    ticket: Ticket
    entries: tuple[WorkEntry, ...]


async def triage_ticket(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    priority: str | None,
    impact: str | None,
    operation: str | None,
    area: str | None,
    item: str | None,
    reason: str | None,
) -> Ticket:
    """Classify (B9, B25): by impact and operation, or by the priority that is said; by neither where the provider has
    no priorities (N28). Raises PriorityUnknown, ReasonRequired.
    """
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    intake.check_what(offer, area=area, item=item)
    on_critical = await is_critical(tx, before)
    found = intake.criticality(offer, priority=priority, impact=impact, operation=operation, on_critical=on_critical)
    if found is None and offer.priorities:
        raise refusals.PriorityUnknown("say impact and operation, or a priority", field="priority")
    after = life.triage(before, priority=found, area=area, item=item, reason=reason)
    kept = await keep(
        tx, before, after, act="triaged", old_value=before.priority, new_value=after.priority, reason=reason
    )
    if kept.priority is not None:
        await tell(tx, facts.triaged(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
    return kept


async def escalate_ticket(
    tx: Transaction, *, ticket_id: UUID, version: int | None, to_level: int | None, reason: str | None
) -> Ticket:
    """Forward to a higher level (B27, B29)."""
    before = await current(tx, ticket_id, version=version)
    return await _escalate(tx, before, offer=await offers.current(tx, Section), to_level=to_level, reason=reason)


async def _escalate(
    tx: Transaction,
    before: Ticket,
    *,
    offer: Section,
    to_level: int | None,
    reason: str | None,
    is_automatic: bool = False,
) -> Ticket:
    after = life.escalate(before, to_level=to_level, offer=offer)
    kept = await keep(
        tx,
        before,
        after,
        act="escalated",
        old_value=str(before.level),
        new_value=str(after.level),
        reason=reason,
        public=False,
    )
    fact = facts.escalated(kept, before=before, reason=reason, is_automatic=is_automatic, at=tx.now, by=tx.actor)
    await tell(tx, fact)
    return kept


async def assign_ticket(
    tx: Transaction, *, ticket_id: UUID, version: int | None, agent_id: str | None, team: str | None
) -> Ticket:
    """Put an agent or a team in charge (B24); an assignment alone is no attendance (4.3)."""
    before = await current(tx, ticket_id, version=version)
    await check_charge(tx, before, agent_id=agent_id, team=team)
    after = life.assign(before, agent_id=agent_id, team=team)
    kept = await keep(
        tx, before, after, act="assigned", old_value=_charge(before), new_value=_charge(after), public=False
    )
    await tx.publish(facts.assigned(kept, at=tx.now, by=tx.actor))
    return kept


async def reach_timebox(tx: Transaction, *, ticket_id: UUID, box: Timebox) -> None:
    """A time-box is used up (B20, B26, S33): the ticket goes up by itself, or the team is told to see to it.

    What has moved on meanwhile (another level, resolved, closed, waiting) is left alone. Raises NotFound.
    """
    before = await current(tx, ticket_id)
    if not life.is_bounded(before, level=box.level):
        return
    offer = await offers.current(tx, Section)
    if box.escalates and before.level < len(offer.levels):
        reason = f"{box.name}: {box.minutes} min"
        await _escalate(tx, before, offer=offer, to_level=None, reason=reason, is_automatic=True)
        return
    told = await words_in(tx, words.TIMEBOX, minutes=box.minutes, box=box.name)
    await say(tx, before, before, text=told, act="timebox_reached", public=False, new_value=box.name)


async def set_promise(
    tx: Transaction, *, ticket_id: UUID, version: int | None, promised_at: datetime, reason: str | None
) -> Ticket:
    """Tell the customer when it will be delivered (N16)."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    after = life.promise(before, promised_at=promised_at, reason=reason, at=tx.now, offer=offer)
    kept = await keep(
        tx,
        before,
        after,
        act="promised",
        old_value=_shown(before.promised_at),
        new_value=_shown(after.promised_at),
        reason=reason,
    )
    await tell(tx, facts.promised(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
    return kept


async def log_work(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    seconds: int,
    kind: str,
    professionals: Sequence[str],
    started_at: datetime | None,
    billable: bool | None,
    note: str | None,
) -> Logged:
    """Put time on a ticket, an entry for each professional (N34); whether it is billable follows from its kind."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    began = started_at if started_at is not None else tx.now - timedelta(seconds=seconds)
    counts = billable if billable is not None else worktime.is_billable(offer, kind)
    several = professionals or (tx.actor,)
    work = worktime.Work(kind=kind, billable=counts, seconds=seconds, started_at=began, professionals=len(several))
    before, after = await check_work(tx, before, work, offer=offer)
    entries = tuple(
        WorkEntry(
            id=tx.new_id(),
            round=before.round,
            professional_id=professional,
            kind=kind,
            seconds=seconds,
            billable=counts,
            started_at=began.astimezone(UTC),
            logged_at=tx.now,
            logged_by=tx.actor,
            note=note,
        )
        for professional in several
    )
    kept = await keep(tx, before, after, act="work_logged", new_value=f"{kind}: {len(entries)} x {seconds} s")
    await store.add_work(tx, kept.id, entries)
    for entry in entries:
        await tx.publish(facts.worked(kept, entry))
    return Logged(ticket=kept, entries=entries)


async def resolve_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None) -> Ticket:
    """Say that it is done (N18); nothing is debited yet."""
    before = await current(tx, ticket_id, version=version)
    timing.check_none_runs(await store.timers_of(tx, ticket_id))
    offer = await offers.current(tx, Section)
    kept = await keep(tx, before, life.resolve(before, at=tx.now, offer=offer), act="resolved")
    await tell_pause(tx, before, kept)
    await tx.publish(facts.resolved(kept, at=tx.now, by=tx.actor))
    wake_for(tx, kept)
    return kept


async def reopen_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, reason: str | None) -> Ticket:
    """An adjustment: back to work before the close (N19), a new round after it (2.7).

    A round begins as a demand does: by whoever may open one for the customer (N12). Raises MayNotOpen.
    """
    before = await current(tx, ticket_id, version=version)
    if tx.organization_id is not None and before.stage is Status.CLOSED:
        (await people.rights_of(tx, before.organization_id, tx.actor)).check_open()
    kept = await keep(tx, before, life.reopen(before), act="reopened", old_value=before.status.value, reason=reason)
    await tell(tx, facts.reopened(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
    return kept


async def close_ticket(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    write_off_minutes: int,
    may_write_off: bool,
    by_customer: bool,
) -> Ticket:
    """End the round: its minutes are debited by the bank that hears of it (N19, 2.5)."""
    before = await current(tx, ticket_id, version=version)
    timing.check_none_runs(await store.timers_of(tx, ticket_id))
    entries = await store.work_of_round(tx, before)
    closed = worktime.close(
        before,
        worktime.billable(entries),
        write_off_minutes=write_off_minutes,
        may_write_off=may_write_off,
        by_customer=by_customer,
        at=tx.now,
        policy=await policy_for(tx, before),
    )
    written_off = f"{write_off_minutes} min written off" if write_off_minutes else None
    kept = await keep(
        tx, before, closed.ticket, act="closed", new_value=f"{closed.closing.minutes} min", reason=written_off
    )
    await tell_pause(tx, before, kept)
    await tx.publish(facts.closed(kept, closed.closing, entries, by=tx.actor))
    return kept


async def cancel_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, reason: str | None) -> Ticket:
    """Give the demand up: what is held for it comes back."""
    before = await current(tx, ticket_id, version=version)
    timing.check_none_runs(await store.timers_of(tx, ticket_id))
    seconds = sum(await store.billable_seconds(tx, before))
    after = life.cancel(before, billable_seconds=seconds, at=tx.now, by=tx.actor)
    kept = await keep(tx, before, after, act="cancelled", old_value=before.status.value, reason=reason)
    await tell_pause(tx, before, kept)
    await tell(tx, facts.cancelled(kept, reason=reason, at=tx.now, by=tx.actor))
    return kept


def _charge(ticket: Ticket) -> str | None:
    return " / ".join(part for part in (ticket.team, ticket.agent_id) if part) or None


def _shown(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
