"""A provider's terms made ready: which promise holds for a ticket, and the calendar that it is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.sla.domain.boxes import BoxRule
from services.sla.offer import Counting, Policy, Section, Timebox
from shared.calendar import BusinessCalendar, CalendarSpec, business_calendar, never_closed
from shared.calendar.spec import DAY_SECONDS, weekly_pieces

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """A calendar of the offer made ready: by its `hours`, or by the `wall` clock of its zone, which never stops."""

    hours: BusinessCalendar
    wall: BusinessCalendar
    is_always_open: bool

    def counting(self, how: Counting) -> BusinessCalendar:
        """The one that a policy counts by."""
        return self.wall if how == "wall" else self.hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy of one version of the offer, with what it leaves to the section filled in.

    `target_seconds` is None for delivery, which is promised per ticket. `hours` are those in which something may be
    announced, `calendar_version` the version whose calendars these are.
    """

    policy: Policy
    target_seconds: int | None
    calendar_name: str
    calendar_version: int
    calendar: BusinessCalendar
    hours: BusinessCalendar
    is_quiet: bool
    pause_states: frozenset[str]

    def counted_by(self, calendars: Mapping[str, Calendars], *, version: int) -> Rule:
        """The rule with the calendars of another version; one that is offered no longer goes on as it was."""
        found = calendars.get(self.calendar_name)
        if found is None:
            return self
        return replace(
            self,
            calendar=found.counting(self.policy.clock),
            hours=found.hours,
            calendar_version=version,
            is_quiet=_is_quiet(self.policy, found),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What of a ticket a policy may ask for."""

    plan: str
    priority: str | None
    area: str | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of a provider's promises. It never changes: a clock keeps the version that it was made under."""

    version: int
    calendars: Mapping[str, Calendars]
    attendance: tuple[Rule, ...]
    delivery: tuple[Rule, ...]
    delivery_without_policy: Rule
    boxes: tuple[BoxRule, ...]
    warning_percents: tuple[int, ...]
    grace_seconds: int
    recovery_seconds: int

    def counted_by(self, other: Terms) -> Terms:
        """These promises, counted by the calendars of another version."""
        return replace(
            self,
            calendars=other.calendars,
            attendance=tuple(rule.counted_by(other.calendars, version=other.version) for rule in self.attendance),
            delivery=tuple(rule.counted_by(other.calendars, version=other.version) for rule in self.delivery),
            delivery_without_policy=self.delivery_without_policy.counted_by(other.calendars, version=other.version),
        )

    def attendance_rule(self, subject: Subject) -> Rule | None:
        """The promise of attention for a ticket; None when the provider makes none."""
        return _most_specific(self.attendance, subject)

    def delivery_rule(self, subject: Subject) -> Rule:
        """By which calendar, and with which pauses, the promised instant of a ticket is counted."""
        return _most_specific(self.delivery, subject) or self.delivery_without_policy


def terms_of(section: Section, *, version: int) -> Terms:
    """Make a section of an offer ready. The section has been checked."""
    calendars = {name: _ready(calendar.spec(name)) for name, calendar in section.calendars.items()}
    rules = [_rule(policy, section, calendars, version) for policy in section.policies]
    return Terms(
        version=version,
        calendars=calendars,
        attendance=tuple(rule for rule in rules if rule.policy.metric == "attendance"),
        delivery=tuple(rule for rule in rules if rule.policy.metric == "delivery"),
        delivery_without_policy=_rule(Policy(metric="delivery"), section, calendars, version),
        boxes=tuple(_box(timebox, section, calendars) for timebox in section.timeboxes),
        warning_percents=section.warning_percents,
        grace_seconds=section.grace_minutes * SECONDS_PER_MINUTE,
        recovery_seconds=section.recovery_minutes * SECONDS_PER_MINUTE,
    )


def is_always_open(spec: CalendarSpec) -> bool:
    """Whether a calendar runs day and night, as critical tickets are counted (B16).

    >>> is_always_open(never_closed("America/Sao_Paulo"))
    True
    >>> is_always_open(CalendarSpec(name="office", timezone="UTC", hours={"mon": [("08:00", "18:00")]}))
    False
    """
    closes = spec.holidays or spec.days or spec.closed_dates or spec.closed_yearly
    return not closes and all(pieces == ((0, DAY_SECONDS),) for pieces in weekly_pieces(spec))


def _ready(spec: CalendarSpec) -> Calendars:
    return Calendars(
        hours=business_calendar(spec),
        wall=business_calendar(never_closed(spec.timezone, spec.name)),
        is_always_open=is_always_open(spec),
    )


def _rule(policy: Policy, section: Section, calendars: Mapping[str, Calendars], version: int) -> Rule:
    name = policy.calendar or section.calendar
    found = calendars[name]
    day_and_night = policy.clock == "wall" or found.is_always_open
    states = policy.pause_states if policy.pause_states is not None else section.pause_states
    if policy.pause_states is None and day_and_night:
        states = ("awaiting_customer",)  # 4.3: a critical clock pauses for the customer only
    return Rule(
        policy=policy,
        target_seconds=None if policy.target_minutes is None else policy.target_minutes * SECONDS_PER_MINUTE,
        calendar_name=name,
        calendar_version=version,
        calendar=found.counting(policy.clock),
        hours=found.hours,
        is_quiet=_is_quiet(policy, found),
        pause_states=frozenset(states),
    )


def _is_quiet(policy: Policy, calendars: Calendars) -> bool:
    return policy.announce == "open_hours" and not calendars.is_always_open


def _box(timebox: Timebox, section: Section, calendars: Mapping[str, Calendars]) -> BoxRule:
    name = timebox.calendar or section.calendar
    counting = timebox.clock or ("wall" if timebox.kind else "business")
    return BoxRule(
        box=timebox.box,
        level=timebox.level,
        kind=timebox.kind,
        limit_minutes=timebox.limit_minutes,
        at_limit=timebox.at_limit,
        calendar_name=name,
        counting=counting,
        calendar=calendars[name].counting(counting),
        pause_states=frozenset(section.pause_states),
    )


def _most_specific(rules: tuple[Rule, ...], subject: Subject) -> Rule | None:
    """The rule that asks for most of what the ticket is; between equals the smaller target, then the first (4.3)."""
    matching = [rule for rule in rules if _matches(rule.policy, subject)]
    return min(matching, key=lambda rule: (-_specificity(rule.policy), rule.target_seconds or 0), default=None)


def _matches(policy: Policy, subject: Subject) -> bool:
    asked = (
        (policy.plan, subject.plan),
        (policy.priority, subject.priority),
        (policy.area, subject.area),
        (policy.channel, subject.channel),
    )
    return all(wanted is None or wanted == found for wanted, found in asked)


def _specificity(policy: Policy) -> int:
    return sum(wanted is not None for wanted in (policy.plan, policy.priority, policy.area, policy.channel))
