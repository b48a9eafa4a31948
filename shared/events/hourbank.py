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
    """A lot came in: `source` is plan, purchase or correction; usable while local date < `expires_date` (2.3)."""

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
    """The estimate cannot be held at all: `rule` names why (contract ended, suspended, unknown)."""

    ticket_id: UUID
    estimate_id: UUID
    rule: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursReleased(AccountEvent):
    """Held minutes came back: `reason` is declined, expired, superseded, cancelled or closed."""

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
    """What was left of a lot lapsed: `reason` is validity, released_after_expiry or termination."""

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
