"""What is shown of tickets: units in the names, words only to those who may read the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.ticketing import store
from services.ticketing.domain import Estimate, Kind, State, Status, Ticket, worktime
from services.ticketing.offer import Rounding
from shared.db import Transaction


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Something shown."""


class EstimateView(View, frozen=True):
    """An estimate, what the bank said of it (null until it has), and the answer."""

    id: UUID
    number: int
    round: int
    kind: Kind
    minutes: int
    justification: str | None
    state: State
    minutes_from_bank: int | None
    minutes_over: int | None
    hour_price_cents: int | None
    overage_cents: int | None
    valid_until: datetime | None
    published_at: datetime
    published_by: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


class TicketSummary(View, frozen=True):
    """A ticket in a list."""

    id: UUID
    number: int
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    subject: str
    status: Status
    priority: str | None
    level: int
    channel: str
    source: str
    area: str | None
    item: str | None
    round: int
    registered_at: datetime
    promised_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    version: int


class TicketView(TicketSummary, frozen=True):
    """A ticket with its estimates."""

    opened_by: str
    hosting: str | None
    detected_at: datetime | None
    waiting_reason: str | None
    waiting_until: datetime | None
    auto_close_at: datetime | None
    minutes_approved: int
    estimates: list[EstimateView]


class LotMinutesView(View, frozen=True):
    """Minutes of one lot of the hour bank."""

    lot_id: UUID
    effective_date: date
    expires_date: date
    minutes: int


class DebitView(View, frozen=True):
    """What a closed round took from the hour bank, and what the bank could not cover."""

    round: int
    minutes: int
    minutes_written_off: int
    minutes_over: int
    by_lot: list[LotMinutesView]
    balance_after: int
    debited_at: datetime


class TicketDetail(TicketView, frozen=True):
    """All of a ticket but its messages, work and history; `minutes_worked` are billable, rounded, of this round."""

    description: str
    fields: dict[str, str]
    minutes_worked: int
    debits: list[DebitView]


class MessageView(View, frozen=True):
    """Something written; internal notes are shown to staff only."""

    id: UUID
    author_id: str
    author_role: str
    public: bool
    automatic: bool
    asks_customer: bool
    text: str
    posted_at: datetime


class WorkView(View, frozen=True):
    """A professional's time; the note is shown to staff only."""

    id: UUID
    round: int
    professional_id: str
    kind: str
    seconds: int
    billable: bool
    started_at: datetime
    logged_at: datetime
    logged_by: str
    note: str | None


class EntryView(View, frozen=True):
    """An act in the life of a ticket, and its version and status after it."""

    version: int
    act: str
    status: str
    old_value: str | None
    new_value: str | None
    reason: str | None
    acted_at: datetime
    acted_by: str


class TicketPage(View, frozen=True):
    """Tickets, the newest first."""

    items: list[TicketSummary]
    next_cursor: str | None


class MessagePage(View, frozen=True):
    """Messages, the oldest first."""

    items: list[MessageView]
    next_cursor: str | None


class WorkPage(View, frozen=True):
    """Time entries, the oldest first."""

    items: list[WorkView]
    next_cursor: str | None


class HistoryPage(View, frozen=True):
    """Acts, the oldest first; the opening itself is in the ticket."""

    items: list[EntryView]
    next_cursor: str | None


def summaries(tickets: Sequence[Ticket]) -> list[TicketSummary]:
    """Tickets as a list shows them."""
    return msgspec.convert(tickets, list[TicketSummary], from_attributes=True)


def ticket(one: Ticket) -> TicketView:
    """A ticket after an act."""
    return msgspec.convert(one, TicketView, from_attributes=True)


def estimate(one: Estimate) -> EstimateView:
    """An estimate."""
    return msgspec.convert(one, EstimateView, from_attributes=True)


def opened(one: Ticket, words: store.Words) -> TicketDetail:
    """A ticket that has just been registered."""
    return _detail(one, description=words.description, fields=words.fields, minutes_worked=0, debits=[])


def message(one: store.Message) -> MessageView:
    """A message."""
    return msgspec.convert(one, MessageView, from_attributes=True)


def messages(several: Sequence[store.Message]) -> list[MessageView]:
    """Messages; the store has left out what the reader may not see."""
    return msgspec.convert(several, list[MessageView], from_attributes=True)


def work(tx: Transaction, entries: Sequence[store.WorkEntry]) -> list[WorkView]:
    """Time entries; a customer reads no notes."""
    shown = msgspec.convert(entries, list[WorkView], from_attributes=True)
    is_staff = tx.organization_id is None
    return shown if is_staff else [msgspec.structs.replace(one, note=None) for one in shown]


def history(entries: Sequence[store.Entry]) -> list[EntryView]:
    """Acts; the store has left out what the reader may not see."""
    return msgspec.convert(entries, list[EntryView], from_attributes=True)


async def detail(tx: Transaction, ticket_id: UUID) -> TicketDetail:
    """All of a ticket."""
    one = await store.one(tx, ticket_id)
    words = await store.words_of(tx, ticket_id)
    seconds = await store.billable_seconds(tx, one)
    return _detail(
        one,
        description=words.description,
        fields=words.fields,
        minutes_worked=worktime.rounded(seconds, one.rounding or Rounding()),
        debits=msgspec.convert(await store.debits_of(tx, ticket_id), list[DebitView], from_attributes=True),
    )


def _detail(
    one: Ticket, *, description: str, fields: Mapping[str, str], minutes_worked: int, debits: list[DebitView]
) -> TicketDetail:
    shown = ticket(one)
    same = {name: getattr(shown, name) for name in TicketView.__struct_fields__}
    return TicketDetail(
        **same, description=description, fields=dict(fields), minutes_worked=minutes_worked, debits=debits
    )
