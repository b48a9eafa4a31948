"""What moves hours: accounts opened, estimates held, closings debited, midnights passed; each as of its own instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.current import AGAIN_AFTER, BATCH_ACCOUNTS, cause_of, lock, save, tell
from services.hourbank.domain import Account, Approval, Close, Entry, Estimate, Terms
from services.hourbank.offer import Section, calendar_of, policy_of
from shared import offers
from shared.db import Transaction
from shared.errors import Refused
from shared.jobs import one_by_one


class ContractDiffers(Refused):
    """A contract is activated a second time and says something else (invariant 13)."""

    rule = "invariant 13"


async def open_account(tx: Transaction, *, terms: Terms, at: datetime) -> None:
    """Open the account of an activated contract, with every lot that it should have by then (2.2).

    Activated again it changes nothing. Raises ContractDiffers, TermsUnusable, NoOffer.
    """
    known = await store.terms_of(tx, terms.contract_id)
    if known is not None:
        _must_be_the_same(known, terms)
        return
    section = await offers.current(tx, Section)
    account = domain.open_account(terms, policy_of(section), calendar_of(section), at=at)
    await store.add(tx, account)
    await tell(tx, account)


async def hold_hours(tx: Transaction, *, contract_id: UUID, estimate: Estimate, at: datetime, by: str) -> None:
    """Hold what the bank has for an estimate and answer how much is over (2.4.2)."""
    was = await lock(tx, contract_id, estimate.ticket_id)
    account = domain.hold(domain.advance(was, at=at), estimate, cause=cause_of(tx, at, by))
    await save(tx, account, was=was)


async def authorise_overage(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, approval: Approval, at: datetime
) -> None:
    """Make a tranche of an approved estimate: the customer agreed to its minutes and its rate (2.4.6)."""
    was = await lock(tx, contract_id, ticket_id)
    account = domain.approve(domain.advance(was, at=at), approval, at=at)
    await save(tx, account, was=was)


async def release_hours(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, estimate_id: UUID, reason: str, at: datetime, by: str
) -> None:
    """Give back the hold of an estimate that was declined, expired or superseded (2.4.4)."""
    was = await lock(tx, contract_id, ticket_id)
    account = domain.release(domain.advance(was, at=at), estimate_id, reason=reason, cause=cause_of(tx, at, by))
    await save(tx, account, was=was)


async def withdraw_hours(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, estimate_id: UUID, at: datetime, by: str
) -> None:
    """Give back the hold of an approval that the customer took back (A-03)."""
    was = await lock(tx, contract_id, ticket_id)
    account = domain.withdraw(domain.advance(was, at=at), estimate_id, cause=cause_of(tx, at, by))
    await save(tx, account, was=was)


async def release_ticket(tx: Transaction, *, contract_id: UUID, ticket_id: UUID, at: datetime, by: str) -> None:
    """Give back every hold of a ticket that was given up; one that was never estimated does not concern the bank."""
    if not await store.has_holds(tx, ticket_id):
        return
    was = await lock(tx, contract_id, ticket_id)
    account = domain.cancel(domain.advance(was, at=at), ticket_id, cause=cause_of(tx, at, by))
    await save(tx, account, was=was)


async def debit_hours(tx: Transaction, *, contract_id: UUID, close: Close, at: datetime, by: str) -> None:
    """Debit a closed ticket: lots first, what they cannot cover is overage (2.5). Closed again it changes nothing."""
    was = await lock(tx, contract_id, close.ticket_id)
    known = await store.debit_of(tx, close.ticket_id, close.round)
    if known is not None:
        domain.check_repeat(known, close)
        return
    account, debit = domain.debit(domain.advance(was, at=at), close, cause=cause_of(tx, at, by))
    await save(tx, account, was=was)
    await store.add_debit(tx, contract_id, debit)


async def pass_midnights(tx: Transaction) -> int:
    """Let the midnights that have come do their work in every account that waits for them; answer how many did."""
    due = await store.due_midnights(tx, most=BATCH_ACCOUNTS)
    await store.put_off(tx, due, until=tx.now + AGAIN_AFTER)  # saving an account that went well undoes it
    return await one_by_one(
        tx,
        due,
        lambda one: _pass_midnight(tx.as_tenant(one.tenant), one.contract_id),
        name=lambda one: one.contract_id,
    )


async def apply_offer(tx: Transaction, *, section: Section) -> offers.Applied:
    """Keep the provider's section; what is due when is looked at anew if it changed. Raises Invalid."""
    section.check()
    applied = await offers.apply(tx, section)
    if applied.changed:
        await store.reconsider(tx)
    return applied


async def look_at_account(tx: Transaction, *, contract_id: UUID) -> Account:
    """An account as it is at this instant, also when its midnight has come and the job has not (L-33)."""
    section = await offers.current(tx, Section)
    account = await store.look(tx, contract_id, policy=policy_of(section))
    advanced = domain.advance(account, at=tx.now)
    return domain.written(advanced) if advanced.entries else replace(advanced, facts=())


async def read_entries(tx: Transaction, *, contract_id: UUID, after: int, most: int) -> list[Entry]:
    """The lines of an account's ledger after a number, in order."""
    await store.check_visible(tx, contract_id)
    return await store.entries_after(tx, contract_id, after=after, most=most)


async def _pass_midnight(tx: Transaction, contract_id: UUID) -> None:
    was = await lock(tx, contract_id)
    section = await offers.current(tx, Section)
    account = domain.plan_statement(domain.advance(was, at=tx.now), calendar_of(section))
    await save(tx, account, was=was)


def _must_be_the_same(known: Terms, terms: Terms) -> None:
    if known != terms:
        raise ContractDiffers(f"the contract {terms.contract_id} was activated before, with other terms")
