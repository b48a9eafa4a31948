"""Hours beside the plan: bought, taken back unused, given by a manager (2.3, L-16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.accounts import look_at_account
from services.hourbank.actions.contract import BILLING
from services.hourbank.actions.current import cause_of, lock, lock_whole, save
from services.hourbank.domain import Cause, Lot
from shared.db import Transaction
from shared.errors import NotFound


class LotUnknown(NotFound):
    """There is no such opening lot in the account."""

    rule = "2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What was bought: minutes that are usable for so many months from a local date on."""

    id: UUID
    minutes: int
    validity_months: int
    effective_date: date


async def buy_hours(tx: Transaction, *, contract_id: UUID, purchase: Purchase, at: datetime) -> None:
    """Add what was bought as a lot of its own. Told again it changes nothing. Raises PurchaseDiffers."""
    was = await lock(tx, contract_id)
    lot_id = domain.purchase_lot_id(contract_id, purchase.id)
    known = await store.lot_of(tx, lot_id)
    if known is not None:
        _must_be_the_same(known, purchase)
        return
    account = domain.purchase(
        domain.advance(was, at=at),
        purchase.minutes,
        lot_id=lot_id,
        validity_months=purchase.validity_months,
        effective_date=purchase.effective_date,
        cause=cause_of(tx, at, BILLING),
    )
    await save(tx, account, was=was)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is left of a lot that an older system granted, and how it is called there."""

    reference: str
    minutes: int
    effective_date: date
    expires_date: date


async def bring_opening_lot(tx: Transaction, *, contract_id: UUID, opening: Opening) -> tuple[Lot, bool]:
    """Add what is left of an older lot, and whether it is new. Brought again it changes nothing.

    Raises AccountUnknown, OpeningDiffers, Invalid, ContractEnded.
    """
    was = await lock_whole(tx, contract_id)
    lot_id = domain.opening_lot_id(contract_id, opening.reference)
    known = next((lot for lot in was.lots if lot.id == lot_id), None)
    if known is not None:
        kept = (known.granted_minutes, known.terms.effective_date, known.terms.expires_date)
        if kept != (opening.minutes, opening.effective_date, opening.expires_date):
            told = f"the opening lot {opening.reference} was brought with {kept[0]} minutes from {kept[1]} to {kept[2]}"
            raise domain.OpeningDiffers(told)
        return known, False
    cause = Cause(caused_by=f"opening lot {opening.reference}", actor=tx.actor, occurred_at=tx.now)
    account = domain.open_with(
        domain.advance(was, at=tx.now),
        opening.minutes,
        lot_id=lot_id,
        effective_date=opening.effective_date,
        expires_date=opening.expires_date,
        cause=cause,
    )
    await save(tx, account, was=was)
    return account.lot(lot_id), True


async def read_opening_lot(tx: Transaction, *, contract_id: UUID, reference: str) -> Lot:
    """An opening lot as it is now. Raises AccountUnknown, LotUnknown."""
    await store.check_visible(tx, contract_id)
    lot_id = domain.opening_lot_id(contract_id, reference)
    account = await look_at_account(tx, contract_id=contract_id)
    found = next((lot for lot in account.lots if lot.id == lot_id), None)
    if found is None:
        raise LotUnknown(f"no opening lot {reference} was brought to this account")
    return found


async def void_purchase(tx: Transaction, *, contract_id: UUID, purchase_id: UUID, at: datetime) -> None:
    """Take a purchase back, unless a minute of it was ever used: then it stays, and that is told (L-16).

    Raises PurchaseUnknown.
    """
    was = await lock_whole(tx, contract_id)
    account = domain.advance(was, at=at)
    lot_id = domain.purchase_lot_id(contract_id, purchase_id)
    lot = next((one for one in account.lots if one.id == lot_id), None)
    if lot is None:
        raise domain.PurchaseUnknown(f"no purchase {purchase_id} was told here")
    was_used = await store.was_lot_used(tx, contract_id, lot_id)
    account = domain.void_purchase(
        account, lot, purchase_id=purchase_id, was_used=was_used, cause=cause_of(tx, at, BILLING)
    )
    await save(tx, account, was=was)


async def correct_balance(tx: Transaction, *, contract_id: UUID, minutes: int, validity_days: int, reason: str) -> Lot:
    """Give minutes that live for so many days; the reason stays with the entry. Raises Invalid, ContractEnded."""
    domain.check_reason(reason)
    was = await lock(tx, contract_id)
    cause = Cause(caused_by=f"correction: {reason}", actor=tx.actor, occurred_at=tx.now)
    account = domain.correct(domain.advance(was, at=tx.now), minutes, validity_days=validity_days, cause=cause)
    await save(tx, account, was=was)
    return next(lot for lot in account.lots if lot.terms.seq == account.lots_granted)


def _must_be_the_same(known: Lot, purchase: Purchase) -> None:
    if (known.granted_minutes, known.terms.effective_date) != (purchase.minutes, purchase.effective_date):
        raise domain.PurchaseDiffers(f"the purchase {purchase.id} brought {known.granted_minutes} minutes before")
