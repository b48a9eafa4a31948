"""Hours bought beside the plan: their price, and that they can be taken back until they are invoiced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.billing.domain import wording
from services.billing.domain.contracts import Contract, check_in_force, terms_at
from services.billing.domain.ending import ContractEnded
from services.billing.domain.months import Month
from services.billing.domain.terms import agreed_prices
from shared.calendar import local_date
from shared.errors import Refused
from shared.events.billing import InvoiceLine
from shared.money import price_of_minutes


class PurchaseInvoiced(Refused):
    """The purchase is on an invoice: it is corrected by a credit note."""

    rule = "L-16"


class PurchaseVoidedAlready(Refused):
    """The purchase was taken back already."""

    rule = "L-16"


class HoursUsed(Refused):
    """Some of these hours were used: the purchase cannot be taken back any more."""

    rule = "L-16"


class PurchaseState(StrEnum):
    """Where a purchase stands: whether it can be taken back, the hour bank decides, which knows if any was used."""

    SOLD = "sold"
    VOIDING = "voiding"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """So many minutes for so many centavos, usable for `validity_months` from a local date on.

    `voided_at` is when it was taken back, `is_void_confirmed` that the hour bank gave them up. `void_refused` is the
    rule for which it would not: some of them were used.
    """

    id: UUID
    contract_id: UUID
    minutes: int
    cents: int
    validity_months: int
    effective_date: date
    purchased_at: datetime
    voided_at: datetime | None = None
    is_void_confirmed: bool = False
    void_refused: str | None = None

    @property
    def state(self) -> PurchaseState:
        """Sold; or taken back, as far as the hour bank has answered."""
        if self.voided_at is None:
            return PurchaseState.SOLD
        return PurchaseState.VOIDED if self.is_void_confirmed else PurchaseState.VOIDING


def buy(
    contract: Contract, *, id: UUID, minutes: int, cents: int | None, validity_months: int | None, at: datetime
) -> Purchase:
    """Hours bought today, or for the beginning of a contract that is to come.

    Without a price that was agreed they cost the full hour: the discount holds inside the package only (N6).
    Raises NotInForce, ContractEnded.
    """
    check_in_force(contract)
    day, notice = max(local_date(at, contract.timezone), contract.start_date), contract.life.notice
    if notice is not None and day >= notice.effective_date:
        raise ContractEnded("this contract ends before these hours could be used")
    terms = terms_at(contract, day)
    hour = agreed_prices(terms).full_hour_price_cents
    return Purchase(
        id=id,
        contract_id=contract.id,
        minutes=minutes,
        cents=price_of_minutes(minutes, hour) if cents is None else cents,
        validity_months=validity_months or terms.validity_months,
        effective_date=day,
        purchased_at=at,
    )


def purchase_line(contract: Contract, purchase: Purchase) -> InvoiceLine:
    """A purchase as a line of the next invoice."""
    return InvoiceLine(
        kind="purchase",
        period=str(Month.of(purchase.effective_date)),
        description=wording.purchase(purchase.minutes, locale=contract.locale),
        cents=purchase.cents,
        minutes=purchase.minutes,
        purchase_id=purchase.id,
    )


def void(purchase: Purchase, *, at: datetime) -> Purchase:
    """The purchase taken back, unless the hour bank objects. Raises PurchaseVoidedAlready, HoursUsed."""
    if purchase.voided_at is not None:
        raise PurchaseVoidedAlready("this purchase was taken back already")
    if purchase.void_refused is not None:
        raise HoursUsed("some of these hours were used")
    return replace(purchase, voided_at=at)


def keep(purchase: Purchase, *, rule: str) -> Purchase:
    """The purchase as it stands after all: the hour bank has used some of its minutes (L-16)."""
    return replace(purchase, voided_at=None, void_refused=rule)


def confirm_void(purchase: Purchase) -> Purchase:
    """The purchase for good taken back: the hour bank gave up its minutes."""
    return replace(purchase, is_void_confirmed=True)
