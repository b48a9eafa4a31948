"""What notify speaks of: news of a fact, the values that it shows, and a message on its way."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

APPROVAL_LINK = "<approval-link>"  # where the recipient's own link stands once the message leaves
LOGIN_PLACE = "<login-token>"  # the same, of the link that logs in once


class Topic(enum.StrEnum):
    """What a contact wants to hear of, and what a provider has switched on."""

    TICKETS = "tickets"
    APPROVALS = "approvals"
    INVOICES = "invoices"
    HOURS = "hours"


ALL_TOPICS = tuple(Topic)


class Audience(enum.StrEnum):
    """Who is meant: the people of the customer's organization, or the provider's team."""

    CUSTOMER = "customer"
    STAFF = "staff"


class Template(enum.StrEnum):
    """What a message says; each has its words in every language."""

    CONTRACT_ACTIVATED = "contract_activated"
    TICKET_OPENED = "ticket_opened"
    STAFF_ANSWERED = "staff_answered"
    PROMISE_SET = "promise_set"
    PROMISE_CHANGED = "promise_changed"
    APPROVAL_REQUESTED = "approval_requested"
    ADDITIONAL_HOURS_REQUESTED = "additional_hours_requested"
    APPROVAL_PENDING = "approval_pending"
    TICKET_RESOLVED = "ticket_resolved"
    TICKET_CLOSED = "ticket_closed"
    INVOICE_FINALIZED = "invoice_finalized"
    LOT_EXPIRING = "lot_expiring"
    BALANCE_LOW = "balance_low"
    BALANCE_DEPLETED = "balance_depleted"
    STATEMENT_ISSUED = "statement_issued"
    CUSTOMER_ANSWERED = "customer_answered"
    ESTIMATE_APPROVED = "estimate_approved"
    ESTIMATE_DECLINED = "estimate_declined"
    ESTIMATE_EXPIRED = "estimate_expired"
    SLA_WARNED = "sla_warned"
    SLA_BREACHED = "sla_breached"
    LOGIN_LINK = "login_link"
    PRIVACY_EXPORT_REQUESTED = "privacy_export_requested"
    PLAN_CHANGE_SCHEDULED = "plan_change_scheduled"
    PLAN_CHANGE_WITHDRAWN = "plan_change_withdrawn"
    PLAN_CHANGED = "plan_changed"
    PRICE_ADJUSTED = "price_adjusted"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_WITHDRAWN = "cancellation_withdrawn"
    TERMINATION_NEAR = "termination_near"
    CONTRACT_TERMINATED = "contract_terminated"
    CONTRACT_SUSPENDED = "contract_suspended"
    CONTRACT_RESUMED = "contract_resumed"
    HOURS_PURCHASED = "hours_purchased"
    HOURS_REVERSED = "hours_reversed"
    OVERAGE_REVERSED = "overage_reversed"
    INVOICE_WILL_BE_DUE = "invoice_will_be_due"
    INVOICE_OVERDUE = "invoice_overdue"
    INVOICE_PAID = "invoice_paid"
    INVOICE_VOIDED = "invoice_voided"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    VISIT_SCHEDULED = "visit_scheduled"
    VISIT_RESCHEDULED = "visit_rescheduled"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_MISSED = "visit_missed"
    MEETING_REQUESTED = "meeting_requested"
    MEETING_WANTED = "meeting_wanted"
    TICKET_MERGED = "ticket_merged"
    TICKET_CANCELLED = "ticket_cancelled"
    TICKET_REOPENED = "ticket_reopened"
    TICKET_ESCALATED = "ticket_escalated"
    HOLD_UNTOUCHED = "hold_untouched"
    TIMEBOX_REACHED = "timebox_reached"
    APPROVAL_REMINDED = "approval_reminded"
    ESTIMATE_WITHDRAWN = "estimate_withdrawn"
    IMPEDIMENT_REMINDED = "impediment_reminded"
    IMPEDIMENT_LEFT = "impediment_left"
    EMERGENCY_BEGUN = "emergency_begun"
    DIGEST = "digest"
    LOOP_DIGEST = "loop_digest"
    LOOP_SUSPECTED = "loop_suspected"


class State(enum.StrEnum):
    """Where a message is: to be sent, handed over, kept in the house (no SMTP), given up, or in a digest (N-02)."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    FAILED = "failed"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Hours:
    """A length of time, shown as 5 h 30 min."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, shown as R$ 1.229,00."""

    cents: int


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, shown as local time with the zone's name."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A local date."""

    date: date


