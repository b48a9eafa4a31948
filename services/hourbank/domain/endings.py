"""The end of a contract (2.9): what is available lapses at the local midnight, and the customer is told before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.hourbank.domain.account import tell
from services.hourbank.domain.lots import TERMINATION, expire, refund
from shared.events.hourbank import TerminationNear

if TYPE_CHECKING:
    from datetime import date

    from services.hourbank.domain.account import Account
    from services.hourbank.domain.ledger import Cause

NEAR_DAYS = 7  # so long before the end the customer is told once more what is left (2.9)


def end_contract(account: Account, *, cause: Cause) -> Account:
    """Let what is available lapse, of all lots; what is held stays until its ticket ends. Nothing more is granted.

    Under usable_until_expiry every lot lives out its own time (2.9).
    """
    account = replace(account, next_cycle=None)
    if not account.forfeits:
        return account
    lapsed = []
    for lot in account.lots:
        if lot.available_minutes > 0:
            account = expire(account, lot, lot.available_minutes, reason=TERMINATION, cause=cause)
            lapsed.append(lot.share(lot.available_minutes))
    return refund(account, lapsed, cause=cause)


def tell_of_the_end(account: Account, day: date) -> Account:
    """Tell what the customer still has, so that nothing lapses unseen (2.9)."""
    ends_on = account.agreed.ends_on
    assert ends_on is not None, "a contract that ends has a day on which it does"
    fact = TerminationNear(
        contract_id=account.terms.contract_id,
        organization_id=account.terms.organization_id,
        available_minutes=account.available_minutes,
        held_minutes=account.held_minutes,
        effective_date=ends_on,
        days_left=(ends_on - day).days,
    )
    return tell(account, fact)
