"""Sla's section of an offer: what it must say, what it may not, and what applying it does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.sla.offer import Section
from shared.calendar import CalendarSpec, HolidaySource
from shared.errors import Invalid
from tests.sla.shops import document, section

OFFICE = {"timezone": "America/Sao_Paulo", "hours": {"mon": [["08:00", "18:00"]]}}


def offered(**changed: Any) -> Section:
    """A small section, changed."""
    small = {"calendars": {"office": OFFICE}, "calendar": "office", "policies": [{"target_minutes": 240}]}
    return msgspec.convert({**small, **changed}, Section)


@pytest.mark.parametrize("shop", ["next4", "blocktime"])
def test_the_shops_offers_are_sound(shop: str) -> None:
    section(shop).check()


def test_blocktime_bounds_the_first_approach_and_the_remote_session() -> None:
    own = section("blocktime")

    assert [(one.box, one.level, one.kind, one.limit_minutes, one.at_limit) for one in own.timeboxes] == [
        ("n1", 1, None, 30, "escalate"),
        ("remote", None, "remote", 60, "suggest"),
    ]


def test_next4_says_what_is_typical_and_promises_nothing_by_it() -> None:
    own = section("next4")

    assert own.typical_resolution is not None
    assert (own.typical_resolution.min_minutes, own.typical_resolution.max_business_days) == (360, 2)
    assert own.meeting_ratio_target_percent == 10


def test_a_calendar_is_what_the_engine_takes() -> None:
    eve = {"date": "2026-12-24", "kind": "partial", "windows": [["08:00", "12:00"]], "reason": "eve"}
    full = {
        **OFFICE,
        "name": "office",
        "holidays": {"subdivision": "SP"},
        "days": [eve],
        "closed_dates": ["2026-12-31"],
        "closed_yearly": ["01-25"],
    }

    spec = offered(calendars={"office": full}).calendars["office"].spec("office")

    assert msgspec.json.encode(spec) == msgspec.json.encode(msgspec.convert(full, CalendarSpec))
    assert spec.holidays == HolidaySource(subdivision="SP")


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"calendar": "none"}, "calendar", "unknown_calendar"),
        ({"policies": [{"target_minutes": 1, "calendar": "none"}]}, "policies[0].calendar", "unknown_calendar"),
        ({"policies": [{}]}, "policies[0].target_minutes", "target_of_metric"),
        (
            {"policies": [{"metric": "delivery", "target_minutes": 1}]},
            "policies[0].target_minutes",
            "target_of_metric",
        ),
        ({"policies": [{"plan": "A", "target_minutes": 1}] * 2}, "policies[0]", "policy_twice"),
        ({"warning_percents": [90, 75]}, "warning_percents", "not_rising"),
        ({"calendars": {"office": {**OFFICE, "name": "home"}}}, "calendars.office.name", "two_names"),
        ({"calendars": {"office": {**OFFICE, "timezone": "Sampa"}}}, "calendars.office.timezone", "unknown_zone"),
        ({"calendars": {"office": {**OFFICE, "hours": {}}}}, "calendars.office.hours", "never_opens"),
    ],
)
def test_what_contradicts_itself_is_refused_by_field_and_rule(changed: dict[str, Any], field: str, rule: str) -> None:
    with pytest.raises(Invalid) as refusal:
        offered(**changed).check()

    assert (refusal.value.field, refusal.value.rule_broken) == (field, rule)


@pytest.mark.parametrize(
    "changed",
    [
        {"surprise": 1},
        {"calendars": {"office": {**OFFICE, "windos": []}}},
        {"calendars": {"office": {**OFFICE, "holidays": {"citty": "SP"}}}},
        {"policies": [{"target_minutes": -1}]},
        {"policies": [{"target_minutes": 1, "pause_states": ["coffee"]}]},
        {"warning_percents": [100]},
        {"calendars": {}},
    ],
)
def test_what_nobody_knows_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        offered(**changed)


def test_a_section_reads_as_it_was_written() -> None:
    own = document("blocktime")

    assert msgspec.json.decode(msgspec.json.encode(section("blocktime")), type=Section) == msgspec.convert(own, Section)
