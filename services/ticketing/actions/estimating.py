"""Estimates and their answers: published, held by the bank, approved, declined, debited."""

from __future__ import annotations

from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current, keep, tell_pause, wake_for
from services.ticketing.domain import Estimate, Hold, State, Ticket, estimates
from services.ticketing.offer import Section
from services.ticketing.store import Debit
from shared import offers
from shared.db import Transaction

BY_BANK = "hourbank"


async def publish_estimate(
    tx: Transaction, *, ticket_id: UUID, version: int | None, minutes: int, justification: str | None
) -> Estimate:
    """Estimate the work (N17) or ask for additional hours (N41); an unanswered estimate is superseded (A-02)."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    after = estimates.publish(
        before,
        estimate_id=tx.new_id(),
        minutes=minutes,
        justification=justification,
        at=tx.now,
        by=tx.actor,
        offer=offer,
    )
    newest = after.estimates[-1]
    kept = await keep(
        tx, before, after, act="estimate_published", new_value=f"{newest.number}: {minutes} min", reason=justification
    )
    if before.pending is not None:
        await tx.publish(facts.superseded(kept, before.pending, at=tx.now))
    await tx.publish(facts.published(kept, newest))
    await tell_pause(tx, before, kept)
    return newest


async def answer_hold(tx: Transaction, *, ticket_id: UUID, hold: Hold) -> None:
    """Hear what the bank holds: the estimate approves itself, or the customer is asked (N17, S10)."""
    before = await current(tx, ticket_id)
    offer = await offers.current(tx, Section)
    after = estimates.answer_hold(before, hold, at=tx.now, offer=offer)
    if after is before:
        return
    one = next(one for one in after.estimates if one.id == hold.estimate_id)
    automatic = one.state is State.APPROVED
    act = "estimate_approved" if automatic else "approval_requested"
    kept = await keep(tx, before, after, act=act, by=BY_BANK, new_value=_shown(one))
    fact = facts.approved(kept, one, automatic=True) if automatic else facts.approval_requested(kept, one)
    await tx.publish(fact)
    await tell_pause(tx, before, kept)
    wake_for(tx, kept)


async def refuse_hold(tx: Transaction, *, ticket_id: UUID, estimate_id: UUID, rule: str, detail: str) -> None:
    """Hear that the bank holds nothing for an estimate."""
    before = await current(tx, ticket_id)
    after = estimates.refuse_hold(before, estimate_id=estimate_id, rule=rule, detail=detail, at=tx.now)
    if after is before:
        return
    kept = await keep(tx, before, after, act="estimate_refused", by=BY_BANK, reason=f"{rule}: {detail}", public=False)
    await tell_pause(tx, before, kept)


async def decide_estimate(
    tx: Transaction, *, ticket_id: UUID, version: int | None, number: int, approves: bool, reason: str | None
) -> Ticket:
    """The customer's answer (N42): a yes at the price that was shown, a no that gives the hold back (S11, S17)."""
    before = await current(tx, ticket_id, version=version)
    if approves:
        after = estimates.approve(before, number, at=tx.now, by=tx.actor)
    else:
        after = estimates.decline(before, number, reason=reason, at=tx.now, by=tx.actor)
    one = estimates.estimate_of(after, number)
    act = "estimate_approved" if approves else "estimate_declined"
    kept = await keep(tx, before, after, act=act, new_value=_shown(one), reason=reason)
    await tx.publish(facts.approved(kept, one, automatic=False) if approves else facts.declined(kept, one))
    await tell_pause(tx, before, kept)
    return kept


async def note_debit(tx: Transaction, *, ticket_id: UUID, debit: Debit) -> None:
    """Show with the ticket what the close of a round took; once, however often it is told.

    Raises NotFound for a ticket that was never here.
    """
    ticket = await current(tx, ticket_id)
    if await store.keep_debit(tx, ticket_id, debit):
        told = f"{debit.minutes} min, {debit.minutes_over} over"
        await keep(tx, ticket, ticket, act="debited", at=debit.debited_at, by=BY_BANK, new_value=told)


def _shown(one: Estimate) -> str:
    return f"{one.number}: {one.minutes} min, {one.minutes_from_bank} from the bank, {one.minutes_over} over"
