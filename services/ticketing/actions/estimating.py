"""Estimates and their answers: published, held by the bank, approved, declined, debited."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.assets import check_hosting
from services.ticketing.actions.current import current, policy_for
from services.ticketing.actions.keeping import keep, tell, tell_pause, wake_for
from services.ticketing.domain import (
    Answered,
    Estimate,
    Hold,
    State,
    Ticket,
    approving,
    estimates,
    reconsidering,
    worktime,
)
from services.ticketing.offer import Section
from services.ticketing.store import Approval, Debit, people
from shared import offers
from shared.db import Transaction

BY_BANK = "hourbank"
PORTAL = "portal"  # where an answer may be changed; a link is good once, by mail or by chat


async def publish_estimate(
    tx: Transaction, *, ticket_id: UUID, version: int | None, minutes: int, justification: str | None
) -> Estimate:
    """Estimate the work (N17) or ask for additional hours (N41); an unanswered estimate is superseded (A-02)."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    known = await store.contract_by_id(tx, before.contract_id)
    if known is not None:
        estimates.check_contract(known.contract, at=tx.now)
    await check_hosting(tx, before, offer=offer)
    after = estimates.publish(
        before,
        estimate_id=tx.new_id(),
        minutes=minutes,
        justification=justification,
        at=tx.now,
        by=tx.actor,
        offer=offer,
        policy=await policy_for(tx, before),
    )
    newest = after.estimates[-1]
    kept = await keep(
        tx, before, after, act="estimate_published", new_value=f"{newest.number}: {minutes} min", reason=justification
    )
    if before.pending is not None:
        await tx.publish(facts.superseded(kept, before.pending, at=tx.now))
    await tell(tx, facts.published(kept, newest))
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
    by_itself = one.repeats is None
    fact = facts.approved(kept, one, automatic=by_itself) if automatic else facts.approval_requested(kept, one)
    await tell(tx, fact)
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
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    number: int,
    approves: bool,
    reason: str | None,
    answer: Answered,
) -> Ticket:
    """The customer's answer (N42): a yes at the price that was shown, a no that gives the hold back (S11, S17).

    By portal, link or chat, the right is the one of now (A-06). While the quote is valid the last answer holds (A-03),
    but a link answers once (A-01). Raises MayNotApprove, AlreadyDecided, AlreadyWorked.
    """
    before = await current(tx, ticket_id, version=version)
    (await people.rights_of(tx, before.organization_id, tx.actor)).check_approve()
    if answer.channel == PORTAL and reconsidering.is_second_thought(before, number, approves=approves):
        return await _reconsider(tx, before, number, approves=approves, reason=reason, answer=answer)
    if approves:
        after = estimates.approve(before, number, at=tx.now, by=tx.actor)
    else:
        after = estimates.decline(before, number, reason=reason, at=tx.now, by=tx.actor)
    one = estimates.estimate_of(after, number)
    act = "estimate_approved" if approves else "estimate_declined"
    kept = await keep(tx, before, after, act=act, new_value=_shown(one), reason=reason)
    await store.add_approval(tx, await _evidence(tx, before, one, answer=answer))
    await tell(tx, facts.approved(kept, one, automatic=False) if approves else facts.declined(kept, one))
    await tell_pause(tx, before, kept)
    return kept


async def _reconsider(
    tx: Transaction, before: Ticket, number: int, *, approves: bool, reason: str | None, answer: Answered
) -> Ticket:
    """The contrary of what was answered before (A-03): a yes asks the bank again, a no gives the hold back."""
    shown = estimates.estimate_of(before, number)
    if approves:
        known = await store.contract_by_id(tx, before.contract_id)
        if known is not None:
            estimates.check_contract(known.contract, at=tx.now)
        after = reconsidering.repeat(before, number, estimate_id=tx.new_id(), at=tx.now, by=tx.actor)
    else:
        seconds = await store.billable_seconds(tx, before)
        worked = worktime.rounded(seconds, before.rounding or await policy_for(tx, before))
        after = reconsidering.withdraw(before, number, reason=reason, worked_minutes=worked, at=tx.now, by=tx.actor)
    one = after.estimates[-1]
    act = "estimate_approved_after_all" if approves else "estimate_withdrawn"
    kept = await keep(tx, before, after, act=act, new_value=_shown(shown), reason=reason)
    said = State.APPROVED if approves else State.DECLINED
    evidence = await _evidence(tx, before, shown, answer=answer)
    await store.add_approval(tx, replace(evidence, decision=said.value, reason=reason))
    await tell(tx, facts.published(kept, one) if approves else facts.withdrawn(kept, one))
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


async def _evidence(tx: Transaction, shown: Ticket, one: Estimate, *, answer: Answered) -> Approval:
    """What is kept of an answer (2.4.7): who, when, by which way, from where, and the text that was shown."""
    offer = await offers.current(tx, Section)
    return Approval(
        id=tx.new_id(),
        ticket_id=shown.id,
        estimate_id=one.id,
        estimate_number=one.number,
        decision=one.state.value,
        channel=answer.channel,
        decided_at=tx.now,
        decided_by=tx.actor,
        reason=one.reason,
        text=approving.asked(shown, estimates.estimate_of(shown, one.number), offer=offer).text,
        address_digest=answer.address_digest,
        user_agent=answer.user_agent,
    )


def _shown(one: Estimate) -> str:
    return f"{one.number}: {one.minutes} min, {one.minutes_from_bank} from the bank, {one.minutes_over} over"
