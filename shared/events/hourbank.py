"""What hourbank tells: hours granted, held, released, debited, expired, missing. Stream: the contract's account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class LotShare:
    """So many minutes of one lot; lots are known to people by the date they became usable."""

    lot_id: UUID
    effective_date: date
    expires_date: date
    minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountEvent(Event):
    """A fact about the hours of one contract."""

    contract_id: UUID
    organization_id: UUID

    @property
    def stream(self) -> UUID:
        """The contract."""
        return self.contract_id


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursGranted(AccountEvent):
    """A lot came in: `source` is plan, upgrade, purchase, correction or opening; usable before `expires_date` (2.3)."""

    lot_id: UUID
    cycle_start: date | None
    minutes: int
    effective_date: date
    expires_date: date
    source: str
    available_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursHeld(AccountEvent):
    """The answer to an estimate: `minutes_held` = min(available, estimate), the rest is `minutes_over` (2.4)."""

    ticket_id: UUID
    estimate_id: UUID
    minutes: int
    minutes_held: int
    minutes_over: int
    hour_price_cents: int
    overage_cents: int
    by_lot: tuple[LotShare, ...]
    available_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldRefused(AccountEvent):
    """The estimate cannot be held at all: `rule` is contract_not_started, suspended or terminated (2.9)."""

    ticket_id: UUID
    estimate_id: UUID
    rule: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursReleased(AccountEvent):
    """Held minutes came back: `reason` is declined, withdrawn, expired, superseded, cancelled or closed."""

    ticket_id: UUID
    estimate_id: UUID | None
    minutes: int
    by_lot: tuple[LotShare, ...]
    reason: str
    available_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursDebited(AccountEvent):
    """A closed ticket was paid: by which lots, and what was missing. One per ticket and round."""

    ticket_id: UUID
    round: int
    minutes: int
    minutes_written_off: int
    minutes_over: int
    by_lot: tuple[LotShare, ...]
    balance_after: int
    debited_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OverageAccrued(AccountEvent):
    """Minutes that the bank could not cover, at the rate pinned at approval; one per ticket, round and tranche.

    `cents` = round_half_up(minutes x rate / 60), rounded once (2.5). `billing_month` is the local month of the close,
    "2026-11".
    """

    overage_id: UUID
    ticket_id: UUID
    ticket_number: int
    round: int
    minutes: int
    hour_price_cents: int
    cents: int
    billing_month: str
    accrued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LotExpiring(AccountEvent):
    """A lot with available minutes lapses in `days_left` days (2.3)."""

    lot_id: UUID
    minutes: int
    expires_date: date
    days_left: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LotExpired(AccountEvent):
    """What was left of a lot lapsed: `reason` is validity, released_after_expiry, reversed_after_expiry or termination.

    Under `reversed_after_expiry` the same minutes came in as a correction lot (2.7).
    """

    lot_id: UUID
    minutes: int
    expires_date: date
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceLow(AccountEvent):
    """Available minutes fell to the threshold (20 % of a month's package unless the offer says otherwise)."""

    available_minutes: int
    threshold_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceDepleted(AccountEvent):
    """No available minute is left."""

    held_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementIssued(AccountEvent):
    """The monthly report of hours (N26) of the local month `period` ("2026-11") is ready, in whole minutes.

    `overage_minutes` were worked beyond the balance: no lot paid them, and an invoice charges them.
    """

    period: str
    opening_minutes: int
    granted_minutes: int
    debited_minutes: int
    expired_minutes: int
    closing_minutes: int
    overage_minutes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursReversed(AccountEvent):
    """Minutes of a closed round were taken back (2.7): `minutes` = `minutes_over` + the minutes of `by_lot`.

    `by_lot` is what came back to the lots that had paid; of those whose lot had ended, `corrections` are the lots that
    stand for them, and `forfeited_minutes` lapsed at once because the contract had ended (2.9).
    """

    reversal_id: UUID
    ticket_id: UUID
    round: int
    minutes: int
    minutes_over: int
    by_lot: tuple[LotShare, ...]
    corrections: tuple[LotShare, ...]
    forfeited_minutes: int
    reason: str
    balance_after: int
    reversed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OverageReversed(AccountEvent):
    """Minutes of one tranche are no longer charged: the pending line shrinks, or a credit note is due (S23, S24).

    `cents` = price of the tranche before - price after, so that reversing all gives all back. `billing_month` is the
    overage's own. `dispute_id` is set when the customer's dispute was accepted.
    """

    reversal_id: UUID
    overage_id: UUID
    ticket_id: UUID
    ticket_number: int
    round: int
    minutes: int
    hour_price_cents: int
    cents: int
    billing_month: str
    reason: str
    dispute_id: UUID | None
    reversed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldUntouched(AccountEvent):
    """Minutes have lain held for a ticket for `days` days without anything happening to it (2.3). They stay held."""

    ticket_id: UUID
    minutes: int
    days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LotVoided(AccountEvent):
    """Available minutes of a lot were taken back: a purchase that was undone before any of it was used (L-16).

    `purchase_id` None: of a month that turned out to be the last one, or not to be of that plan (2.8, 2.9).
    """

    lot_id: UUID
    minutes: int
    purchase_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LotVoidRefused(AccountEvent):
    """A purchase stays: `rule` is used (some minute once was, for ever), held or expired (L-16)."""

    lot_id: UUID
    purchase_id: UUID
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TerminationNear(AccountEvent):
    """What the customer still has while notice runs: told at notice, and 7 days before the end (2.9)."""

    available_minutes: int
    held_minutes: int
    effective_date: date
    days_left: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursRefunded(AccountEvent):
    """Minutes that lapsed because the contract ended are paid back, where it says so (2.9, refund_at_plan_rate).

    `cents` = round_half_up(minutes x plan_price_cents / monthly_minutes), at the rate of the plan in force at the end.
    """

    minutes: int
    by_lot: tuple[LotShare, ...]
    plan_price_cents: int
    monthly_minutes: int
    cents: int
    refunded_at: datetime
