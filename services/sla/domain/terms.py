"""A provider's terms made ready: which promise holds for a ticket, and the calendar that it is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.sla.offer import Policy, Section
from shared.calendar import BusinessCalendar, CalendarSpec, business_calendar, never_closed
from shared.calendar.spec import DAY_SECONDS, weekly_pieces

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy of one version of the offer, with what it leaves to the section filled in.

    `target_seconds` is None for delivery, which is promised per ticket.
    """

    policy: Policy
    target_seconds: int | None
    calendar_name: str
    calendar: BusinessCalendar
    pause_states: frozenset[str]


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
    attendance: tuple[Rule, ...]
    delivery: tuple[Rule, ...]
    delivery_without_policy: Rule
    warning_percents: tuple[int, ...]
    grace_seconds: int

    def attendance_rule(self, subject: Subject) -> Rule | None:
        """The promise of attention for a ticket; None when the provider makes none."""
        return _most_specific(self.attendance, subject)

    def delivery_rule(self, subject: Subject) -> Rule:
        """By which calendar, and with which pauses, the promised instant of a ticket is counted."""
        return _most_specific(self.delivery, subject) or self.delivery_without_policy


def terms_of(section: Section, *, version: int) -> Terms:
    """Make a section of an offer ready. The section has been checked."""
    calendars = {name: calendar.spec(name) for name, calendar in section.calendars.items()}
    rules = [_rule(policy, section, calendars) for policy in section.policies]
    return Terms(
        version=version,
        attendance=tuple(rule for rule in rules if rule.policy.metric == "attendance"),
        delivery=tuple(rule for rule in rules if rule.policy.metric == "delivery"),
        delivery_without_policy=_rule(Policy(metric="delivery"), section, calendars),
        warning_percents=section.warning_percents,
        grace_seconds=section.grace_minutes * SECONDS_PER_MINUTE,
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


def _rule(policy: Policy, section: Section, calendars: Mapping[str, CalendarSpec]) -> Rule:
    name = policy.calendar or section.calendar
    spec = calendars[name]
    by_wall = policy.clock == "wall"
    day_and_night = by_wall or is_always_open(spec)
    states = policy.pause_states if policy.pause_states is not None else section.pause_states
    if policy.pause_states is None and day_and_night:
        states = ("awaiting_customer",)  # 4.3: a critical clock pauses for the customer only
    return Rule(
        policy=policy,
        target_seconds=None if policy.target_minutes is None else policy.target_minutes * SECONDS_PER_MINUTE,
        calendar_name=name,
        calendar=business_calendar(never_closed(spec.timezone, spec.name) if by_wall else spec),
        pause_states=frozenset(states),
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
