"""The promised instant of delivery (N16)."""

from __future__ import annotations

from services.sla.domain import Metric, State
from tests.sla.folding import (
    began,
    fold,
    low,
    only,
    over,
    promised,
    resolved,
    seen,
)
from tests.sla.shops import local


def test_the_promised_instant_is_due_whatever_the_hours() -> None:
    at_night = only(fold(low("2026-11-18T09:00"), promised("2026-11-18T10:00", "2026-11-20T23:00")), Metric.DELIVERY)

    assert seen(at_night) == ("running", "2026-11-20T23:00")


def test_waiting_in_hours_moves_it_by_business_time() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            promised("2026-11-18T10:00", "2026-11-18T17:00"),
            began("2026-11-18T16:00", "blocked"),
            over("2026-11-19T09:00", "blocked"),
        ),
        Metric.DELIVERY,
    )

    assert seen(clock) == ("running", "2026-11-19T10:00")


def test_a_pause_on_the_holiday_moves_nothing() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            promised("2026-11-18T10:00", "2026-11-23T17:00"),
            began("2026-11-20T09:00", "blocked"),  # the 20 November holiday
            over("2026-11-20T17:00", "blocked"),
        ),
        Metric.DELIVERY,
    )

    assert seen(clock) == ("running", "2026-11-23T17:00")


def test_promised_while_waiting_it_counts_once_the_wait_is_over() -> None:
    facts = (low("2026-11-18T09:00"), began("2026-11-18T09:30"), promised("2026-11-18T10:00", "2026-11-18T12:00"))

    waiting = only(fold(*facts), Metric.DELIVERY)
    after = only(fold(*facts, over("2026-11-18T15:00")), Metric.DELIVERY)

    assert (waiting.state, waiting.remaining_seconds) == (State.PAUSED, 7200)
    assert seen(after) == ("running", "2026-11-18T17:00")


def test_a_pause_never_brings_a_promise_forward() -> None:
    clock = only(
        fold(
            low("2026-11-13T09:00"),
            promised("2026-11-13T10:00", "2026-11-14T12:00"),  # a Saturday
            began("2026-11-13T19:00", "blocked"),
            over("2026-11-13T20:00", "blocked"),
        ),
        Metric.DELIVERY,
    )

    assert seen(clock) == ("running", "2026-11-14T12:00")


def test_a_new_promise_moves_the_clock_and_does_not_count_the_waits_before_it() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            promised("2026-11-18T10:00", "2026-11-18T17:00"),
            began("2026-11-18T11:00", "blocked"),
            over("2026-11-18T12:00", "blocked"),
            promised("2026-11-18T12:00", "2026-11-19T17:00"),
        ),
        Metric.DELIVERY,
    )

    assert seen(clock) == ("running", "2026-11-19T17:00")
    assert (clock.generation, local(clock.started_at)) == (3, "2026-11-18T10:00")


def test_a_promise_after_a_broken_one_is_a_clock_of_its_own() -> None:
    ticket = fold(
        low("2026-11-18T09:00"),
        promised("2026-11-18T10:00", "2026-11-18T12:00"),
        promised("2026-11-18T13:00", "2026-11-18T17:00"),
        resolved("2026-11-18T16:00"),
    )

    deliveries = [clock for clock in ticket.clocks if clock.metric is Metric.DELIVERY]

    assert [(one.state.value, one.generation) for one in deliveries] == [("breached", 1), ("met", 2)]


def test_a_promise_in_the_past_is_broken_when_it_is_made() -> None:
    clock = only(
        fold(
            low("2026-11-18T09:00"),
            promised("2026-11-18T12:00", "2026-11-18T11:00"),
            resolved("2026-11-18T12:00:01"),
        ),
        Metric.DELIVERY,
    )

    assert clock.state is State.BREACHED
