"""What becomes of a fiscal document at the authority, as whoever speaks to it reports (3.6, 3.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from shared.errors import Refused

FiscalState = Literal["requested", "authorized", "rejected", "cancelled"]
FiscalOutcome = Literal["authorized", "rejected", "cancelled"]

# What was rejected is corrected and sent again; what was cancelled is over: the invoice is credited, or voided.
FOLLOWS: Final[Mapping[FiscalOutcome, frozenset[FiscalState]]] = {
    "authorized": frozenset({"requested", "rejected"}),
    "rejected": frozenset({"requested", "rejected"}),
    "cancelled": frozenset({"authorized"}),
}


class FiscalOutcomeRefused(Refused):
    """The fiscal document is not in a state in which the authority says this, or none was asked for."""

    rule = "3.6"


class FiscalKeyMissing(Refused):
    """The authority authorizes a document under a key."""

    status = 422
    rule = "3.6"


def check_outcome(state: FiscalState, outcome: FiscalOutcome, *, nfse_key: str | None) -> None:
    """Refuse an outcome that cannot follow. Raises FiscalOutcomeRefused, FiscalKeyMissing.

    >>> check_outcome("rejected", "authorized", nfse_key="3" * 50)
    >>> check_outcome("cancelled", "authorized", nfse_key="3" * 50)
    Traceback (most recent call last):
    ...
    services.billing.domain.fiscal.FiscalOutcomeRefused: a fiscal document that is cancelled is not authorized any more
    """
    if state not in FOLLOWS[outcome]:
        raise FiscalOutcomeRefused(f"a fiscal document that is {state} is not {outcome} any more", field="outcome")
    if outcome == "authorized" and nfse_key is None:
        raise FiscalKeyMissing("an authorized document has a key", field="nfse_key")
