"""What may be written to tickets: bounded, and refused where a field is unknown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from services.ticketing.domain import markup
from services.ticketing.domain.worktime import ENTRY_MOST_SECONDS
from services.ticketing.offer import CODE
from shared.web import Input

TEXT_MOST_CHARACTERS = 20_000  # a long letter; what is longer is an attachment
ESTIMATE_MOST_MINUTES = 60_000  # a thousand hours: more is a project, not a ticket
PROFESSIONALS_MOST = 20  # in one entry
NO_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no NUL in a text
SAYS = r"^\s*[^\s\x00][^\x00]*$"  # words: what is blank says nothing, stops no clock and is no reason (S-33, N16)
NO_BLANK = r"^[^\s\x00]*$(?!\n)"  # somebody's id is no sentence: nobody can write a secret down in one (B35)

Code = Annotated[str, Meta(pattern=CODE, max_length=60)]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=SAYS)]
Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_BLANK)]
Prose = Annotated[str, Meta(min_length=1, max_length=TEXT_MOST_CHARACTERS, pattern=SAYS)]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=SAYS)]
# Where a rule asks for words, it is the rule that says no to blank ones, by its name.
RuledReason = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=NO_NUL)]
RuledProse = Annotated[str, Meta(min_length=1, max_length=TEXT_MOST_CHARACTERS, pattern=NO_NUL)]
Answer = Annotated[str, Meta(max_length=TEXT_MOST_CHARACTERS, pattern=NO_NUL)]
Instant = Annotated[datetime, Meta(tz=True, description="With its offset, e.g. 2026-11-24T15:00:00-03:00.")]


class OpenTicket(Input, frozen=True):
    """A demand. Without `contract_id` it is for the only contract of the customer's organization."""

    subject: Annotated[Line, Meta(description="What it is about.", examples=["Formulário de contato não envia"])]
    description: Annotated[
        Prose,
        Meta(
            description="Specific and precise instructions (N37).",
            examples=["Desde hoje cedo o formulário da página Contato responde com erro 500."],
        ),
    ]
    contract_id: UUID | None = None
    channel: Annotated[Code, Meta(description="A channel of the offer with intake on.", examples=["portal"])] = "portal"
    area: Annotated[Code, Meta(description="An area of the offer.", examples=["web_programming"])] | None = None
    item: Annotated[Code, Meta(description="A row of the catalogue.", examples=["evolution"])] | None = None
    hosting: Annotated[Code, Meta(description="Where the site or system is hosted (N39).")] | None = None
    fields: Annotated[
        dict[Code, Answer], Meta(max_length=50, description="Answers to the form's further questions, by code.")
    ] = msgspec.field(default_factory=dict)
    impact: Annotated[Code, Meta(description="Staff and monitoring only (B25), e.g. company.")] | None = None
    operation: Annotated[Code, Meta(description="With impact, e.g. stopped.")] | None = None
    detected_at: Annotated[Instant, Meta(description="Monitoring only: when it was seen (B17).")] | None = None
    asset_id: Annotated[UUID, Meta(description="What of the inventory it is about (B23).")] | None = None
    template: Annotated[Code, Meta(description="A template of the offer: it brings a checklist (B50).")] | None = None
    planned_on: Annotated[date, Meta(description="With a template: the date that it is for.")] | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept: its words, and the same with harmless formatting where it came as HTML."""

    text: str
    html: str | None


class PostMessage(Input, frozen=True):
    """Something to say, as text or as HTML. Customers write public messages only."""

    text: Annotated[Prose, Meta(examples=["Qual navegador a senhora está usando?"])] | None = None
    html: (
        Annotated[Prose, Meta(description="Instead of text: plain formatting is kept, the rest falls away.")] | None
    ) = None
    public: Annotated[bool, Meta(description="False: an internal note.")] = True
    asks_customer: Annotated[bool, Meta(description="True: the ticket waits for the answer (N15).")] = False
    automatic: Annotated[bool, Meta(description="True: written by a machine; it is no attendance (S-33).")] = False
    attachments: Annotated[
        tuple[UUID, ...], Meta(max_length=20, description="Files that you brought into the ticket before (N37).")
    ] = ()

    def __post_init__(self) -> None:
        """One of the two, with something in it."""
        if (self.text is None) == (self.html is None):
            raise ValueError("say text or html, one of them")
        if self.html is not None and not markup.harmless(self.html).text:
            raise ValueError("the html says nothing")
        if len(set(self.attachments)) != len(self.attachments):
            raise ValueError("a file is named once")

    def read(self) -> Written:
        """The message as it is kept."""
        if self.html is None:
            return Written(text=self.text or "", html=None)
        made = markup.harmless(self.html)
        return Written(text=made.text, html=made.html)


class TriageTicket(Input, frozen=True):
    """The criticality: by impact and operation, or as a priority of the offer (B25); a change says why (4.3)."""

    impact: Annotated[Code, Meta(examples=["one_user"])] | None = None
    operation: Annotated[Code, Meta(examples=["stopped"])] | None = None
    priority: Annotated[Code, Meta(description="Instead of the two, e.g. medium.")] | None = None
    area: Code | None = None
    item: Code | None = None
    reason: Annotated[RuledReason, Meta(description="Needed where the ticket has another priority already.")] | None = (
        None
    )


class PublishEstimate(Input, frozen=True):
    """Minutes of work; once an estimate is approved, additional ones with their justification (N41)."""

    minutes: Annotated[int, Meta(ge=1, le=ESTIMATE_MOST_MINUTES, examples=[330])]
    justification: Annotated[RuledReason, Meta(examples=["O plugin não é compatível com o PHP 8.4"])] | None = None


class DecideEstimate(Input, frozen=True):
    """The customer's answer (N42)."""

    decision: Literal["approve", "decline"]
    reason: Reason | None = None


