"""What a provider decides about its tickets, as data: channels, catalogue, levels, priorities, form, time and terms."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from shared.calendar import CalendarInvalid, CalendarSpec
from shared.errors import Invalid, refuse_first

CODE = r"^[a-z0-9][a-z0-9_]*$"  # codes are for machines: they stand in URLs, events and metrics
FORM_FIELD_MOST_CHARACTERS = 20_000  # as much as a description may hold

Code = Annotated[str, msgspec.Meta(pattern=CODE, max_length=60)]
Days = Annotated[int, msgspec.Meta(ge=1, le=90)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of an offer: a field that nobody knows is refused."""


class Text(Part, frozen=True):
    """What a customer reads, in Portuguese first and in English."""

    pt_br: str = msgspec.field(name="pt-BR")
    en: str

    def in_locale(self, locale: str) -> str:
        """The text in the language of a locale: `pt...` or anything else."""
        return self.pt_br if locale.lower().startswith("pt") else self.en


class Channel(Part, frozen=True):
    """A way to reach the team. `intake`: whether a demand may begin here (N29, N32, B3-B8).

    `opened_by` names who registers through it: the phone's form is filled by staff (B6). `replies`: whether an answer
    that comes this way is put into its ticket. `closed_text` is what is answered where intake is off.
    """

    name: Text
    intake: bool
    opened_by: tuple[Literal["customer", "staff"], ...] = ("customer", "staff")
    replies: bool = True
    address: str | None = None
    closed_text: Text | None = None


class Ruling(enum.StrEnum):
    """What the catalogue says of an item: done, not done (N44), or done once it was agreed upon (B33)."""

    ALLOWED = "allowed"
    EXCLUDED = "excluded"
    NEEDS_AGREEMENT = "needs_agreement"


class Attendance(enum.StrEnum):
    """How the team is present (B20, B21)."""

    REMOTE = "remote"
    ON_SITE = "on_site"


class Item(Part, frozen=True):
    """A row of the catalogue; `by_attendance` overrules it for one kind of attendance (B32, B34: not remotely)."""

    name: Text
    ruling: Ruling = Ruling.ALLOWED
    by_attendance: dict[Attendance, Ruling] = {}
    area: Code | None = None
    reason: Text | None = None

    def ruling_for(self, attendance: Attendance | None) -> Ruling:
        """What holds for work that is done in this way."""
        return self.ruling if attendance is None else self.by_attendance.get(attendance, self.ruling)


class Impediment(Part, frozen=True):
    """Why work cannot go on, with what the customer is reminded of (N38, N39)."""

    name: Text
    reminder: Text
    reminder_business_days: Days | None = None


class Hostings(Part, frozen=True):
    """The homologated hostings; others are refused, or only shown to the team (N39, B40)."""

    homologated: dict[Code, Text] = {}
    others_refused: bool = False


class Level(Part, frozen=True):
    """A queue of the desk (B24-B29); how long it may have a ticket is a time-box of the sla section (B26)."""

    level: Annotated[int, msgspec.Meta(ge=1, le=9)]
    name: Text


class Priority(Part, frozen=True):
    """A criticality (B9); rank 1 is the most urgent."""

    name: Text
    rank: Annotated[int, msgspec.Meta(ge=1, le=9)]


class Triage(Part, frozen=True):
    """Impact x operation gives the priority (B13, B15, B16).

    `critical_impact` is the impact that a problem of a critical asset has at least, as of a time clock (B15).
    """

    impacts: dict[Code, Text] = {}
    operations: dict[Code, Text] = {}
    matrix: dict[Code, dict[Code, Code]] = {}
    critical_impact: Code | None = None


class FormField(Part, frozen=True):
    """A question of the opening form beside subject and description (N37)."""

    code: Code
    name: Text
    hint: Text | None = None
    required: bool = False
    most_characters: Annotated[int, msgspec.Meta(ge=1, le=FORM_FIELD_MOST_CHARACTERS)] = 5_000


class WorkKind(Part, frozen=True):
    """A kind of time entry: all weigh the same (N7, N34); its limit, if any, is a time-box of the sla section (B20)."""

    name: Text
    billable: bool = True
    attendance: Attendance | None = None


class Rounding(Part, frozen=True):
    """How seconds become billable minutes (2.6), per ticket or per entry."""

    increment_minutes: Literal[1, 5, 6, 10, 15, 30] = 1
    mode: Literal["up", "nearest", "down"] = "up"
    scope: Literal["ticket", "entry"] = "ticket"
    minimum_minutes: Annotated[int, msgspec.Meta(ge=0, le=480)] = 0

    def fixed(self, version: int) -> Policy:
        """This rounding as a ticket keeps it."""
        return Policy(
            increment_minutes=self.increment_minutes,
            mode=self.mode,
            scope=self.scope,
            minimum_minutes=self.minimum_minutes,
            version=version,
        )


