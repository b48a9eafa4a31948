"""What time brings to a ticket that waits: reminders, quotes that end, impediments that stay (A-05, N38, 2.4.4)."""

from __future__ import annotations

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions import reminding as told_of
from services.ticketing.actions.keeping import BY_TIME, keep, say, tell_pause, words_in
from services.ticketing.domain import Ticket, estimates, life, reminding, words
from services.ticketing.domain.values import Kind
from services.ticketing.offer import Section
from shared import offers
from shared.db import Transaction


async def ask_again(tx: Transaction, ticket: Ticket) -> Ticket:
    """Nobody has answered a quote for so many business hours (A-05): asked once more, unless it has ended meanwhile."""
    pending = ticket.pending
    assert pending is not None and pending.valid_until is not None, "a quote is open"
    at = pending.remind_at
    assert at is not None, "a reminder is due"
    shown = str(pending.number)
    after = reminding.quote_reminded(ticket)
    kept = await keep(tx, ticket, after, act="approval_reminded", at=at, by=BY_TIME, new_value=shown)
    if tx.now < pending.valid_until:
        await tx.publish(told_of.approval_reminded(kept, pending, at=at))
    return kept


async def expire(tx: Transaction, ticket: Ticket) -> Ticket:
    """A quote was not answered in time: its hold comes back, and the ticket is held or given up (A-05)."""
    assert ticket.pending is not None, "a quote is open"
    after = estimates.expire(ticket)
    one = estimates.estimate_of(after, ticket.pending.number)
    at = one.decided_at
    offer = await offers.current(tx, Section)
    if one.kind is Kind.ADDITIONAL:
        kept = await keep(tx, ticket, after, act="estimate_expired", at=at, by=BY_TIME, new_value=str(one.number))
        await tx.publish(facts.expired(kept, one))
        await tell_pause(tx, ticket, kept, at=at)
        return kept
    gives_up = offer.unanswered.then == "cancel" and await _is_untouched(tx, ticket)
    told = await words_in(tx, words.GIVEN_UP if gives_up else words.QUOTE_EXPIRED, number=one.number)
    kept = await say(tx, ticket, after, text=told, act="estimate_expired", new_value=str(one.number), at=at)
    await tx.publish(facts.expired(kept, one))
    await tell_pause(tx, ticket, kept, at=at)
    return await _give_up(tx, kept) if gives_up else kept


async def remind_of_impediment(tx: Transaction, ticket: Ticket) -> Ticket:
    """A blocked ticket has waited for so many business days (N38, N39): its customer is told again, three times in all.

    After an outage once, not once for each time that was missed.
    """
    at = ticket.remind_at
    assert at is not None, "a reminder is due"
    offer = await offers.current(tx, Section)
    known = offer.impediments.get(ticket.waiting_reason or "")
    after = reminding.impediment_reminded(ticket, at=tx.now, offer=offer)
    if known is None:
        return await keep(tx, ticket, after, act="reminded", at=at, by=BY_TIME, public=False)
    reason = ticket.waiting_reason
    kept = await say(tx, ticket, after, text=offer.say(known.reminder), act="reminded", new_value=reason, at=at)
    await tx.publish(told_of.impediment_reminded(kept, at=at))
    return kept


async def _is_untouched(tx: Transaction, ticket: Ticket) -> bool:
    return not await store.timers_of(tx, ticket.id) and not await store.billable_seconds(tx, ticket)


async def _give_up(tx: Transaction, before: Ticket) -> Ticket:
    one = before.estimates[-1]
    assert one.decided_at is not None, "the quote has ended"
    after = life.cancel(before, billable_seconds=0, at=one.decided_at, by=BY_TIME)
    kept = await keep(tx, before, after, act="cancelled", at=one.decided_at, by=BY_TIME, reason=estimates.UNANSWERED)
    await tell_pause(tx, before, kept, at=one.decided_at)
    await tx.publish(facts.cancelled(kept, reason=None, at=one.decided_at, by=BY_TIME))
    return kept
