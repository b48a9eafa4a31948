"""Minutes of closed rounds are taken back, or frozen while their invoice line is disputed (2.7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.contract import BILLING
from services.hourbank.actions.current import AGAIN_AFTER, lock, lock_whole, save
from services.hourbank.domain import Cause, Debit, Reversal, Wanted
from services.hourbank.store import Dispute
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.jobs import one_by_one

BATCH_TICKETS = 100  # tickets in one transaction of the reminders' job: each takes some six statements
ACCEPTED = "accepted"


class RoundUnknown(NotFound):
    """The ticket has no such round that was debited to this account."""

    rule = "2.7"


class DisputeDiffers(Refused):
    """The same dispute comes again and is about another overage (invariant 13)."""

    rule = "invariant 13"


async def reverse_hours(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, round_number: int | None, minutes: int, reason: str
) -> Reversal:
    """Take minutes of a round back, of its newest one unless it is named (2.7, S23, S24, S25).

    Raises AccountUnknown, RoundUnknown, RoundDisputed, ReversalExceedsDebit, Invalid.
    """
    await store.check_visible(tx, contract_id)
    domain.check_reason(reason)
    wanted = Wanted(id=tx.new_id(), minutes=minutes, reason=reason)
    which = round_number or await store.newest_round(tx, ticket_id) or 1
    return await _reverse(tx, contract_id, ticket_id, which, wanted, at=tx.now, by=tx.actor)


async def read_reversals(tx: Transaction, *, contract_id: UUID, ticket_id: UUID) -> list[Reversal]:
    """What was taken back of every round of a ticket, in order. Raises AccountUnknown."""
    await store.check_visible(tx, contract_id)
    return await store.reversals_of_ticket(tx, contract_id, ticket_id)


async def open_dispute(tx: Transaction, *, contract_id: UUID, dispute: Dispute, at: datetime) -> None:
    """Freeze a round while the customer disputes its invoice line. Told again it changes nothing.

    Raises DisputeDiffers.
    """
    await lock(tx, contract_id)
    disputes = await store.disputes_of(tx, dispute.ticket_id, dispute.round)
    known = next((one for one in disputes if one.id == dispute.id), None)
    if known is None:
        await store.add_dispute(tx, contract_id, dispute, at=at)
    elif known.overage_id != dispute.overage_id:
        raise DisputeDiffers(f"the dispute {dispute.id} was about another overage before")


async def settle_dispute(
    tx: Transaction, *, contract_id: UUID, dispute: Dispute, minutes: int, reason: str, at: datetime
) -> None:
    """Unfreeze a round; what was accepted of the overage is taken back, as far as it is still charged (2.7).

    Told again it changes nothing.
    """
    await lock(tx, contract_id)
    known = await store.disputes_of(tx, dispute.ticket_id, dispute.round)
    open_one = next((one for one in known if one.id == dispute.id and one.outcome is None), None)
    if open_one is None or dispute.outcome is None:
        return
    await store.settle_dispute(tx, dispute.id, outcome=dispute.outcome, at=at)
    if dispute.outcome != ACCEPTED:
        return
    debit = await _debit_of(tx, contract_id, dispute.ticket_id, dispute.round)
    left = domain.left_of(debit, await store.reversals_of(tx, dispute.ticket_id, dispute.round))
    charged = sum(left_minutes for overage, left_minutes in left.overages if overage.id == open_one.overage_id)
    if min(minutes, charged) > 0:
        wanted = Wanted(
            id=dispute.id,
            minutes=min(minutes, charged),
            reason=reason,
            overage_id=open_one.overage_id,
            dispute_id=dispute.id,
        )
        await _reverse(tx, contract_id, dispute.ticket_id, dispute.round, wanted, at=at, by=BILLING)


async def remind_of_holds(tx: Transaction) -> int:
    """Tell of tickets whose holds have lain untouched for too long, each once; answer how many (2.3)."""
    due = await store.due_reminders(tx, most=BATCH_TICKETS)
    done = await one_by_one(
        tx,
        due,
        lambda one: _remind(tx.as_tenant(one.tenant), one.contract_id, one.ticket_id),
        name=lambda one: one.ticket_id,
    )
    await store.put_off_reminders(tx, due, until=tx.now + AGAIN_AFTER)  # those that are still due: they failed
    return done


async def _remind(tx: Transaction, contract_id: UUID, ticket_id: UUID) -> None:
    was = await lock(tx, contract_id, ticket_id)
    account = domain.remind_of_hold(domain.advance(was, at=tx.now), ticket_id, at=tx.now)
    await save(tx, account, was=was)


async def _reverse(
    tx: Transaction, contract_id: UUID, ticket_id: UUID, round_number: int, wanted: Wanted, *, at: datetime, by: str
) -> Reversal:
    was = await lock_whole(tx, contract_id)
    debit = await _debit_of(tx, contract_id, ticket_id, round_number)
    if wanted.dispute_id is None:  # the outcome of one dispute does not wait for that of another line of the round
        _must_not_be_disputed(await store.disputes_of(tx, ticket_id, round_number))
    earlier = await store.reversals_of(tx, ticket_id, round_number)
    cause = Cause(caused_by=domain.caused_by(wanted.id), actor=by, occurred_at=at)
    account, reversal = domain.reverse(domain.advance(was, at=at), debit, earlier, wanted, cause=cause)
    await save(tx, account, was=was)
    await store.add_reversal(tx, contract_id, reversal)
    return reversal


async def _debit_of(tx: Transaction, contract_id: UUID, ticket_id: UUID, round_number: int) -> Debit:
    debit = await store.debit_of(tx, ticket_id, round_number, contract_id=contract_id)
    if debit is None:
        raise RoundUnknown(f"round {round_number} of the ticket was not debited to this account", field="ticket_id")
    return debit


def _must_not_be_disputed(disputes: list[Dispute]) -> None:
    if any(one.outcome is None for one in disputes):
        raise domain.RoundDisputed("the customer disputes this round: settle the dispute")
