"""What a contract agrees on after its activation comes true of its hours, as of the instant of the fact (2.8, 2.9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.current import cause_of, lock, save
from services.hourbank.domain import Account, Cause, Change
from shared.db import Transaction

BILLING = "billing"  # who acts, when billing tells


async def change_terms(tx: Transaction, *, contract_id: UUID, change: Change, at: datetime) -> None:
    """Another plan or other prices from a local date on (2.8, 3.9). Raises ChangeDiffers."""
    await _agree(
        tx, contract_id, at=at, decide=lambda account, cause: domain.change_terms(account, change, cause=cause)
    )


async def withdraw_change(tx: Transaction, *, contract_id: UUID, change_id: UUID, at: datetime) -> None:
    """A change of plan will not be."""
    await _agree(
        tx, contract_id, at=at, decide=lambda account, cause: domain.withdraw_change(account, change_id, cause=cause)
    )


async def cancel_contract(
    tx: Transaction, *, contract_id: UUID, ends_on: date, on_termination: str | None, at: datetime
) -> None:
    """The contract ends at the local midnight of a date; `on_termination` None: as it was agreed before (2.9)."""

    def decide(account: Account, cause: Cause) -> Account:
        what = on_termination or account.agreed.on_termination
        return domain.cancel_contract(account, ends_on, on_termination=what, cause=cause)

    await _agree(tx, contract_id, at=at, decide=decide)


async def withdraw_cancellation(tx: Transaction, *, contract_id: UUID, at: datetime) -> None:
    """The contract goes on."""
    await _agree(
        tx, contract_id, at=at, decide=lambda account, cause: domain.withdraw_cancellation(account, cause=cause)
    )


async def suspend_contract(tx: Transaction, *, contract_id: UUID, stops_grants: bool, at: datetime) -> None:
    """Nothing new is estimated from now on (2.9)."""
    await _agree(
        tx, contract_id, at=at, decide=lambda account, _: domain.suspend(account, stops_grants=stops_grants, at=at)
    )


async def resume_contract(tx: Transaction, *, contract_id: UUID, at: datetime) -> None:
    """The suspension is over."""
    await _agree(tx, contract_id, at=at, decide=lambda account, _: domain.resume(account))


async def await_fees(tx: Transaction, *, contract_id: UUID, invoice_id: UUID, cycles: tuple[date, ...]) -> None:
    """Remember which months an invoice asks for, of a contract whose months are granted once they are paid (2.2)."""
    terms = await store.terms_of(tx, contract_id)
    if terms is None:
        raise store.AccountUnknown(f"no account of the contract {contract_id} is here")
    if terms.grant_requires_payment:
        await store.add_fees(tx, contract_id, invoice_id=invoice_id, cycles=cycles)


async def take_payment(tx: Transaction, *, contract_id: UUID, invoice_id: UUID, at: datetime) -> None:
    """An invoice was paid: the months that waited for it are granted (2.2)."""
    cycles = await store.fees_of(tx, invoice_id)

    def decide(account: Account, cause: Cause) -> Account:
        for cycle in cycles:
            account = domain.fee_paid(account, cycle, cause=cause)
        return account

    if cycles:
        await _agree(tx, contract_id, at=at, decide=decide)


async def _agree(
    tx: Transaction, contract_id: UUID, *, at: datetime, decide: Callable[[Account, Cause], Account]
) -> None:
    was = await lock(tx, contract_id)
    account = decide(domain.advance(was, at=at), cause_of(tx, at, BILLING))
    await save(tx, account, was=was)