class Policy(Rounding, frozen=True):
    """A rounding as it was fixed on a ticket: with the version of the offer, or of the contract's own, it is from."""

    version: int = 0


class Meetings(Part, frozen=True):
    """When the team may ask for a meeting (N46-N48), and the share of tickets above which the figure warns (N47)."""

    reasons: dict[Code, Text] = {}
    ratio_target_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    ratio_window_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 90


class Hint(Part, frozen=True):
    """Something to try, or to have at hand, before registering (B36, B37); shown when one of the words is written."""

    text: Text
    words: tuple[str, ...] = ()


class PlanFeatures(Part, frozen=True):
    """What comes with a plan beside hours (N5, N10, N11, N24); `calendar` when its team works other hours (B2).

    `visits_per_month` None: as many as are appointed (B21).
    """

    direct_access: bool = True
    account_manager: bool = False
    whatsapp_group: Literal["none", "normal", "emergency_only"] = "none"
    calendar: str | None = None
    visits_per_month: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None


class Secrets(Part, frozen=True):
    """What happens to a password, key or token that somebody writes (B35): replaced, refused, or kept with a warning.

    `advice` is what the sender is told: how such a thing is shared here.
    """

    policy: Literal["redact", "reject", "warn"] = "redact"
    advice: Text = Text(
        pt_br="Não guardamos senhas, chaves nem tokens: o que parecia ser um segredo foi removido. Envie-o por um "
        "cofre de senhas ou por um link de uso único, e troque o que já foi enviado por aqui.",
        en="We keep no passwords, keys or tokens: what looked like a secret was removed. Share it through a password "
        "vault or a one-time link, and change whatever was sent this way.",
    )


class Unanswered(Part, frozen=True):
    """What happens while nobody answers a quote (A-05): a reminder after so many business hours (None: none).

    `then`, when its validity is over: the ticket is held, its clocks standing still until somebody says something, or
    it is given up, unless billable work was done on it.
    """

    reminder_business_hours: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = 20
    then: Literal["hold", "cancel"] = "hold"


class Emergency(Part, frozen=True):
    """Which priorities may be worked on before their approval, and for how many billable minutes (A-07)."""

    priorities: tuple[Code, ...]
    most_minutes: Annotated[int, msgspec.Meta(ge=1, le=600)]


class ChecklistStep(Text, frozen=True):
    """A step of a checklist, to be done so many business days before the date that the ticket is planned for (B50)."""

    business_days_before: Annotated[int, msgspec.Meta(ge=0, le=250)] | None = None


class Template(Part, frozen=True):
    """A ticket that comes with a checklist: an office move (B50), a periodic maintenance (N13)."""

    name: Text
    item: Code | None = None
    checklist: Annotated[tuple[ChecklistStep, ...], msgspec.Meta(max_length=50)] = ()


def _kind(pt_br: str, en: str, attendance: Attendance | None = None) -> WorkKind:
    return WorkKind(name=Text(pt_br=pt_br, en=en), attendance=attendance)


WORK_KINDS = {
    "programming": _kind("Programação", "Programming"),
    "meeting": _kind("Reunião", "Meeting"),
    "remote": _kind("Atendimento remoto", "Remote session", Attendance.REMOTE),
    "visit": _kind("Visita", "Visit", Attendance.ON_SITE),
    "call": _kind("Ligação", "Call"),
}
LEVELS = (Level(level=1, name=Text(pt_br="Suporte", en="Support")),)


_EXECUTABLE_ENDS = """
appimage apk app bat bin cmd com cpl deb dll dmg exe hta iso jar js jse lnk msi msix msp pif pkg php pl ps1 psm1 py rb
reg rpm run scf scr sh url vb vbe vbs wsf wsh
"""
EXECUTABLE_ENDS = tuple(_EXECUTABLE_ENDS.split())


class Files(Part, frozen=True):
    """Files that come with tickets (N37): how large one may be, how many a ticket takes, which names are refused."""

    most_bytes: Annotated[int, msgspec.Meta(ge=1, le=500_000_000)] = 20_000_000
    ticket_most_files: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 100
    ticket_most_bytes: Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)] = 200_000_000
    refused_extensions: tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{1,12}$")], ...] = EXECUTABLE_ENDS


