"""When attention is due: start, target, calendar and the policy that holds (S27, S28, S30, S32)."""

from __future__ import annotations

from typing import Any

import pytest

from services.sla import domain
from services.sla.domain import Subject, terms_of
from services.sla.domain.terms import Terms
from services.sla.offer import Policy, Section
from tests.sla.folding import (
    fold,
    low,
    new_id,
    only,
    opening,
)
from tests.sla.shops import Life, at, local, scenario, section


def test_standard_sla_skips_weekends_holidays_and_the_closing_instant() -> None:
    story = scenario("S27")

    dues = [only(fold(low(one["registered"]))).due_at for one in story["when"]]

    assert dues == [at(due) for due in story["then"]["due"]]


def test_premium_has_a_team_until_20_00() -> None:
    story = scenario("S28")

    dues = [
        only(fold(opening(one["registered"], life=Life(plan=one["plan"], priority=one["priority"])))).due_at
        for one in story["when"]
    ]

    assert dues == [at(due) for due in story["then"]["due"]]


def test_critical_found_by_monitoring_at_night_counts_day_and_night() -> None:
    story = scenario("S30")
    found = story["when"][0]
    life = Life(priority="high")  # what Blocktime's page calls critical (B16)

    clock = only(fold(opening("2026-11-21T03:12", life=life, source="monitoring", detected=found["detected"])))

    assert clock.started_at == at(story["then"]["clock_started"])
    assert clock.due_at == at(story["then"]["due_24x7"])


def test_critical_on_the_tenants_business_calendar_waits_for_monday() -> None:
    story = scenario("S30")
    offered = section("blocktime")
    policy = Policy(priority="high", target_minutes=30)
    by_day = terms_of(Section(calendars=offered.calendars, calendar="business", policies=(policy,)), version=1)

    clock = only(fold(opening("2026-11-21T03:10", life=Life(priority="high")), shop=by_day))

    assert clock.due_at == at(story["then"]["due_if_tenant_sets_business_calendar"])


def test_next4_promises_by_plan_and_works_through_no_holiday() -> None:
    story = scenario("S32")

    dues = [
        only(fold(opening(one["registered"], life=Life(plan=one["plan"])), shop="next4")).due_at
        for one in story["when"]
    ]

    assert dues == [at(due) for due in story["then"]["due"]]


def test_a_customers_ticket_counts_from_its_registration_whenever_it_was_noticed() -> None:
    clock = only(fold(opening("2026-11-18T09:00", detected="2026-11-18T08:00")))

    assert local(clock.started_at) == "2026-11-18T09:00"


def test_no_time_at_all_is_due_now_in_hours_and_at_the_next_opening_outside() -> None:
    offered = section("blocktime")
    policy = Policy(target_minutes=0)
    at_once = terms_of(Section(calendars=offered.calendars, calendar="business", policies=(policy,)), version=1)

    inside = only(fold(opening("2026-11-18T09:00"), shop=at_once))
    outside = only(fold(opening("2026-11-18T19:00"), shop=at_once))

    assert (local(inside.due_at), local(outside.due_at)) == ("2026-11-18T09:00", "2026-11-19T08:00")
    assert [level.percent for level in inside.levels] == [100]


def test_a_due_instant_exactly_at_closing_stays_there() -> None:
    assert local(only(fold(low("2026-11-18T14:00"))).due_at) == "2026-11-18T18:00"


def test_warnings_are_business_time_too() -> None:
    clock = only(fold(low("2026-11-18T17:00")))

    assert [(level.percent, local(level.at)) for level in clock.levels] == [
        (75, "2026-11-19T10:00"),
        (90, "2026-11-19T10:36"),
        (100, "2026-11-19T11:00"),
    ]


def test_a_provider_that_promises_nothing_starts_no_clock() -> None:
    offered = section("blocktime")
    none = terms_of(Section(calendars=offered.calendars, calendar="business", policies=()), version=1)

    assert fold(low("2026-11-18T09:00"), shop=none).clocks == ()


POLICIES = (
    Policy(target_minutes=240),
    Policy(plan="PREMIUM", target_minutes=200),
    Policy(priority="medium", target_minutes=120),
    Policy(plan="PREMIUM", priority="medium", target_minutes=150),
    Policy(area="web", channel="phone", priority="low", target_minutes=500),
    Policy(metric="delivery", plan="PREMIUM", pause_states=("blocked",)),
)


def rules() -> Terms:
    offered = section("blocktime")
    return terms_of(Section(calendars=offered.calendars, calendar="business", policies=POLICIES), version=1)


@pytest.mark.parametrize(
    ("plan", "priority", "area", "channel", "minutes"),
    [
        ("START", None, None, "portal", 240),
        ("START", "medium", None, "portal", 120),
        ("PREMIUM", "medium", None, "portal", 150),  # most specific, though not the smallest
        ("PREMIUM", "low", None, "portal", 200),
        ("PREMIUM", "low", "web", "phone", 500),
        ("PREMIUM", "low", "web", "portal", 200),
    ],
)
def test_the_most_specific_wins(plan: str, priority: str | None, area: str | None, channel: str, minutes: int) -> None:
    rule = rules().attendance_rule(Subject(plan=plan, priority=priority, area=area, channel=channel))

    assert rule is not None
    assert rule.target_seconds == minutes * 60


def test_between_equally_specific_ones_the_smaller_target_wins() -> None:
    offered = section("blocktime")
    policies = (Policy(plan="PREMIUM", target_minutes=200), Policy(priority="medium", target_minutes=120))
    both = Section(calendars=offered.calendars, calendar="business", policies=policies)

    rule = terms_of(both, version=1).attendance_rule(
        Subject(plan="PREMIUM", priority="medium", area=None, channel="portal")
    )

    assert rule is not None
    assert rule.target_seconds == 120 * 60


def test_delivery_without_a_policy_is_counted_by_the_sections_calendar() -> None:
    ready = rules()

    premium = ready.delivery_rule(Subject(plan="PREMIUM", priority=None, area=None, channel="portal"))
    others = ready.delivery_rule(Subject(plan="START", priority=None, area=None, channel="portal"))

    assert premium.pause_states == {"blocked"}
    assert (others.calendar_name, len(others.pause_states)) == ("business", 4)


def test_a_clock_that_runs_day_and_night_pauses_for_the_customer_only() -> None:
    offered = section("blocktime")
    policies = (
        Policy(priority="a", target_minutes=30, calendar="always"),
        Policy(priority="b", target_minutes=30, clock="wall"),
        Policy(priority="c", target_minutes=30, clock="wall", pause_states=("blocked",)),
    )
    ready = terms_of(Section(calendars=offered.calendars, calendar="business", policies=policies), version=1)

    assert [rule.pause_states for rule in ready.attendance] == [
        {"awaiting_customer"},
        {"awaiting_customer"},
        {"blocked"},
    ]


@pytest.mark.parametrize(
    ("told", "attends"),
    [
        ({}, True),
        ({"automatic": True}, False),
        ({"public": False}, False),
        ({"role": "customer"}, False),
        ({"role": "system"}, False),
    ],
)
def test_only_a_person_of_the_staff_attends(told: dict[str, Any], attends: bool) -> None:  # noqa: FBT001
    message = Life().message("2026-11-18T09:00", **told)

    assert isinstance(domain.attention(message, id=new_id()), domain.Attended) is attends


def test_the_first_quote_and_no_additional_one() -> None:
    life = Life()

    assert domain.quote(life.quoted("2026-11-18T09:00"), id=new_id()) is not None
    assert domain.quote(life.quoted("2026-11-18T09:00", "additional"), id=new_id()) is None
