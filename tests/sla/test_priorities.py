"""What another priority does to a promise (S31, S-11, S-12)."""

from __future__ import annotations

from services.sla.domain import State, terms_of
from services.sla.offer import Policy, Section
from tests.sla.folding import (
    attended,
    began,
    fold,
    low,
    only,
    opening,
    over,
    prioritised,
    seen,
)
from tests.sla.shops import Life, local, section


def test_a_raised_priority_counts_from_the_registration() -> None:
    clock = only(fold(low("2026-11-18T09:00"), prioritised("2026-11-18T10:00", "medium")))

    assert seen(clock) == ("running", "2026-11-18T11:00")
    assert (clock.priority, clock.generation, clock.target_seconds) == ("medium", 2, 7200)


def test_a_target_already_past_gives_half_an_hour_and_no_instant_breach() -> None:
    clock = only(fold(low("2026-11-18T09:00"), prioritised("2026-11-18T12:00", "medium")))

    assert seen(clock) == ("running", "2026-11-18T12:30")
    assert [local(level.at) for level in clock.levels] == [
        "2026-11-18T12:22:30",
        "2026-11-18T12:27",
        "2026-11-18T12:30",
    ]


def test_grace_is_business_time() -> None:
    clock = only(fold(low("2026-11-18T15:00"), prioritised("2026-11-18T17:45", "medium")))

    assert local(clock.due_at) == "2026-11-19T08:15"


def test_a_warning_that_is_past_already_waits_for_open_hours_and_comes_before_the_next_one() -> None:
    by_night = only(fold(low("2026-11-18T16:20"), prioritised("2026-11-18T22:00", "medium")))
    at_closing = only(fold(low("2026-11-18T16:12"), prioritised("2026-11-18T18:00", "medium")))

    assert [(level.percent, local(level.at)) for level in by_night.levels] == [
        (75, "2026-11-19T08:00"),
        (90, "2026-11-19T08:08"),
        (100, "2026-11-19T08:20"),
    ]
    assert [(level.percent, local(level.at)) for level in at_closing.levels] == [
        (75, "2026-11-18T18:00"),
        (90, "2026-11-18T18:00"),
        (100, "2026-11-19T08:12"),
    ]


def test_grace_never_outlasts_the_promise_that_was_there() -> None:
    clock = only(fold(low("2026-11-18T09:00"), prioritised("2026-11-18T12:50", "medium")))

    assert seen(clock) == ("running", "2026-11-18T13:00")


def test_a_lowered_priority_keeps_the_earlier_due_instant() -> None:
    start = opening("2026-11-18T09:00", life=Life(priority="medium"))

    clock = only(fold(start, prioritised("2026-11-18T09:30", "low")))

    assert seen(clock) == ("running", "2026-11-18T11:00")
    assert (clock.priority, clock.generation) == ("low", 1)


def test_a_critical_one_counts_the_night_as_well() -> None:
    clock = only(fold(low("2026-11-18T17:00"), prioritised("2026-11-18T19:00", "high")))

    assert seen(clock) == ("running", "2026-11-18T19:30")
    assert clock.calendar_name == "always"


def test_what_was_waited_for_before_survives() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            began("2026-11-18T09:30"),
            over("2026-11-18T10:30"),
            prioritised("2026-11-18T10:45", "medium"),
        )
    )

    assert seen(clock) == ("running", "2026-11-18T12:00")


def test_raised_while_waiting_it_still_waits() -> None:
    facts = (
        low("2026-11-18T09:00"),
        began("2026-11-18T10:00", "blocked"),
        prioritised("2026-11-18T11:00", "medium"),
    )

    waiting = only(fold(*facts))
    after = only(fold(*facts, over("2026-11-18T15:00", "blocked")))

    assert (waiting.state, waiting.remaining_seconds) == (State.PAUSED, 3600)
    assert seen(after) == ("running", "2026-11-18T16:00")


def test_what_does_not_pause_the_new_priority_lets_it_run() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            began("2026-11-18T10:00", "blocked"),
            prioritised("2026-11-18T10:10", "high"),
        )
    )

    assert seen(clock) == ("running", "2026-11-18T10:40")


def test_a_broken_promise_stays_broken() -> None:
    clock = only(fold(low("2026-11-18T09:00"), prioritised("2026-11-18T13:30", "medium")))

    assert (clock.state, local(clock.ended_at)) == (State.BREACHED, "2026-11-18T13:00")


def test_where_only_priorities_promise_the_first_one_starts_the_clock_at_the_registration() -> None:
    offered = section("blocktime")
    policies = (Policy(priority="low", target_minutes=240), Policy(priority="medium", target_minutes=60))
    by_priority = terms_of(Section(calendars=offered.calendars, calendar="business", policies=policies), version=1)
    start = opening("2026-11-18T09:00")

    first = only(fold(start, prioritised("2026-11-18T09:20", "low"), shop=by_priority))
    late = only(fold(start, prioritised("2026-11-18T10:20", "medium"), shop=by_priority))
    attended_before = fold(
        start, attended("2026-11-18T09:10"), prioritised("2026-11-18T09:20", "low"), shop=by_priority
    )

    assert (seen(first), local(first.started_at)) == (("running", "2026-11-18T13:00"), "2026-11-18T09:00")
    assert seen(late) == ("running", "2026-11-18T10:50")
    assert attended_before.clocks == ()
