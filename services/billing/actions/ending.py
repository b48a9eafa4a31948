"""The verbs of the end of a contract: notice is given, and may be taken back before it takes effect (2.9)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.billing import domain, store
from services.billing.actions.current import check_version, let_wait, wake
from services.billing.actions.invoicing import invoice_what_waits, plan_notices
from services.billing.domain import Contract
from services.billing.offer import Section
from shared import offers
from shared.db import Transaction
from shared.events.billing import CancellationRequested, CancellationWithdrawn, InvoiceLine, PlanChangeWithdrawn


async def cancel_contract(
    tx: Transaction, *, contract_id: UUID, received: date, reason: str, early: bool, expected_version: int | None
) -> Contract:
    """Enter a cancellation with the local date on which it was received (B46), and settle what is invoiced already.

    Raises NotInForce, ContractEnded, AlreadyCancelled, NoticeInFuture, NoticeTooEarly, EarlyExitBlocked.
    """
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    section = await offers.current(tx, Section)
    calendars = domain.calendars_of(section)
    ending = domain.cancel(contract, received=received, reason=reason, early=early, at=tx.now, calendars=calendars)
    await _tell_dropped_changes(tx, contract, ending)
    await tx.publish(_requested(ending))
    await _settle(tx, contract, ending)
    await store.save_contract(tx, ending)
    await plan_notices(tx, contract=ending, section=section)
    wake(tx, ending.changes_at, ending.next_run.at if ending.next_run else None)
    return ending


async def withdraw_cancellation(tx: Transaction, *, contract_id: UUID, expected_version: int | None) -> Contract:
    """Take the notice back before it takes effect. Raises NotInForce, ContractEnded, NotCancelled."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    section = await offers.current(tx, Section)
    calendars = domain.calendars_of(section)
    goes_on = domain.withdraw_cancellation(contract, at=tx.now, calendars=calendars)
    await tx.publish(
        CancellationWithdrawn(contract_id=goes_on.id, organization_id=goes_on.organization_id, withdrawn_at=tx.now)
    )
    await _settle(tx, contract, goes_on)
    await store.save_contract(tx, goes_on)
    await plan_notices(tx, contract=goes_on, section=section)
    wake(tx, goes_on.changes_at, goes_on.next_run.at if goes_on.next_run else None)
    return goes_on


async def refund_hours(tx: Transaction, *, contract_id: UUID, minutes: int, cents: int) -> None:
    """Let what unused hours are worth at the end be given back with the last invoice (2.9, refund_at_plan_rate).

    Hours that were still held at the end are given back when their ticket ends: each fact is a line of its own, and
    what was heard before changes nothing (invariant 13). Raises ContractNotFound.
    """
    contract = await store.lock_contract(tx, contract_id)
    cause = f"unused hours {tx.cause}"
    if cents > 0 and await store.pending_of(tx, contract_id, kind="refund", cause=cause) is None:
        await let_wait(tx, contract_id, domain.refund_line(contract, minutes=minutes, cents=cents), cause=cause)
        await invoice_what_waits(tx, contract_id=contract_id)


async def _settle(tx: Transaction, before: Contract, after: Contract) -> None:
    """Let wait what the months that are invoiced already cost more or less, and what leaving early costs."""
    key = str(tx.new_id())
    lines: list[InvoiceLine] = [*domain.settle(before, after), *domain.exit_lines(before, after)]
    for place, line in enumerate(lines):
        await let_wait(tx, after.id, line, cause=f"{key}:{place}")


async def _tell_dropped_changes(tx: Transaction, before: Contract, after: Contract) -> None:
    left = {one.id for one in domain.scheduled_changes(after)}
    for one in domain.scheduled_changes(before):
        if one.id not in left:
            await tx.publish(
                PlanChangeWithdrawn(
                    contract_id=after.id,
                    organization_id=after.organization_id,
                    change_id=one.id,
                    withdrawn_at=tx.now,
                )
            )


def _requested(contract: Contract) -> CancellationRequested:
    notice = contract.life.notice
    assert notice is not None, "it has just been given"
    return CancellationRequested(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        received_date=notice.received_date,
        effective_date=notice.effective_date,
        reason=notice.reason,
        on_termination=contract.terms.on_termination,
        requested_at=notice.requested_at,
    )
