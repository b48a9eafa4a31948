"""What is shown of tickets: units in the names, words only to those who may read the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from services.ticketing import store
from services.ticketing.domain import Answered, Estimate, Kind, State, Status, Ticket, worktime
from services.ticketing.domain.screening import Screened, WordsT
from services.ticketing.offer import Rounding
from shared.db import Transaction
from shared.frame import Origin
from shared.pages import Number


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Something shown."""


class WrittenView(View, frozen=True):
    """What was just written; `redacted`: a secret was found in it, `advice` says how to share such a thing (B35)."""

    redacted: bool = False
    advice: str | None = None


class EstimateView(WrittenView, frozen=True, kw_only=True):
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


class TicketSummary(WrittenView, frozen=True, kw_only=True):
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
    agent_id: str | None
    team: str | None
    version: int


class QueuedTicket(TicketSummary, frozen=True, kw_only=True):
    """A ticket in a list, and when the first of its promises is due."""

    due_at: datetime | None


class Place(View, frozen=True):
    """Where a page of tickets ended, by the keys of both orders."""

    number: Number
    queue_rank: int
    clock_due_at: datetime


class TicketView(TicketSummary, frozen=True, kw_only=True):
    """A ticket with its estimates."""

    opened_by: str
    hosting: str | None
    detected_at: datetime | None
    waiting_reason: str | None
    waiting_until: datetime | None
    auto_close_at: datetime | None
    split_from: UUID | None
    merged_into: UUID | None
    asset_id: UUID | None
    monitor_check: str | None
    recovered_at: datetime | None
    remind_at: datetime | None
    reminders: int
    emergency_at: datetime | None
    template: str | None
    planned_on: date | None
    recurrence_id: UUID | None
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


class TicketDetail(TicketView, frozen=True, kw_only=True):
    """All of a ticket but its messages, work and history; `minutes_worked` are billable, rounded, of this round."""

    description: str
    fields: dict[str, str]
    minutes_worked: int
    debits: list[DebitView]


class TicketRead(TicketDetail, frozen=True, kw_only=True):
    """All of a ticket, and who looks after its customer: the account manager and who stands in for them (N10)."""

    account_manager_id: str | None
    account_manager_deputy_id: str | None


class MessageView(WrittenView, frozen=True, kw_only=True):
    """Something written; internal notes are shown to staff only."""

    id: UUID
    author_id: str
    author_role: str
    public: bool
    automatic: bool
    asks_customer: bool
    text: str
    html: str | None
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


class LinkView(View, frozen=True):
    """Another ticket that this one has to do with; `outward`: it was linked from here."""

    other_id: UUID
    other_number: int
    other_status: Status
    kind: str
    outward: bool
    linked_at: datetime
    linked_by: str


class LinkList(View, frozen=True):
    """Links, the oldest first."""

    items: list[LinkView]


class TicketPage(View, frozen=True):
    """Tickets, the newest first."""

    items: list[QueuedTicket]
    next_cursor: str | None


class MessagePage(View, frozen=True):
    """Messages, the oldest first."""

    items: list[MessageView]
    next_cursor: str | None


class WorkPage(WrittenView, frozen=True, kw_only=True):
    """Time entries, the oldest first."""

    items: list[WorkView]
    next_cursor: str | None


class HistoryPage(View, frozen=True):
    """Acts, the oldest first; the opening itself is in the ticket."""

    items: list[EntryView]
    next_cursor: str | None


def answered(channel: str, origin: Origin) -> Answered:
    """By which way an answer came, and from where."""
    return Answered(channel=channel, address_digest=origin.address_digest, user_agent=origin.user_agent)


WrittenT = TypeVar("WrittenT", bound=WrittenView)


def said(view: WrittenT, found: Screened[WordsT]) -> WrittenT:
    """A view that tells its sender of a secret in what was written."""
    return msgspec.structs.replace(view, redacted=bool(found.findings), advice=found.advice)


def summaries(tickets: Sequence[Ticket]) -> list[TicketSummary]:
    """Tickets as a list shows them."""
    return msgspec.convert(tickets, list[TicketSummary], from_attributes=True)


def queued(several: Sequence[store.Queued]) -> list[QueuedTicket]:
    """Tickets as a list shows them."""
    return [_queued(one) for one in several]


def _queued(one: store.Queued) -> QueuedTicket:
    shown = msgspec.convert(one.ticket, TicketSummary, from_attributes=True)
    same = {name: getattr(shown, name) for name in TicketSummary.__struct_fields__}
    return QueuedTicket(**same, due_at=one.due_at)


def place(one: store.Queued) -> Place:
    """Where a page that ends with this ticket ends."""
    return Place(number=one.ticket.number, queue_rank=one.ticket.queue_rank, clock_due_at=one.clock_due_at)


def behind(one: Place | None) -> store.Behind | None:
    """Behind what a list goes on."""
    if one is None:
        return None
    return store.Behind(number=one.number, due_at=one.clock_due_at, queue_rank=one.queue_rank)


def ticket(one: Ticket) -> TicketView:
    """A ticket after an act."""
    return msgspec.convert(one, TicketView, from_attributes=True)


def estimate(one: Estimate) -> EstimateView:
    """An estimate."""
    return msgspec.convert(one, EstimateView, from_attributes=True)


def links(several: Sequence[store.Link]) -> LinkList:
    """What a ticket has to do with."""
    return LinkList(items=msgspec.convert(several, list[LinkView], from_attributes=True))


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


async def detail(tx: Transaction, ticket_id: UUID) -> TicketRead:
    """All of a ticket."""
    one = await store.one(tx, ticket_id)
    words = await store.words_of(tx, ticket_id)
    seconds = await store.billable_seconds(tx, one)
    known = await store.contract_by_id(tx, one.contract_id)
    shown = _detail(
        one,
        description=words.description,
        fields=words.fields,
        minutes_worked=worktime.rounded(seconds, one.rounding or Rounding()),
        debits=msgspec.convert(await store.debits_of(tx, ticket_id), list[DebitView], from_attributes=True),
    )
    same = {name: getattr(shown, name) for name in TicketDetail.__struct_fields__}
    return TicketRead(
        **same,
        account_manager_id=None if known is None else known.contract.account_manager_id,
        account_manager_deputy_id=None if known is None else known.contract.account_manager_deputy_id,
    )


def _detail(
    one: Ticket, *, description: str, fields: Mapping[str, str], minutes_worked: int, debits: list[DebitView]
) -> TicketDetail:
    shown = ticket(one)
    same = {name: getattr(shown, name) for name in TicketView.__struct_fields__}
    return TicketDetail(
        **same, description=description, fields=dict(fields), minutes_worked=minutes_worked, debits=debits
    )
