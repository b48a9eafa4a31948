"""The monthly report of hours (N26): issued on the first business day, read at any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.accounts import look_at_account
from services.hourbank.actions.current import AGAIN_AFTER, BATCH_ACCOUNTS, lock, save
from services.hourbank.domain import Account, Bar, Report
from services.hourbank.offer import Section, calendar_of
from services.hourbank.store import Issued
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound
from shared.jobs import one_by_one


class StatementUnknown(NotFound):
    """The month lies before the contract, or in the future."""

    rule = "N26"


async def issue_statements(tx: Transaction) -> int:
    """Issue the statements that are due, dated by the day they were due; answer how many."""
    due = await store.due_statements(tx, most=BATCH_ACCOUNTS)
    await store.put_off(tx, due, until=tx.now + AGAIN_AFTER)  # saving an account that went well undoes it
    return await one_by_one(
        tx,
        due,
        lambda one: _issue_statement(tx.as_tenant(one.tenant), one.contract_id),
        name=lambda one: one.contract_id,
    )


async def read_statement(tx: Transaction, *, contract_id: UUID, period: str) -> Report:
    """The statement of a local month from the ledger; of the present month, what it would be by now.

    An issued month never changes: the same is answered whenever it is asked. Raises Invalid, StatementUnknown,
    AccountUnknown.
    """
    month = domain.month_of(period)
    account = await look_at_account(tx, contract_id=contract_id)
    if not account.terms.start_date.replace(day=1) <= month <= account.local_date(tx.now):
        raise StatementUnknown(f"there is no statement of {period} for this account")
    return await _report(tx, account, month)


async def list_statements(tx: Transaction, *, contract_id: UUID, before: str, most: int) -> Sequence[Issued]:
    """The months before one whose statements were issued, newest first. Raises AccountUnknown."""
    await store.check_visible(tx, contract_id)
    return await store.issued_before(tx, contract_id, period=before, most=most)


async def _report(tx: Transaction, account: Account, month: date) -> Report:
    contract_id, period = account.terms.contract_id, domain.period_of(month)
    end = domain.month_after(month)
    as_of = min(end, account.local_date(tx.now))
    debits = await store.debits_in(tx, contract_id, month=month, end=end)
    lines = domain.ticket_lines(debits, await store.closings_in(tx, contract_id, month=month, end=end))
    lots = domain.lots_of(await store.lot_sums(tx, contract_id, end=end))
    lapses = domain.lapses_of(lots, as_of=as_of)
    plan = account.plan_on(end - timedelta(days=1))
    issued = await store.issued(tx, contract_id, period)
    return Report(
        contract_id=contract_id,
        organization_id=account.terms.organization_id,
        provider=issued.provider if issued else (await offers.current(tx, Section)).name,
        plan_code=plan.code,
        monthly_minutes=plan.monthly_minutes,
        timezone=account.terms.timezone,
        statement=domain.summarize(period, await store.movements(tx, contract_id, month=month, end=end)),
        as_of=as_of,
        issued_at=issued.issued_at if issued else None,
        tickets=lines,
        people=domain.people_of(lines),
        reversals=domain.reversals_of(await store.given_back(tx, contract_id, month=month, end=end)),
        lapses=lapses,
        windows=domain.windows_of(lapses, as_of=as_of),
        bars=await _bars(tx, account, month, end),
    )


async def _bars(tx: Transaction, account: Account, month: date, end: date) -> tuple[Bar, ...]:
    contract_id = account.terms.contract_id
    first = domain.first_bar(month, account.terms.start_date)
    before = domain.summarize("", await store.movements(tx, contract_id, month=first, end=first))
    sums = await store.day_sums(tx, contract_id, first=first, end=end)
    return domain.bars_of(sums, first=first, month=month, opening_minutes=before.closing_minutes)


async def _issue_statement(tx: Transaction, contract_id: UUID) -> None:
    was = await lock(tx, contract_id)
    section = await offers.current(tx, Section)
    account = domain.advance(was, at=was.statement_due_at)
    await save(tx, account, was=was)
    month = account.next_statement
    moved = await store.movements(tx, contract_id, month=month, end=domain.month_after(month))
    statement = domain.summarize(domain.period_of(month), moved)
    saved = domain.written(account)
    issued = domain.issue_statement(saved, statement, calendar_of(section))
    if domain.is_reported(saved, statement):
        kept = Issued(
            period=statement.period, issued_at=tx.now, last_sequence=issued.last_sequence, provider=section.name
        )
        await store.add_statement(tx, contract_id, kept)
    await save(tx, issued, was=saved)
