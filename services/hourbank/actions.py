"""The verbs of the hour bank: load, decide, save, tell. Each acts as of the instant of the fact that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.domain import Account, Approval, Cause, Close, Debit, Entry, Estimate, Statement, Terms
from services.hourbank.offer import Section, calendar_of, policy_of
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound, Refused
from shared.jobs import one_by_one

BATCH_ACCOUNTS = 100  # accounts in one transaction of a job: each takes some ten statements


class ContractDiffers(Refused):
    """A contract is activated a second time and says something else (invariant 13)."""

    rule = "invariant 13"


class StatementUnknown(NotFound):
    """The month lies before the contract, or in the future."""

    rule = "N26"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A month's statement with its closings; `issued_at` None while the month can still move."""

    statement: Statement
    debits: tuple[Debit, ...]
    issued_at: datetime | None


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
    await _tell(tx, account)


async def hold_hours(tx: Transaction, *, contract_id: UUID, estimate: Estimate, at: datetime, by: str) -> None:
    """Hold what the bank has for an estimate and answer how much is over (2.4.2)."""
    was = await _lock(tx, contract_id, estimate.ticket_id)
    account = domain.hold(domain.advance(was, at=at), estimate, cause=_cause(tx, at, by))
    await _save(tx, account, was=was)


async def authorise_overage(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, approval: Approval, at: datetime
) -> None:
    """Make a tranche of an approved estimate: the customer agreed to its minutes and its rate (2.4.6)."""
    was = await _lock(tx, contract_id, ticket_id)
    account = domain.approve(domain.advance(was, at=at), approval)
    await _save(tx, account, was=was)


async def release_hours(
    tx: Transaction, *, contract_id: UUID, ticket_id: UUID, estimate_id: UUID, reason: str, at: datetime, by: str
) -> None:
    """Give back the hold of an estimate that was declined, expired or superseded (2.4.4)."""
    was = await _lock(tx, contract_id, ticket_id)
    account = domain.release(domain.advance(was, at=at), estimate_id, reason=reason, cause=_cause(tx, at, by))
    await _save(tx, account, was=was)


async def release_ticket(tx: Transaction, *, contract_id: UUID, ticket_id: UUID, at: datetime, by: str) -> None:
    """Give back every hold of a ticket that was given up; one that was never estimated does not concern the bank."""
    if not await store.has_holds(tx, ticket_id):
        return
    was = await _lock(tx, contract_id, ticket_id)
    account = domain.cancel(domain.advance(was, at=at), ticket_id, cause=_cause(tx, at, by))
    await _save(tx, account, was=was)


async def debit_hours(tx: Transaction, *, contract_id: UUID, close: Close, at: datetime, by: str) -> None:
    """Debit a closed ticket: lots first, what they cannot cover is overage (2.5). Closed again it changes nothing."""
    was = await _lock(tx, contract_id, close.ticket_id)
    known = await store.debit_of(tx, close.ticket_id, close.round)
    if known is not None:
        domain.check_repeat(known, close)
        return
    account, debit = domain.debit(domain.advance(was, at=at), close, cause=_cause(tx, at, by))
    await _save(tx, account, was=was)
    await store.add_debit(tx, contract_id, debit)


async def pass_midnights(tx: Transaction) -> int:
    """Let the midnights that have come do their work in every account that waits for them; answer how many did."""
    due = await store.due_midnights(tx, most=BATCH_ACCOUNTS)
    return await one_by_one(
        tx,
        due,
        lambda one: _pass_midnight(tx.as_tenant(one.tenant), one.contract_id),
        name=lambda one: one.contract_id,
    )


async def issue_statements(tx: Transaction) -> int:
    """Issue the statements that are due, dated by the day they were due; answer how many."""
    due = await store.due_statements(tx, most=BATCH_ACCOUNTS)
    return await one_by_one(
        tx,
        due,
        lambda one: _issue_statement(tx.as_tenant(one.tenant), one.contract_id),
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
    return domain.written(advanced) if advanced.entries else account


async def read_entries(tx: Transaction, *, contract_id: UUID, after: int, most: int) -> list[Entry]:
    """The lines of an account's ledger after a number, in order."""
    await store.check_visible(tx, contract_id)
    return await store.entries_after(tx, contract_id, after=after, most=most)


async def read_statement(tx: Transaction, *, contract_id: UUID, period: str) -> Report:
    """The statement of a local month from the ledger; of the present month, what it would be by now.

    Raises Invalid, StatementUnknown, AccountUnknown.
    """
    month = domain.month_of(period)
    account = await look_at_account(tx, contract_id=contract_id)
    if not account.terms.start_date.replace(day=1) <= month <= account.local_date(tx.now):
        raise StatementUnknown(f"there is no statement of {period} for this account")
    end = domain.month_after(month)
    return Report(
        statement=domain.summarize(period, await store.movements(tx, contract_id, month=month, end=end)),
        debits=tuple(await store.debits_in(tx, contract_id, month=month, end=end)),
        issued_at=await store.statement_issued_at(tx, contract_id, period),
    )


async def _pass_midnight(tx: Transaction, contract_id: UUID) -> None:
    was = await _lock(tx, contract_id)
    section = await offers.current(tx, Section)
    account = domain.plan_statement(domain.advance(was, at=tx.now), calendar_of(section))
    await _save(tx, account, was=was)


async def _issue_statement(tx: Transaction, contract_id: UUID) -> None:
    was = await _lock(tx, contract_id)
    section = await offers.current(tx, Section)
    account = domain.advance(was, at=was.statement_due_at)
    await _save(tx, account, was=was)
    month = account.next_statement
    moved = await store.movements(tx, contract_id, month=month, end=domain.month_after(month))
    statement = domain.summarize(domain.period_of(month), moved)
    saved = domain.written(account)
    issued = domain.issue_statement(saved, statement, calendar_of(section))
    await store.add_statement(tx, contract_id, period=statement.period, last_sequence=issued.last_sequence)
    await _save(tx, issued, was=saved)


async def _lock(tx: Transaction, contract_id: UUID, ticket_id: UUID | None = None) -> Account:
    section = await offers.current(tx, Section)
    return await store.lock(tx, contract_id, policy=policy_of(section), ticket_id=ticket_id)


async def _save(tx: Transaction, account: Account, *, was: Account) -> None:
    await store.save(tx, account, was=was)
    await _tell(tx, account)


async def _tell(tx: Transaction, account: Account) -> None:
    for fact in account.facts:
        await tx.publish(fact)


def _cause(tx: Transaction, at: datetime, by: str) -> Cause:
    return Cause(caused_by=tx.cause or "", actor=by, occurred_at=at)


def _must_be_the_same(known: Terms, terms: Terms) -> None:
    if known != terms:
        raise ContractDiffers(f"the contract {terms.contract_id} was activated before, with other terms")
