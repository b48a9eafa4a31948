"""The team's acts: triage, escalation, promise, work, resolving; and the end of a round, with what may follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current, keep, tell_pause, wake_for
from services.ticketing.domain import Ticket, intake, life, refusals, worktime
from services.ticketing.offer import Section
from services.ticketing.store import WorkEntry
from shared import offers
from shared.db import Transaction


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
    """Classify (B9, B25): by impact and operation, or by the priority that is said. Raises PriorityUnknown."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    intake.check_what(offer, area=area, item=item)
    found = intake.criticality(offer, priority=priority, impact=impact, operation=operation)
    if found is None:
        raise refusals.PriorityUnknown("say impact and operation, or a priority", field="priority")
    after = life.triage(before, priority=found, area=area, item=item)
    kept = await keep(
        tx, before, after, act="triaged", old_value=before.priority, new_value=after.priority, reason=reason
    )
    await tx.publish(facts.triaged(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
    return kept


async def escalate_ticket(
    tx: Transaction, *, ticket_id: UUID, version: int | None, to_level: int | None, reason: str | None
) -> Ticket:
    """Forward to a higher level (B27, B29)."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
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
    await tx.publish(facts.escalated(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
    return kept


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
    await tx.publish(facts.promised(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
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
    after = worktime.check_work(
        before, kind=kind, billable=counts, seconds=seconds, started_at=began, at=tx.now, offer=offer
    )
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
        for professional in (professionals or (tx.actor,))
    )
    kept = await keep(tx, before, after, act="work_logged", new_value=f"{kind}: {len(entries)} x {seconds} s")
    await store.add_work(tx, kept.id, entries)
    for entry in entries:
        await tx.publish(facts.worked(kept, entry))
    return Logged(ticket=kept, entries=entries)


async def resolve_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None) -> Ticket:
    """Say that it is done (N18); nothing is debited yet."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    kept = await keep(tx, before, life.resolve(before, at=tx.now, offer=offer), act="resolved")
    await tell_pause(tx, before, kept)
    await tx.publish(facts.resolved(kept, at=tx.now, by=tx.actor))
    wake_for(tx, kept)
    return kept


async def reopen_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, reason: str | None) -> Ticket:
    """An adjustment: back to work before the close (N19), a new round after it (2.7)."""
    before = await current(tx, ticket_id, version=version)
    kept = await keep(tx, before, life.reopen(before), act="reopened", old_value=before.status.value, reason=reason)
    await tx.publish(facts.reopened(kept, before=before, reason=reason, at=tx.now, by=tx.actor))
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
    offer = await offers.current(tx, Section)
    closed = worktime.close(
        before,
        await store.billable_seconds(tx, before),
        write_off_minutes=write_off_minutes,
        may_write_off=may_write_off,
        by_customer=by_customer,
        at=tx.now,
        offer=offer,
    )
    written_off = f"{write_off_minutes} min written off" if write_off_minutes else None
    kept = await keep(
        tx, before, closed.ticket, act="closed", new_value=f"{closed.closing.minutes} min", reason=written_off
    )
    await tell_pause(tx, before, kept)
    await tx.publish(facts.closed(kept, closed.closing, by=tx.actor))
    return kept


async def cancel_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None, reason: str | None) -> Ticket:
    """Give the demand up: what is held for it comes back."""
    before = await current(tx, ticket_id, version=version)
    seconds = sum(await store.billable_seconds(tx, before))
    after = life.cancel(before, billable_seconds=seconds, at=tx.now, by=tx.actor)
    kept = await keep(tx, before, after, act="cancelled", old_value=before.status.value, reason=reason)
    await tell_pause(tx, before, kept)
    await tx.publish(facts.cancelled(kept, reason=reason, at=tx.now, by=tx.actor))
    return kept


def _shown(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
