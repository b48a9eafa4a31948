"""What time brings to billing: changes of contracts, the invoice run, what comes before it and after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from services.billing import actions, store
from shared.db import Transaction
from shared.jobs import Jobs, one_by_one

ItemT = TypeVar("ItemT")
ItemT_contra = TypeVar("ItemT_contra", contravariant=True)

RUN_CONTRACTS = 100  # in one transaction: a tenant's counter is locked that long, and memory stays flat
PAPERS = 50  # in one transaction: a paper takes some ten milliseconds
RUN_AGAIN_AFTER = timedelta(hours=1)  # what fails: a batch of them would else be all that is ever looked at

jobs = Jobs()


@jobs.due(store.next_change)
async def change_contracts(tx: Transaction) -> int:
    """Let what was decided for today come into force, at local midnight: plans, prices, the end (2.8, 2.9, 3.9)."""
    due = await store.lock_changing(tx, most=RUN_CONTRACTS)
    return await _each(
        tx,
        due,
        put_off=store.put_changes_off,
        do=lambda one: actions.let_time_change(tx.as_tenant(one.tenant), contract=one.contract),
        name=lambda one: one.contract.id,
    )


@jobs.due(store.next_adjustment)
async def announce_adjustments(tx: Transaction) -> int:
    """Announce the adjustments of prices that come in 30 days (3.9)."""
    due = await store.lock_adjusting(tx, most=RUN_CONTRACTS)
    return await _each(
        tx,
        due,
        put_off=store.put_adjustments_off,
        do=lambda one: actions.announce_adjustment(tx.as_tenant(one.tenant), contract=one.contract),
        name=lambda one: one.contract.id,
    )


@jobs.due(store.next_due)
async def run_invoices(tx: Transaction) -> int:
    """Make the invoices that are due, some contracts at a time; twice, late or on three nodes gives the same (3.2)."""
    due = await store.lock_due(tx, most=RUN_CONTRACTS)
    return await _each(
        tx,
        due,
        put_off=store.put_off,
        do=lambda one: actions.run_contract(tx.as_tenant(one.tenant), contract=one.contract),
        name=lambda one: one.contract.id,
        failed=lambda one, error: actions.note_failed_run(tx.as_tenant(one.tenant), contract=one.contract, error=error),
    )


@jobs.due(store.next_notice)
async def tell_notices(tx: Transaction) -> int:
    """Tell what comes before a run: that it is upcoming, that its draft is there (3.11)."""
    due = await store.lock_notices(tx, most=RUN_CONTRACTS)
    return await _each(
        tx,
        due,
        put_off=store.put_notices_off,
        do=lambda one: actions.tell_notice(tx.as_tenant(one.tenant), contract_id=one.contract_id),
        name=lambda one: one.contract_id,
    )


@jobs.due(store.next_follow)
async def follow_invoices(tx: Transaction) -> int:
    """Remind of invoices, and let those fall overdue whose bank day has passed (3.4)."""
    due = await store.lock_followed(tx, most=RUN_CONTRACTS)
    return await _each(
        tx,
        due,
        put_off=store.put_follow_off,
        do=lambda one: actions.follow_invoice(tx.as_tenant(one.tenant), issued=one.issued),
        name=lambda one: one.issued.invoice.id,
    )


@jobs.due(store.next_paper)
async def render_papers(tx: Transaction) -> int:
    """Put finalized invoices on paper, outside of the run: nobody waits for a paper to get a number (3.10)."""
    due = await store.lock_paperless(tx, most=PAPERS)
    return await _each(
        tx,
        due,
        put_off=store.put_papers_off,
        do=lambda one: actions.render_paper(tx.as_tenant(one.tenant), issued=one.issued),
        name=lambda one: one.issued.invoice.id,
    )


class _PutOff(Protocol[ItemT_contra]):
    """Lets locked items be due later."""

    async def __call__(self, tx: Transaction, due: Sequence[ItemT_contra], /, *, until: datetime) -> None: ...


async def _each(
    tx: Transaction,
    due: Sequence[ItemT],
    *,
    put_off: _PutOff[ItemT],
    do: Callable[[ItemT], Awaitable[object]],
    name: Callable[[ItemT], object],
    failed: Callable[[ItemT, Exception], Awaitable[object]] | None = None,
) -> int:
    """Do what is due of each locked item; what fails is due again later, what succeeds says itself when it is next."""
    again_at = tx.now + RUN_AGAIN_AFTER
    await put_off(tx, due, until=again_at)
    tx.falls_due(again_at)
    return await one_by_one(tx, due, do, name=name, failed=failed)
