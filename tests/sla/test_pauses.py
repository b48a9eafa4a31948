"""What waiting does to a promise (4.3, S29, S-01 to S-07)."""

from __future__ import annotations

from services.sla import domain
from services.sla.domain import State
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
from tests.sla.shops import Life, local


def test_a_weekend_of_waiting_costs_two_hours_not_sixty_four() -> None:
    clock = only(
        fold(low("2026-11-13T15:00"), began("2026-11-13T17:00", "blocked"), over("2026-11-16T09:00", "blocked"))
    )

    assert seen(clock) == ("running", "2026-11-16T11:00")
    assert clock.generation == 2


def test_a_pause_outside_hours_changes_nothing() -> None:
    clock = only(fold(low("2026-11-18T17:00"), began("2026-11-18T19:00"), over("2026-11-19T07:00")))

    assert seen(clock) == ("running", "2026-11-19T11:00")


def test_overlapping_pauses_are_united_never_summed() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            began("2026-11-18T10:00"),
            began("2026-11-18T10:30", "blocked"),
            over("2026-11-18T11:00"),
            over("2026-11-18T12:00", "blocked"),
        )
    )

    assert seen(clock) == ("running", "2026-11-18T15:00")


def test_while_it_waits_what_is_left_stands_still() -> None:
    facts = (low("2026-11-18T09:00"), began("2026-11-18T10:00"))

    clock = only(fold(*facts))
    later = only(fold(*facts, prioritised("2026-12-18T10:00", "low")))

    assert (clock.state, clock.remaining_seconds, clock.next_due_at) == (State.PAUSED, 10_800, None)
    assert (clock.paused_for, local(clock.paused_at)) == ("awaiting_customer", "2026-11-18T10:00")
    assert (later.state, later.remaining_seconds) == (State.PAUSED, 10_800)


def test_a_ticket_opened_waiting_burns_nothing() -> None:
    clock = only(fold(low("2026-11-18T09:00"), began("2026-11-18T09:00"), over("2026-11-18T15:00")))

    assert seen(clock) == ("running", "2026-11-19T09:00")


def test_warnings_wait_as_well_and_those_of_before_stay_said() -> None:
    clock = only(fold(low("2026-11-18T09:00"), began("2026-11-18T12:30"), over("2026-11-18T14:00")))

    assert clock.percent_said == 75
    assert local(clock.next_due_at) == "2026-11-18T14:06"


def test_a_critical_clock_pauses_for_the_customer_only() -> None:
    start = opening("2026-11-18T09:00", life=Life(priority="high"))

    blocked = only(fold(start, began("2026-11-18T09:10", "blocked")))
    asked = only(fold(start, began("2026-11-18T09:10")))

    assert (blocked.state, asked.state) == (State.RUNNING, State.PAUSED)


def test_a_promise_broken_before_the_pause_stays_broken() -> None:
    clock = only(fold(low("2026-11-18T09:00"), began("2026-11-18T14:00"), over("2026-11-19T14:00")))

    assert clock.state is State.BREACHED


def test_an_appointed_visit_is_attention() -> None:
    clock = only(fold(low("2026-11-18T09:00"), began("2026-11-18T10:00", "scheduled")))

    assert (clock.state, clock.elapsed_seconds) == (State.MET, 3600)


def test_resuming_what_does_not_wait_is_no_fact() -> None:
    ticket = fold(low("2026-11-18T09:00"))

    assert domain.changes_nothing(ticket, over("2026-11-18T10:00"), {})


def test_reply_and_pause_of_one_second_give_the_same_in_either_order() -> None:
    start = low("2026-11-18T09:00")
    reply, pause = attended("2026-11-18T10:00"), began("2026-11-18T10:00")

    assert only(fold(start, reply, pause)) == only(fold(start, pause, reply))
