"""Hours beside the plan: bought, taken back while nobody has used them, and given by a manager (2.2, 2.3, L-16)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from services.hourbank.domain.account import tell
from services.hourbank.domain.lots import grant, void, warn_of_balance
from shared.calendar import add_months
from shared.errors import Invalid, Refused
from shared.events.hourbank import LotVoidRefused

if TYPE_CHECKING:
    from datetime import date

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.ledger import Cause, Lot

PURCHASE, CORRECTION, OPENING = "purchase", "correction", "opening"
MOST_CORRECTION_MINUTES = 60_000  # a thousand hours: more in one correction is a slip of the keyboard
MOST_CORRECTION_DAYS = 730
MOST_OPENING_MONTHS = 120  # as long as hours that were bought can live


class ContractEnded(Refused):
    """Nothing is credited to a contract that is over (2.9, L-35)."""

    rule = "2.9"


class PurchaseDiffers(Refused):
    """The same purchase comes again and says something else (invariant 13)."""

    rule = "invariant 13"


class PurchaseUnknown(Refused):
    """A purchase is taken back that was never told here."""

    rule = "L-16"


def purchase_lot_id(contract_id: UUID, purchase_id: UUID) -> UUID:
    """The lot of a purchase: one, however often it is told."""
    return uuid5(contract_id, f"purchase/{purchase_id}")


class OpeningDiffers(Refused):
    """An opening lot was brought before, with other minutes or dates."""

    rule = "2.1"


def opening_lot_id(contract_id: UUID, reference: str) -> UUID:
    """The lot that an older system calls so: one, however often it is brought."""
    return uuid5(contract_id, f"opening/{reference}")


def check_opening(minutes: int, *, effective_date: date, expires_date: date, today: date) -> None:
    """Refuse what cannot be left of an older lot. Raises Invalid."""
    if not 0 < minutes <= MOST_CORRECTION_MINUTES:
        raise Invalid(f"an opening lot has 1 to {MOST_CORRECTION_MINUTES} minutes", field="minutes", rule="2.1")
    if effective_date > today:
        raise Invalid("an opening lot was granted by today", field="effective_date", rule="2.3")
    if not today < expires_date <= add_months(effective_date, MOST_OPENING_MONTHS):
        told = f"an opening lot still lives, and ends within {MOST_OPENING_MONTHS} months of its grant"
        raise Invalid(told, field="expires_date", rule="2.3")


def open_with(
    account: Account, minutes: int, *, lot_id: UUID, effective_date: date, expires_date: date, cause: Cause
) -> Account:
    """Add what is left of a lot of an older system, with its own dates: it is drawn by when it dies (2.3).

    Raises Invalid, ContractEnded.
    """
    check_opening(minutes, effective_date=effective_date, expires_date=expires_date, today=account.reached)
    if account.has_ended:
        raise ContractEnded("the contract has ended: its hours have lapsed")
    return grant(
        account,
        minutes,
        source=OPENING,
        effective_date=effective_date,
        expires_date=expires_date,
        cause=cause,
        lot_id=lot_id,
    )


def purchase(
    account: Account, minutes: int, *, lot_id: UUID, validity_months: int, effective_date: date, cause: Cause
) -> Account:
    """Add a bought lot with a validity of its own; it is drawn by when it dies, as every other (2.3)."""
    return grant(
        account,
        minutes,
        source=PURCHASE,
        effective_date=effective_date,
        expires_date=add_months(effective_date, validity_months),
        cause=cause,
        lot_id=lot_id,
    )


def void_purchase(account: Account, lot: Lot, *, purchase_id: UUID, was_used: bool, cause: Cause) -> Account:
    """Take a bought lot back whole; refused, as a fact, for ever once any minute of it was used (L-16).

    Voided again it changes nothing.
    """
    if lot.voided_minutes == lot.granted_minutes:
        return account
    rule = "used" if was_used else "held" if lot.held_minutes else "expired" if lot.expired_minutes else None
    if rule is not None:
        ids = {"contract_id": account.terms.contract_id, "organization_id": account.terms.organization_id}
        return tell(account, LotVoidRefused(**ids, lot_id=lot.id, purchase_id=purchase_id, rule=rule))
    before = account.available_minutes
    account = void(account, lot, lot.available_minutes, reason=PURCHASE, cause=cause, purchase_id=purchase_id)
    return warn_of_balance(account, available_before=before)


def correct(account: Account, minutes: int, *, validity_days: int, cause: Cause) -> Account:
    """Give minutes that live for so many days, today among them. Raises Invalid, ContractEnded."""
    if not 0 < minutes <= MOST_CORRECTION_MINUTES:
        raise Invalid(f"a correction gives 1 to {MOST_CORRECTION_MINUTES} minutes", field="minutes")
    if not 0 < validity_days <= MOST_CORRECTION_DAYS:
        raise Invalid(f"a correction lives for 1 to {MOST_CORRECTION_DAYS} days", field="validity_days")
    if account.has_ended:
        raise ContractEnded("the contract has ended: give a credit note instead")
    return give(account, minutes, days=validity_days, cause=cause)


def check_reason(reason: str) -> None:
    """Whoever reads the ledger years later must find a reason in words. Raises Invalid.

    >>> check_reason("Retrabalho em garantia")
    """
    if not any(letter.isalnum() for letter in reason):
        raise Invalid("say why, in words", field="reason")


def give(account: Account, minutes: int, *, days: int, cause: Cause) -> Account:
    """Add a correction lot that begins today."""
    today = account.reached
    return grant(
        account,
        minutes,
        source=CORRECTION,
        effective_date=today,
        expires_date=today + timedelta(days=days),
        cause=cause,
    )
