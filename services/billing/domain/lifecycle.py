"""The life of an invoice: which state follows which, and what money, credit and time do to it (3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.errors import Refused

InvoiceState = Literal["draft", "finalized", "sent", "overdue", "paid", "uncollectible", "void"]
Act = Literal["finalize", "send", "fall_due", "settle", "write_off", "void"]

# Who is not in here may not. Money that comes after all is taken of an invoice that was given up, too; `paid` and
# `void` are final. An invoice that was given to the customer again keeps its state: that is no transition.
TRANSITIONS: Final[Mapping[Act, Mapping[InvoiceState, InvoiceState]]] = {
    "finalize": {"draft": "finalized"},
    "send": {"finalized": "sent"},
    "fall_due": {"finalized": "overdue", "sent": "overdue"},
    "settle": {"finalized": "paid", "sent": "paid", "overdue": "paid", "uncollectible": "paid"},
    "write_off": {"overdue": "uncollectible"},
    "void": {"finalized": "void", "sent": "void", "overdue": "void"},
}
TAKES_MONEY: Final = frozenset(TRANSITIONS["settle"])


class TransitionRefused(Refused):
    """The invoice is not in a state in which this can be done."""

    rule = "3.1"


class AlreadyPaidFor(Refused):
    """Something was paid or credited: the invoice stays, and is corrected by a credit note."""

    rule = "3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an invoice asks for and what came of it, in centavos. `withheld_cents` the customer pays to the treasury.

    What is credited lets less to be paid, and in the end to be withheld: nobody is given more back than they paid.
    """

    total_cents: int
    withheld_cents: int
    paid_cents: int
    credited_cents: int

    @property
    def due_cents(self) -> int:
        """What is still to be paid.

        >>> Balance(total_cents=99900, withheld_cents=0, paid_cents=10000, credited_cents=34500).due_cents
        55400
        """
        return max(0, self._open)

    @property
    def over_cents(self) -> int:
        """What was paid or credited beyond what was asked for: it is the customer's.

        >>> Balance(total_cents=99900, withheld_cents=0, paid_cents=99900, credited_cents=34500).over_cents
        34500
        >>> Balance(total_cents=65400, withheld_cents=981, paid_cents=0, credited_cents=65400).over_cents
        0
        """
        return max(0, -self._open)

    @property
    def _open(self) -> int:
        uncredited = self.total_cents - self.credited_cents
        return uncredited - max(0, min(self.withheld_cents, uncredited)) - self.paid_cents


def after(state: InvoiceState, act: Act) -> InvoiceState:
    """The state after an act. Raises TransitionRefused.

    >>> after("finalized", "send"), after("sent", "fall_due"), after("overdue", "write_off")
    ('sent', 'overdue', 'uncollectible')
    """
    try:
        return TRANSITIONS[act][state]
    except KeyError:
        allowed = ", ".join(TRANSITIONS[act])
        said = f"an invoice that is {state} cannot {_SAID[act]}: only one that is {allowed}"
        raise TransitionRefused(said) from None


def settled(state: InvoiceState, balance: Balance) -> InvoiceState:
    """The state after money or credit came: `paid` when nothing is left to pay. Raises TransitionRefused.

    >>> whole = Balance(total_cents=100, withheld_cents=0, paid_cents=100, credited_cents=0)
    >>> settled("overdue", whole), settled("paid", whole)
    ('paid', 'paid')
    """
    if state == "paid" or balance.due_cents > 0:
        return state
    return after(state, "settle")


def check_void(state: InvoiceState, balance: Balance) -> InvoiceState:
    """The state after voiding; only an invoice for which nothing was paid or credited is voided.

    Raises TransitionRefused, AlreadyPaidFor.
    """
    becomes = after(state, "void")
    if balance.paid_cents or balance.credited_cents:
        raise AlreadyPaidFor("something was paid or credited: correct this invoice by a credit note")
    return becomes


_SAID: Final[Mapping[Act, str]] = {
    "finalize": "be finalized",
    "send": "be sent for the first time",
    "fall_due": "fall overdue",
    "settle": "be paid",
    "write_off": "be given up",
    "void": "be voided",
}
