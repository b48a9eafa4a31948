"""What a story looks at in the answers of the house: the rest of an answer is left alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from services.client import Answer

SeenT = TypeVar("SeenT")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a story looks at in an answer; the rest of it is left alone."""


class Estimate(Seen, frozen=True):
    """An estimate, with what the bank said of it."""

    number: int
    kind: str
    minutes: int
    state: str
    minutes_from_bank: int | None
    minutes_over: int | None
    hour_price_cents: int | None
    overage_cents: int | None
    valid_until: datetime | None


class Share(Seen, frozen=True):
    """Minutes of one lot, known by the date it became usable."""

    effective_date: date
    minutes: int


class Debit(Seen, frozen=True):
    """What a closed round took from the bank."""

    minutes: int
    minutes_written_off: int
    minutes_over: int
    by_lot: list[Share]
    balance_after: int


class Ticket(Seen, frozen=True):
    """A ticket."""

    id: UUID
    number: int
    subject: str
    status: str
    priority: str | None
    level: int
    minutes_approved: int
    registered_at: datetime
    estimates: list[Estimate]
    minutes_worked: int = 0
    debits: list[Debit] = []


class Lot(Seen, frozen=True):
    """One grant and where its minutes are."""

    source: str
    effective_date: date
    expires_date: date
    granted_minutes: int
    available_minutes: int
    held_minutes: int
    consumed_minutes: int
    expired_minutes: int


class Account(Seen, frozen=True):
    """The hours of a contract."""

    plan_code: str
    balance_minutes: int
    available_minutes: int
    held_minutes: int
    overage_approved_cents: int
    lots: list[Lot]


class Entry(Seen, frozen=True):
    """A line of the ledger."""

    sequence: int
    kind: str
    minutes: int
    ticket_id: UUID | None
    hour_price_cents: int | None


class Overage(Seen, frozen=True):
    """Minutes that no lot paid."""

    minutes: int
    cents: int
    billing_month: str


class PaidTicket(Seen, frozen=True):
    """A closed ticket in a statement."""

    ticket_id: UUID
    minutes: int
    over_minutes: int
    overages: list[Overage]


class Statement(Seen, frozen=True):
    """A month's report of hours."""

    month: str
    opening_minutes: int
    granted_minutes: int
    debited_minutes: int
    expired_minutes: int
    closing_minutes: int
    overage_minutes: int
    overage_cents: int
    debits: list[PaidTicket]
    issued_at: datetime | None


class Line(Seen, frozen=True):
    """A line of an invoice."""

    kind: str
    period: str
    cents: int
    description: str
    ticket_id: UUID | None = None
    ticket_number: int | None = None
    minutes: int | None = None
    unit_cents_per_hour: int | None = None


class Invoice(Seen, frozen=True):
    """An invoice."""

    invoice_id: UUID
    number: str
    state: str
    issue_date: date
    due_date: date
    lines: list[Line]
    total_cents: int
    paid_cents: int


class Clock(Seen, frozen=True):
    """A promise about time."""

    metric: str
    state: str
    generation: int
    calendar: str
    target_seconds: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    warned_percent: int
    remaining_seconds: int | None
    settled_at: datetime | None


class Letter(Seen, frozen=True):
    """A message that left the house."""

    template: str
    audience: str
    to_email: str
    subject: str
    state: str
    written_at: datetime
    ticket_id: UUID | None


class Contract(Seen, frozen=True):
    """A contract."""

    contract_id: UUID
    organization_id: UUID
    state: str
    plan_code: str
    next_invoice_at: datetime | None


def as_seen(body: Any, kind: type[SeenT]) -> SeenT:
    """What a story looks at in a body."""
    return msgspec.convert(body, kind)


def read(answer: Answer, kind: type[SeenT]) -> SeenT:
    """What a story looks at in an answer."""
    return as_seen(answer.body, kind)
