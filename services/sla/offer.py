"""The sla section of a provider's offer: calendars, policies, pause states and limits of time, as data."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.calendar import CalendarInvalid, CalendarSpec, DaySpec, HolidaySource, Window
from shared.calendar.spec import weekly_pieces
from shared.errors import Invalid, refuse_first

TARGET_MOST_MINUTES = 527_040  # a leap year: a promise of attention that takes longer is none
POLICIES_MOST = 500  # every opened ticket is matched against all of them

PauseState = Literal["awaiting_customer", "awaiting_approval", "blocked", "scheduled"]
Counting = Literal["business", "wall"]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Percent = Annotated[int, Meta(ge=1, le=99)]


class Holidays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose holidays close a calendar; see `shared.calendar.HolidaySource`."""

    country: Literal["BR"] = "BR"
    subdivision: str | None = None
    optional_points: Literal["ignore", "observe", "banks"] = "ignore"


class Day(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day that differs; see `shared.calendar.DaySpec`."""

    date: dt.date
    kind: Literal["closed", "open", "partial"]
    windows: tuple[Window, ...] = ()
    reason: Annotated[str, Meta(max_length=200, examples=["Ponto facultativo"])] = ""
    source: Annotated[str, Meta(max_length=200, examples=["Decreto 66.123/2026"])] = ""


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When people work, as `shared.calendar.CalendarSpec` reads it; here an unknown field is refused."""

    timezone: Annotated[str, Meta(examples=["America/Sao_Paulo"])]
    hours: Annotated[dict[str, tuple[Window, ...]], Meta(examples=[{"mon": [["08:00", "18:00"]]}])]
    name: str | None = None
    holidays: Holidays | None = None
    days: tuple[Day, ...] = ()
    closed_dates: tuple[dt.date, ...] = ()
    closed_yearly: tuple[str, ...] = ()

    def with_days(self, days: Sequence[Day]) -> Calendar:
        """The calendar with these days laid over it: each takes the place of what it says of that date."""
        laid = {day.date for day in days}
        kept = tuple(day for day in self.days if day.date not in laid)
        closed = tuple(date for date in self.closed_dates if date not in laid)
        rows = sorted((*kept, *days), key=lambda day: day.date)
        return msgspec.structs.replace(self, days=tuple(rows), closed_dates=closed)

    def spec(self, name: str) -> CalendarSpec:
        """The calendar as the engine takes it."""
        source = None if self.holidays is None else HolidaySource(**msgspec.structs.asdict(self.holidays))
        return CalendarSpec(
            name=name,
            timezone=self.timezone,
            hours=self.hours,
            holidays=source,
            days=tuple(DaySpec(**msgspec.structs.asdict(day)) for day in self.days),
            closed_dates=self.closed_dates,
            closed_yearly=self.closed_yearly,
        )


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promise about tickets of this plan, priority, area and channel; what is left out matches any (4.3).

    `attendance` promises attention within `target_minutes`; `delivery` has no target (it is the promised instant, N16)
    and says by which calendar pauses are counted. `clock: wall` counts night and weekend too. `calendar` and
    `pause_states` default to the section's; a clock that runs day and night pauses for the customer only.
    What falls due while the calendar is closed is announced when it opens, unless `announce` is always (S-32).
    """

    metric: Literal["attendance", "delivery"] = "attendance"
    plan: Word | None = None
    priority: Word | None = None
    area: Word | None = None
    channel: Word | None = None
    target_minutes: Annotated[int, Meta(ge=0, le=TARGET_MOST_MINUTES, examples=[240])] | None = None
    calendar: Word | None = None
    clock: Counting = "business"
    announce: Literal["open_hours", "always"] = "open_hours"
    pause_states: tuple[PauseState, ...] | None = None

    @property
    def key(self) -> tuple[str | None, ...]:
        """What it is for: two policies for the same contradict each other."""
        return (self.metric, self.plan, self.priority, self.area, self.channel)


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer reads, in Portuguese first and in English."""

    pt_br: str = msgspec.field(name="pt-BR")
    en: str


class Timebox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit on work itself, apart from the customer's clocks (B20, B26): once per ticket, over all pauses and people.

    `level`: business time since somebody of that level took the ticket in hand, without the section's pauses.
    `kind`: the time in which timers of that kind ran, by day or night unless `clock` says business. At the limit the
    ticket goes up, or that is suggested to whoever works on it.
    """

    box: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60, examples=["n1"])]
    limit_minutes: Annotated[int, Meta(ge=1, le=60_000, examples=[30])]
    level: Annotated[int, Meta(ge=1, le=9)] | None = None
    kind: Word | None = None
    at_limit: Literal["escalate", "suggest"] = "escalate"
    calendar: Word | None = None
    clock: Counting | None = None


class Resolution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long most demands take (N30): a statistic that is shown, no promise. Minutes are business minutes."""

    min_minutes: Annotated[int, Meta(ge=0, examples=[360])]
    max_business_days: Annotated[int, Meta(ge=0, examples=[2])]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sla service needs to know of a provider; `calendar` is the one that holds where none is named.

    Without `policies` nothing is promised: a provider may sell hours alone.
    `grace_minutes` is the business time left when a raised priority finds its target already past (S31).
    `recovery_minutes`: what monitoring finds and is over sooner, and nobody touched, was promised to no one (4.3).
    `text` is what the customer reads about services, norms and deadlines (B11).
    """

    calendars: Annotated[dict[str, Calendar], Meta(min_length=1)]
    calendar: Word
    policies: Annotated[tuple[Policy, ...], Meta(max_length=POLICIES_MOST)]
    pause_states: tuple[PauseState, ...] = ("awaiting_customer", "awaiting_approval", "blocked", "scheduled")
    warning_percents: tuple[Percent, ...] = (75, 90)
    grace_minutes: Annotated[int, Meta(ge=1, le=1440)] = 30
    timeboxes: Annotated[tuple[Timebox, ...], Meta(max_length=20)] = ()
    recovery_minutes: Annotated[int, Meta(ge=0, le=1440)] = 5
    text: Text | None = None
    typical_resolution: Resolution | None = None
    meeting_ratio_target_percent: Annotated[int, Meta(ge=0, le=100)] | None = None

    def with_days(self, days: Mapping[str, Sequence[Day]]) -> Section:
        """The section with days laid over its calendars, by name; those of a calendar that is gone say nothing."""
        laid = {name: calendar.with_days(days.get(name, ())) for name, calendar in self.calendars.items()}
        return msgspec.structs.replace(self, calendars=laid)

    def check(self) -> None:
        """Raises Invalid, the first of the faults."""
        refuse_first(self.faults())

    def faults(self) -> Iterator[Invalid]:
        """All that the types alone let through, naming field and rule."""
        for name, calendar in self.calendars.items():
            yield from _calendar_faults(name, calendar, at=f"calendars.{name}.")
        yield from self._faults_of_name("calendar", self.calendar)
        for number, policy in enumerate(self.policies):
            yield from self._policy_faults(f"policies[{number}]", policy)
        for number, timebox in enumerate(self.timeboxes):
            yield from self._timebox_faults(f"timeboxes[{number}]", timebox)
        if list(self.warning_percents) != sorted(set(self.warning_percents)):
            yield Invalid("warnings come in rising order, each once", field="warning_percents", rule="not_rising")

    def _faults_of_name(self, field: str, name: str) -> Iterator[Invalid]:
        if name not in self.calendars:
            yield Invalid(f"no calendar is called {name!r}", field=field, rule="unknown_calendar")

    def _policy_faults(self, field: str, policy: Policy) -> Iterator[Invalid]:
        if policy.calendar is not None:
            yield from self._faults_of_name(f"{field}.calendar", policy.calendar)
        if (policy.metric == "attendance") != (policy.target_minutes is not None):
            why = "attendance has a target in minutes, delivery has none: it is the promised instant"
            yield Invalid(why, field=f"{field}.target_minutes", rule="target_of_metric")
        if Counter(other.key for other in self.policies)[policy.key] > 1:
            yield Invalid("two policies are for the same tickets", field=field, rule="policy_twice")

    def _timebox_faults(self, field: str, timebox: Timebox) -> Iterator[Invalid]:
        if timebox.calendar is not None:
            yield from self._faults_of_name(f"{field}.calendar", timebox.calendar)
        if (timebox.level is None) == (timebox.kind is None):
            why = "a time-box bounds a level of the desk or a kind of timer, one of the two"
            yield Invalid(why, field=field, rule="level_or_kind")
        if Counter(other.box for other in self.timeboxes)[timebox.box] > 1:
            yield Invalid(f"two time-boxes are called {timebox.box!r}", field=f"{field}.box", rule="box_twice")


def check_days(name: str, calendar: Calendar, days: Sequence[Day]) -> None:
    """Refuse with Invalid days that cannot be laid over a calendar, by their places among themselves."""
    check_calendar(name, msgspec.structs.replace(calendar, days=tuple(days), closed_dates=()))


def check_calendar(name: str, calendar: Calendar) -> None:
    """Refuse with Invalid a calendar that nothing can be promised by."""
    refuse_first(_calendar_faults(name, calendar, at=""))


def _calendar_faults(name: str, calendar: Calendar, *, at: str) -> Iterator[Invalid]:
    if calendar.name not in {None, name}:
        yield Invalid(f"this calendar is called {name!r}", field=f"{at}name", rule="two_names")
    spec = calendar.spec(name)
    try:
        spec.validate()
    except CalendarInvalid as invalid:
        yield Invalid(invalid.why, field=f"{at}{invalid.field}", rule=invalid.rule)
        return
    if not any(weekly_pieces(spec)):
        why = "a promise cannot be counted by single days: a calendar needs hours of the week"
        yield Invalid(why, field=f"{at}hours", rule="never_opens")
