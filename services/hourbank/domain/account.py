"""The account (2.1): one contract's lots, holds and position in the ledger, as one value; and how it is posted to."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.hourbank.domain.agreed import AS_ACTIVATED, Agreed, Plan, plan_on
from services.hourbank.domain.ledger import Entry, EntryKind, moved
from shared.calendar import local_date
from shared.money import price_of_minutes

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from services.hourbank.domain.ledger import Cause, Lot, Work
    from shared.events.hourbank import AccountEvent, LotShare


class Alert(enum.IntEnum):
    """What the customer has been told of the balance since the last top-up; told once per crossing (L-31)."""

    NONE = 0
    LOW = 1
    DEPLETED = 2


class HoldState(enum.StrEnum):
    """The life of an estimate here: it waits for an answer or is approved; the others are ends."""

    WAITING = "waiting"
    APPROVED = "approved"
    RELEASED = "released"
    SETTLED = "settled"
    REFUSED = "refused"


OPEN_STATES = (HoldState.WAITING, HoldState.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the contract said of hours when it was activated: minutes a local month, months they live, prices.

    What has been agreed since is in `Agreed`. `grant_requires_payment`: a month is granted once its fee is paid (2.2).
    `grants_from`: the first day whose month is granted, of a contract that comes from an older system.
    """

    contract_id: UUID
    organization_id: UUID
    plan_code: str
    monthly_minutes: int
    validity_months: int
    hour_price_cents: int
    first_cycle: str
    start_date: date
    timezone: str
    plan_price_cents: int = 0
    on_termination: str = "forfeit"
    grant_requires_payment: bool = False
    grants_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the provider's offer says: when a balance counts as low, how long before its end a lot is warned of.

    `untouched_days`: a hold to which nothing has happened for so long is told of (2.3).
    """

    low_percent: int = 20
    expiring_days: tuple[int, ...] = (60, 30, 7)
    untouched_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One estimate: what was held for it, by lot, what is over at which rate; once approved it is a tranche (2.4).

    `number` is the estimate's number in its ticket and the order of the tranches. `shares` is what is held now.
    `remind_at` is when its being untouched is told of; None once it was, and when nothing is held.
    """

    estimate_id: UUID
    ticket_id: UUID
    round: int
    number: int
    state: HoldState
    minutes: int
    minutes_over: int
    hour_price_cents: int
    shares: tuple[LotShare, ...]
    published_at: datetime
    remind_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether its ticket is still to be debited or released."""
        return self.state in OPEN_STATES

    @property
    def minutes_held(self) -> int:
        """The minutes that lie in lots for it now."""
        return sum(share.minutes for share in self.shares)

    @property
    def overage_cents(self) -> int:
        """What its overage costs if all of it is worked, rounded once (2.5)."""
        return price_of_minutes(self.minutes_over, self.hour_price_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it is loaded for one command, and what the command adds: `entries` to append, `facts` to tell.

    `lots` are at least those that are live, in draw order; `holds` at least the open ones of the ticket at hand.
    `reached` is the last local date whose midnight has been gone through. `next_statement` is the first day of the
    local month that the next statement is for; days before `stated_until` are stated and closed to postings.
    `cycle_minutes` is what the month at hand was granted by the plan; None when it is to have nothing (2.9), waits for
    its fee to be paid, or lies before the contract.
    """

    terms: Terms
    policy: Policy
    reached: date
    next_cycle: date | None
    next_statement: date
    statement_due_at: datetime
    stated_until: date
    lots: tuple[Lot, ...] = ()
    holds: tuple[Hold, ...] = ()
    lots_granted: int = 0
    last_sequence: int = 0
    alert: Alert = Alert.NONE
    version: int = 0
    agreed: Agreed = AS_ACTIVATED
    cycle_minutes: int | None = None
    entries: tuple[Entry, ...] = ()
    facts: tuple[AccountEvent, ...] = ()

    @property
    def available_minutes(self) -> int:
        """Minutes that an estimate may hold now; what was bought for a later day is not among them."""
        return sum(lot.available_minutes for lot in self.lots if lot.terms.effective_date <= self.reached)

    @property
    def held_minutes(self) -> int:
        """Minutes that lie held for tickets."""
        return sum(lot.held_minutes for lot in self.lots)

    @property
    def balance_minutes(self) -> int:
        """Minutes bought and neither delivered nor lost: available and held."""
        return self.available_minutes + self.held_minutes

    @property
    def plan(self) -> Plan:
        """The plan that is in force on the day reached."""
        return self.plan_on(self.reached)

    @property
    def has_ended(self) -> bool:
        """Whether the contract is over (2.9)."""
        return self.agreed.ends_on is not None and self.reached >= self.agreed.ends_on

    @property
    def forfeits(self) -> bool:
        """Whether minutes that become available lapse at once, because the contract is over (2.9)."""
        return self.has_ended and self.agreed.on_termination != "usable_until_expiry"

    def lot(self, lot_id: UUID) -> Lot:
        """One of its lots."""
        return next(lot for lot in self.lots if lot.id == lot_id)

    def plan_on(self, day: date) -> Plan:
        """The plan of a local date: what was agreed at the start, and every change in force by then (2.8, 3.9)."""
        terms = self.terms
        first = Plan(
            code=terms.plan_code,
            monthly_minutes=terms.monthly_minutes,
            validity_months=terms.validity_months,
            price_cents=terms.plan_price_cents,
            hour_price_cents=terms.hour_price_cents,
        )
        return plan_on(first, self.agreed.changes, day)

    def local_date(self, at: datetime) -> date:
        """The date that the wall clock of the contract's zone shows (4.4, L-04)."""
        return local_date(at, self.terms.timezone)


def post(
    account: Account,
    kind: EntryKind,
    minutes: int,
    *,
    cause: Cause,
    lot: Lot | None = None,
    work: Work | None = None,
    reason: str | None = None,
    tranche: int | None = None,
    hour_price_cents: int | None = None,
) -> Account:
    """Append one entry and move the minutes that it speaks of: the only way in which a bucket ever changes.

    A day that a statement has closed takes no more entries: what comes late is posted to the first open day.
    """
    entry = Entry(
        sequence=account.last_sequence + 1,
        kind=kind,
        minutes=minutes,
        lot=lot.terms if lot else None,
        work=work,
        tranche=tranche,
        hour_price_cents=hour_price_cents,
        reason=reason,
        cause=cause,
        local_date=max(account.local_date(cause.occurred_at), account.stated_until),
    )
    lots = account.lots
    if lot is not None:
        others = (other for other in lots if other.id != lot.id)
        lots = tuple(sorted((*others, moved(lot, kind, minutes)), key=lambda one: one.draw_order))
    return replace(account, lots=lots, last_sequence=entry.sequence, entries=(*account.entries, entry))


def tell(account: Account, fact: AccountEvent) -> Account:
    """Add a fact to what is to be told."""
    return replace(account, facts=(*account.facts, fact))


def written(account: Account) -> Account:
    """The account after what it added was saved and told."""
    return replace(account, entries=(), facts=(), version=account.version + 1)


def keep_hold(account: Account, hold: Hold) -> Account:
    """Put a hold in, in the place of its former self if there is one, in order of the estimates' numbers."""
    others = (other for other in account.holds if other.estimate_id != hold.estimate_id)
    return replace(account, holds=tuple(sorted((*others, hold), key=lambda one: (one.published_at, one.number))))


def find_hold(account: Account, estimate_id: UUID) -> Hold | None:
    """The hold of an estimate, None when it is not known here."""
    return next((hold for hold in account.holds if hold.estimate_id == estimate_id), None)