@dataclass(frozen=True, slots=True)
class Month:
    """A local month: "2026-11"."""

    period: str


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number."""

    number: int


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody's own words, or a code that is the same in every language."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the domain that each language has its own word for: `metric.attendance`."""

    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list; `wording` names the language's sentence for it."""

    wording: str
    values: Values


@dataclass(frozen=True, slots=True)
class Rows:
    """A list, a line each."""

    rows: tuple[Row, ...]


Shown = Hours | Money | Moment | Day | Month | Count | Words | Term | Rows
Values = tuple[tuple[str, Shown | None], ...]


def said(**values: Shown | None) -> Values:
    """Name the values that a text may show; None is not known or not worth saying, and its paragraph is left out."""
    return tuple(values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A visit as a calendar hears of it (5.2): the same `visit_id` always, a `sequence` that rises; `is_off` calls it
    off. A visit that was called off may be told without its time. `tenant` is filled in when a message is written.
    """

    visit_id: UUID
    sequence: int
    starts_at: datetime | None
    ends_at: datetime | None
    is_off: bool = False
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a fact means to people, before it has words: which template, for whom, about what.

    `actor` is who did it, and is not told of it (N-03); `topic` is None for the team, and for a customer where it
    cannot be switched off (legal notices, 5.2); `path` is where to read on; `ticket_number` is None when the fact does
    not carry it; `estimate_id` is what is to be answered, and until when. `only_to` is the one contact whom it is for;
    `login_link_id` is what lets them in, until `answer_until`; `about` is the document that the
    reader is given by it: the invoice.
    """

    template: Template
    audience: Audience
    topic: Topic | None
    actor: str | None
    organization_id: UUID
    contract_id: UUID | None
    ticket_id: UUID | None
    ticket_number: int | None
    path: str
    said_at: datetime | None
    values: Values
    estimate_id: UUID | None = None
    answer_until: datetime | None = None
    about: UUID | None = None
    only_to: str | None = None
    login_link_id: UUID | None = None
    invitation: Invitation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What notify has noted of a contract: local times in its messages are those of `timezone` (4.4).

    `monthly_minutes` is None where the contract was noted before they were. The account manager and the deputy are
    people of the provider (N10).
    """

    contract_id: UUID
    organization_id: UUID
    plan_code: str
    timezone: str
    monthly_minutes: int | None = None
    account_manager_id: str | None = None
    account_manager_deputy_id: str | None = None

    @property
    def has_package(self) -> bool:
        """Whether the plan brings hours (B41): one without them is told of no balance."""
        return self.monthly_minutes != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What notify has noted of a ticket, for facts that carry only its id."""

    ticket_id: UUID
    contract_id: UUID
    organization_id: UUID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient, final in its words, and what became of it.

    `fact_id` is the fact that it tells; `header_id` its Message-ID; `reference_ids` the Message-IDs of the earlier ones
    to the same recipient about the same ticket, oldest first. `next_attempt_at` is set while it waits, and only then.
    `estimate_id` and `answer_until` are set where the recipient answers by a link, `login_link_id` where a link lets
    them in: it is signed when the message leaves, and kept nowhere. `invitation` goes along as a calendar's file.
    `about` is the document that it gives to its reader: the invoice. `digest_id` is the message in which it is told,
    where it does not leave by itself (N-02). `unsubscribe_url` is signed as it leaves, where its reader may switch off
    what it is about (5.2), and kept nowhere.
    """

    message_id: UUID
    fact_id: UUID
    template: Template
    audience: Audience
    contact_id: str
    organization_id: UUID
    contract_id: UUID | None
    ticket_id: UUID | None
    to_name: str | None
    to_email: str
    from_name: str
    from_email: str
    reply_to: str | None
    locale: str
    subject: str
    body: str
    header_id: str
    reference_ids: tuple[str, ...]
    written_at: datetime
    state: State = State.WAITING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    settled_at: datetime | None = None
    error: str | None = None
    estimate_id: UUID | None = None
    answer_until: datetime | None = None
    about: UUID | None = None
    login_link_id: UUID | None = None
    invitation: Invitation | None = None
    digest_id: UUID | None = None
    unsubscribe_url: str | None = None

    def __post_init__(self) -> None:
        """A message is to be tried again exactly while it waits: none is lost, none is sent after it is settled."""
        assert (self.state is State.WAITING) == (self.next_attempt_at is not None), "waiting means a next attempt"
        assert (self.state is State.WAITING) == (self.settled_at is None), "settled means not waiting"
        assert (self.state is State.COLLECTED) == (self.digest_id is not None), "collected means in a digest"