class SetPromise(Input, frozen=True):
    """The planned delivery (N16), in working time; a change needs its reason."""

    promised_at: Annotated[Instant, Meta(description="In working time.", examples=["2027-06-15T15:00:00-03:00"])]
    reason: RuledReason | None = None


class LogWork(Input, frozen=True):
    """Time that professionals were allocated (N34): seconds or minutes, one entry for each professional."""

    kind: Annotated[Code, Meta(description="A kind of work of the offer.", examples=["programming"])]
    seconds: Annotated[int, Meta(ge=1, le=ENTRY_MOST_SECONDS)] | None = None
    minutes: Annotated[int, Meta(ge=1, le=ENTRY_MOST_SECONDS // 60, examples=[45])] | None = None
    professionals: Annotated[
        tuple[Id, ...], Meta(max_length=PROFESSIONALS_MOST, description="Without them: who writes.")
    ] = ()
    started_at: Annotated[Instant, Meta(description="Without it: so long ago.")] | None = None
    billable: Annotated[bool, Meta(description="Without it: as the kind of work says.")] | None = None
    note: Reason | None = None

    def __post_init__(self) -> None:
        """One of the two units, and nobody twice."""
        if (self.seconds is None) == (self.minutes is None):
            raise ValueError("say seconds or minutes, one of them")
        if len(set(self.professionals)) != len(self.professionals):
            raise ValueError("a professional is named once")

    @property
    def total_seconds(self) -> int:
        """The length of each entry, in seconds."""
        return self.seconds if self.seconds is not None else 60 * (self.minutes or 0)


class PauseTicket(Input, frozen=True):
    """What is waited for, with the message that tells the customer so (4.3)."""

    state: Literal["awaiting_customer", "blocked", "scheduled"]
    message: Annotated[RuledProse, Meta(examples=["Precisamos do acesso ao painel da hospedagem para continuar."])]
    reason: Annotated[Code, Meta(description="An impediment of the offer.", examples=["missing_access"])] | None = None
    until: Annotated[Instant, Meta(description="Scheduled: when the visit begins (B21).")] | None = None


class EscalateTicket(Input, frozen=True):
    """Up to a level (B27), the next one unless said otherwise."""

    to_level: Annotated[int, Meta(ge=2, le=9)] | None = None
    reason: Annotated[Reason, Meta(examples=["Precisa de acesso ao servidor"])] | None = None


class AssignTicket(Input, frozen=True):
    """Who is in charge: an agent, a team, or both; neither: whoever takes it next."""

    agent_id: Annotated[Id, Meta(examples=["ana"])] | None = None
    team: Code | None = None


class MergeTicket(Input, frozen=True):
    """The ticket that goes on."""

    into_ticket_id: UUID


class SplitTicket(Input, frozen=True):
    """A request of its own that came in another one's ticket (N31)."""

    subject: Line
    description: Prose
    area: Code | None = None
    item: Code | None = None
    hosting: Code | None = None


class LinkTicket(Input, frozen=True):
    """Another ticket of the same customer: it relates to this one, or this one follows it."""

    ticket_id: UUID
    kind: Literal["relates", "follows"] = "relates"


class GiveReason(Input, frozen=True):
    """Why, where one wants to say so."""

    reason: Reason | None = None


class CloseTicket(Input, frozen=True):
    """The end of a round; a manager may write worked minutes off (2.5)."""

    write_off_minutes: Annotated[int, Meta(ge=0, le=ESTIMATE_MOST_MINUTES)] = 0


# What a request without a body says.
ONE_LEVEL_UP = EscalateTicket()
NO_REASON = GiveReason()
NOTHING_OFF = CloseTicket()
