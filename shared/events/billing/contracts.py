"""What billing tells about contracts: from the activation to the end. Stream: the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundingRule:
    """How a contract turns worked seconds into billable minutes (2.6).

    `increment_minutes` is 1, 5, 6, 10, 15 or 30; `mode` up, nearest or down; `scope` ticket (summed, then rounded) or
    entry (each rounded, then summed); worked at all, it is `minimum_minutes` at least. `version` counts its changes.
    """

    increment_minutes: int = 1
    mode: str = "up"
    scope: str = "ticket"
    minimum_minutes: int = 0
    version: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractEvent(Event):
    """A fact about one contract."""

    contract_id: UUID
    organization_id: UUID

    @property
    def stream(self) -> UUID:
        """The contract."""
        return self.contract_id


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractActivated(ContractEvent):
    """A customer's contract runs from `start_date` (local); everything the others need to know of it is in here.

    `monthly_minutes` 0 means a plan without hours (B41): every minute is overage at the full price.
    `first_cycle` is prorated, full or skip (2.2). `rounding` None: the provider's own policy (2.6). `on_termination` is
    forfeit, usable_until_expiry or refund_at_plan_rate (2.9). `grants_from`: the first day whose month brings hours, of
    a contract that comes from an older system; None: from the start.
    """

    kind: str
    product: str
    plan_code: str
    monthly_minutes: int
    plan_price_cents: int
    full_hour_price_cents: int
    validity_months: int
    first_cycle: str
    start_date: date
    timezone: str
    queue_rank: int
    account_manager_id: str | None
    activated_at: datetime
    rounding: RoundingRule | None = None
    on_termination: str = "forfeit"
    minimum_term_months: int = 0
    suspension_stops_grants: bool = False
    grant_requires_payment: bool = False
    account_manager_deputy_id: str | None = None
    grants_from: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractRoundingChanged(ContractEvent):
    """Tickets that are estimated from now on are rounded by this rule (2.6); None: by the provider's own."""

    rounding: RoundingRule | None
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountManagerChanged(ContractEvent):
    """Somebody else looks after the customer; the deputy is told when the account manager is away (N10)."""

    account_manager_id: str | None
    account_manager_deputy_id: str | None
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChangeEvent(ContractEvent):
    """What is known of a change of plan (2.8): from `effective_date` (local) on the contract is of `plan_code`.

    `mode` is next_cycle (the new minutes and price from the next day 1 on) or immediate_prorated (the rest of the month
    is granted and charged at once, by days). What is granted under the new plan lives `validity_months`; None: as long
    as the activation said.
    """

    change_id: UUID
    mode: str
    from_plan_code: str
    plan_code: str
    monthly_minutes: int
    plan_price_cents: int
    full_hour_price_cents: int
    queue_rank: int
    account_manager_id: str | None
    effective_date: date
    decided_at: datetime
    validity_months: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChangeScheduled(PlanChangeEvent):
    """A change of plan was decided. Hours follow it by themselves (2.8)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChangeWithdrawn(ContractEvent):
    """A change of plan that was decided will not be."""

    change_id: UUID
    withdrawn_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChanged(PlanChangeEvent):
    """The change took effect: tickets that are opened from now on are of the new plan (2.8)."""

    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceAdjusted(ContractEvent):
    """From `effective_date` (local) on these are the prices (3.9), told 30 days ahead; an approved rate stays (S35).

    `factor` is the product of the twelve published months of `index_name`, exact, as a decimal number in words.
    """

    index_name: str
    factor: str
    plan_price_cents: int
    full_hour_price_cents: int
    previous_plan_price_cents: int
    previous_full_hour_price_cents: int
    effective_date: date
    announced_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CancellationRequested(ContractEvent):
    """Notice was given (B46): the contract ends at the local midnight that begins `effective_date` (2.9)."""

    received_date: date
    effective_date: date
    reason: str
    on_termination: str
    requested_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CancellationWithdrawn(ContractEvent):
    """The notice was taken back before it took effect: the contract goes on."""

    withdrawn_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractTerminated(ContractEvent):
    """The contract is over (2.9): `effective_date` is the first local date without it."""

    effective_date: date
    terminated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractSuspended(ContractEvent):
    """Nothing new is estimated until the customer has paid; what was approved is finished (2.9)."""

    reason: str
    stops_grants: bool
    suspended_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractResumed(ContractEvent):
    """The suspension is over."""

    resumed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HoursPurchased(ContractEvent):
    """Hours were bought beside the plan: `minutes` for `cents`, usable for `validity_months` from `effective_date`."""

    purchase_id: UUID
    minutes: int
    cents: int
    validity_months: int
    effective_date: date
    purchased_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseVoided(ContractEvent):
    """A purchase was taken back before it was invoiced; its hours go, if none of them was used (L-16)."""

    purchase_id: UUID
    voided_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeOpened(ContractEvent):
    """The customer disputes one line of an invoice: until it is settled the minutes of that round do not move."""

    dispute_id: UUID
    invoice_id: UUID
    line: int
    overage_id: UUID
    ticket_id: UUID
    round: int
    minutes: int
    opened_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeSettled(ContractEvent):
    """A dispute has its outcome, accepted or rejected; what is accepted is reversed, and credited by a credit note."""

    dispute_id: UUID
    overage_id: UUID
    ticket_id: UUID
    round: int
    outcome: str
    minutes: int
    reason: str
    settled_at: datetime
