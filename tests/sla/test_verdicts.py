"""How promises end: met, broken, cancelled, and begun again when a ticket is reopened."""

from __future__ import annotations

from services.sla import domain
from services.sla.domain import Cancelled, Metric, State
from tests.sla.folding import (
    attended,
    began,
    fold,
    low,
    new_id,
    only,
    over,
    prioritised,
    promised,
    reopened,
    resolved,
    seen,
)
from tests.sla.shops import at, local


def test_an_answer_in_time_keeps_the_promise_and_says_how_long_it_took() -> None:
    clock = only(fold(low("2026-11-18T17:00"), attended("2026-11-19T08:30:15")))

    assert seen(clock) == ("met", "2026-11-19T11:00")
    assert (clock.elapsed_seconds, local(clock.ended_at)) == (5415, "2026-11-19T08:30:15")


def test_an_answer_exactly_at_the_due_instant_is_in_time() -> None:
    assert only(fold(low("2026-11-18T17:00"), attended("2026-11-19T11:00"))).state is State.MET


def test_an_answer_after_it_is_a_breach_dated_by_the_due_instant() -> None:
    clock = only(fold(low("2026-11-18T17:00"), attended("2026-11-19T11:00:01")))

    assert clock.state is State.BREACHED
    assert local(clock.ended_at) == "2026-11-19T11:00"


def test_the_verdict_is_final() -> None:
    facts = (low("2026-11-18T09:00"), attended("2026-11-18T09:10"))

    assert only(fold(*facts, attended("2026-11-18T17:00"), resolved("2026-11-19T09:00"))) == only(fold(*facts))


def test_who_is_told_that_the_work_is_done_has_been_attended_to() -> None:
    assert only(fold(low("2026-11-18T09:00"), resolved("2026-11-18T12:00"))).state is State.MET


def test_a_ticket_closed_at_once_burns_nothing() -> None:
    clock = only(fold(low("2026-11-18T09:00"), resolved("2026-11-18T09:00")))

    assert (clock.state, clock.elapsed_seconds) == (State.MET, 0)


def test_a_cancelled_ticket_has_no_verdict_but_what_was_broken_before() -> None:
    gone = Cancelled(id=new_id(), at=at("2026-11-18T15:00"))

    ticket = fold(low("2026-11-18T09:00"), promised("2026-11-18T09:30", "2026-11-20T09:00"), gone)

    assert only(ticket).state is State.BREACHED
    assert only(ticket, Metric.DELIVERY).state is State.CANCELLED


def test_a_new_attendance_clock_starts_and_the_first_verdict_stays() -> None:
    ticket = fold(
        low("2026-11-18T09:00"),
        attended("2026-11-18T09:10"),
        resolved("2026-11-18T12:00"),
        reopened("2026-11-18T17:00"),
    )

    first, second = ticket.clocks

    assert (seen(first), first.elapsed_seconds) == (("met", "2026-11-18T13:00"), 600)
    assert (seen(second), second.generation) == (("running", "2026-11-19T11:00"), 2)


def test_waits_of_before_do_not_hold_it() -> None:
    ticket = fold(
        low("2026-11-18T09:00"),
        attended("2026-11-18T09:10"),
        began("2026-11-18T09:20"),
        resolved("2026-11-18T12:00"),
        reopened("2026-11-18T17:00"),
    )

    assert ticket.clocks[-1].state is State.RUNNING


def test_it_can_be_attended_to_and_resolved_again() -> None:
    ticket = fold(
        low("2026-11-18T09:00"),
        resolved("2026-11-18T12:00"),
        reopened("2026-11-18T17:00"),
        attended("2026-11-18T17:30"),
        resolved("2026-11-19T09:00"),
    )

    assert [(clock.state.value, clock.elapsed_seconds) for clock in ticket.clocks] == [
        ("met", 10_800),
        ("met", 1800),
    ]


def test_what_comes_after_the_end_is_no_fact() -> None:
    ticket = fold(low("2026-11-18T09:00"), resolved("2026-11-18T12:00"))
    late = (
        resolved("2026-11-18T13:00"),
        began("2026-11-18T13:00"),
        attended("2026-11-18T13:00"),
        promised("2026-11-18T13:00", "2026-11-19T13:00"),
        Cancelled(id=new_id(), at=at("2026-11-18T13:00")),
    )

    assert all(domain.changes_nothing(ticket, fact, {}) for fact in late)


def test_a_fact_is_read_as_it_was_kept() -> None:
    facts: list[domain.AnyFact] = [
        low("2026-11-18T09:00"),
        attended("2026-11-18T09:10"),
        promised("2026-11-18T09:10", "2026-11-19T09:00"),
        began("2026-11-18T09:20"),
        over("2026-11-18T09:30"),
        prioritised("2026-11-18T09:40", "high"),
        resolved("2026-11-18T12:00"),
        reopened("2026-11-18T17:00"),
        Cancelled(id=new_id(), at=at("2026-11-18T18:00")),
    ]

    assert [domain.from_text(domain.to_text(fact)) for fact in facts] == facts