class Section(Part, frozen=True):
    """Ticketing's section of a provider's offer. `calendar` is the one of quotes, promises and silence."""

    timezone: str
    locale: str
    calendars: dict[str, CalendarSpec]
    calendar: str
    channels: dict[Code, Channel]
    areas: dict[Code, Text] = {}
    catalogue: dict[Code, Item] = {}
    impediments: dict[Code, Impediment] = {}
    hostings: Hostings = msgspec.field(default_factory=Hostings)
    levels: tuple[Level, ...] = msgspec.field(default_factory=lambda: LEVELS)
    priorities: dict[Code, Priority] = {}
    triage: Triage = msgspec.field(default_factory=Triage)
    form: tuple[FormField, ...] = ()
    work_kinds: dict[Code, WorkKind] = msgspec.field(default_factory=lambda: dict(WORK_KINDS))
    rounding: Rounding = msgspec.field(default_factory=Rounding)
    bill_triage: bool = False
    quote_validity_business_days: Days = 5
    unanswered: Unanswered = msgspec.field(default_factory=Unanswered)
    emergency: Emergency | None = None
    auto_close_business_days: Days = 3
    justification_least_characters: Annotated[int, msgspec.Meta(ge=1, le=500)] = 3
    promise_changes_most: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None
    meetings: Meetings = msgspec.field(default_factory=Meetings)
    self_help: tuple[Hint, ...] = ()
    one_demand_per_ticket: Text | None = None
    plan_features: dict[str, PlanFeatures] = {}
    templates: dict[Code, Template] = {}
    secrets: Secrets = msgspec.field(default_factory=Secrets)
    files: Files = msgspec.field(default_factory=Files)
    trained_agents_least: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0

    def say(self, text: Text) -> str:
        """A text in the provider's own language."""
        return text.in_locale(self.locale)

    def calendar_of(self, plan_code: str) -> CalendarSpec:
        """The calendar of the team that serves a plan (B2)."""
        features = self.plan_features.get(plan_code)
        return self.calendars[(features.calendar if features else None) or self.calendar]

    def check(self) -> None:
        """Raises Invalid, the first of the faults."""
        refuse_first(self.faults())

    def faults(self) -> Iterator[Invalid]:
        """All that does not fit together, naming the field and the rule."""
        for name, spec in self.calendars.items():
            try:
                spec.validate()
            except CalendarInvalid as error:
                yield Invalid(error.why, field=f"calendars.{name}.{error.field}", rule="S-22")
        yield from self._faults_of_calendars()
        yield from self._faults_of_levels()
        yield from self._faults_of_triage()
        yield from self._faults_of_codes()

    def _faults_of_calendars(self) -> Iterator[Invalid]:
        if self.calendar not in self.calendars:
            yield Invalid(f"no calendar is called {self.calendar!r}", field="calendar", rule="N16")
        for code, row in self.plan_features.items():
            if row.calendar is not None and row.calendar not in self.calendars:
                where = f"plan_features.{code}.calendar"
                yield Invalid(f"no calendar is called {row.calendar!r}", field=where, rule="B2")

    def _faults_of_levels(self) -> Iterator[Invalid]:
        if [row.level for row in self.levels] != list(range(1, len(self.levels) + 1)) or not self.levels:
            yield Invalid("levels count 1, 2, 3, ... in order", field="levels", rule="B24")

    def _faults_of_triage(self) -> Iterator[Invalid]:
        triage = self.triage
        if triage.critical_impact is not None and triage.critical_impact not in triage.impacts:
            told = f"no impact is called {triage.critical_impact!r}"
            yield Invalid(told, field="triage.critical_impact", rule="B15")
        for impact in triage.impacts:
            for operation in triage.operations:
                priority = triage.matrix.get(impact, {}).get(operation)
                if priority not in self.priorities:
                    told = "is missing" if priority is None else f"names the unknown priority {priority!r}"
                    where = f"triage.matrix.{impact}.{operation}"
                    yield Invalid(f"the row {told}", field=where, rule="B25")

    def _faults_of_codes(self) -> Iterator[Invalid]:
        for place, priority in enumerate(self.emergency.priorities if self.emergency else ()):
            if priority not in self.priorities:
                told = f"no priority is called {priority!r}"
                yield Invalid(told, field=f"emergency.priorities.{place}", rule="A-07")
        for code, item in self.catalogue.items():
            if item.area is not None and item.area not in self.areas:
                yield Invalid(f"no area is called {item.area!r}", field=f"catalogue.{code}.area", rule="N2")
        for code, template in self.templates.items():
            if template.item is not None and template.item not in self.catalogue:
                yield Invalid(f"no item is called {template.item!r}", field=f"templates.{code}.item", rule="N43")
        fields = [field.code for field in self.form]
        if len(fields) != len(set(fields)):
            yield Invalid("two fields have the same code", field="form", rule="N37")
