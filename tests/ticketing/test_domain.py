"""The rules of tickets by themselves: the table, the estimates, the rounding, the close."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.ticketing.domain import State, Status, estimates, intake, life, refusals, worktime
from services.ticketing.domain.life import RULES, TRANSITIONS, Act, step
from services.ticketing.domain.values import STAGES, WAITS
from services.ticketing.offer import Rounding
from shared.errors import Forbidden, Invalid, NotFound, Refused
from tests.ticketing.desk import at
from tests.ticketing.pure import BLOCKTIME, NEXT4, NOON, POLICY, a_ticket, hold, in_progress, later, publish

REFUSALS = [kind for kind in vars(refusals).values() if isinstance(kind, type) and issubclass(kind, Refused)]
OF_EVERYBODY = {Forbidden, Invalid, NotFound, Refused}


def test_the_table_knows_every_act_and_only_stages() -> None:
    assert set(TRANSITIONS) == set(RULES) == set(Act)
    for row in TRANSITIONS.values():
        assert set(row) | set(row.values()) <= STAGES
    assert not STAGES & WAITS
    assert set(Status) == STAGES | WAITS


def test_what_is_not_in_the_table_is_refused_by_name() -> None:
    for act in Act:
        for stage in STAGES - set(TRANSITIONS[act]):
            with pytest.raises(Refused) as refused:
                step(stage, act)
            named = {Status.CLOSED: "ticket_is_closed", Status.CANCELLED: "ticket_is_cancelled"}
            assert refused.value.code == named.get(stage, "wrong_stage")
            assert refused.value.rule_broken is not None


def test_every_refusal_names_its_rule_the_tables_that_of_the_act() -> None:
    unnamed = {kind.__name__ for kind in REFUSALS if kind.rule is None and kind not in OF_EVERYBODY}
    assert unnamed == {"WrongStage"}


def test_from_every_stage_but_the_ends_a_ticket_can_still_end() -> None:
    ends = {Status.CLOSED, Status.CANCELLED}
    for stage in STAGES - ends:
        reached, fresh = {stage}, {stage}
        while fresh:
            fresh = {row[one] for one in fresh for row in TRANSITIONS.values() if one in row} - reached
            reached |= fresh
        assert ends <= reached, stage


@pytest.mark.parametrize(
    ("policy", "minutes"),
    [
        (Rounding(), 17),
        (Rounding(scope="entry"), 18),
        (Rounding(scope="entry", increment_minutes=15), 45),
        (Rounding(mode="nearest", increment_minutes=15), 15),
        (Rounding(increment_minutes=30), 30),
        (Rounding(mode="down"), 16),
    ],
)
def test_s14_rounding_policies_on_the_same_three_entries(policy: Rounding, minutes: int) -> None:
    assert worktime.rounded([620, 340, 30], policy) == minutes


def test_s14_no_entries_are_no_minutes_and_the_minimum_is_for_work() -> None:
    assert worktime.rounded([], Rounding(minimum_minutes=15)) == 0
    assert worktime.rounded([600], Rounding(minimum_minutes=15)) == 15
    assert worktime.rounded([60] * 10, Rounding(scope="entry", minimum_minutes=15)) == 150
    assert worktime.rounded([9001], Rounding(increment_minutes=30)) == 180  # L-26: 2 h 30 min 01 s


def test_s18_the_fifth_business_day_skips_the_holiday() -> None:
    asked = estimates.answer_hold(
        publish(a_ticket(), 300, at=at("2026-11-16T10:00")),
        hold(publish(a_ticket(), 300), held=180),
        at=at("2026-11-16T10:00"),
        offer=NEXT4,
    )
    assert asked.pending is not None
    assert asked.pending.valid_until == at("2026-11-24T18:00")


def test_an_estimate_needs_the_banks_whole_answer() -> None:
    ticket = publish(a_ticket(), 300)
    wrong = replace(hold(ticket, held=180), minutes_over=119)
    with pytest.raises(AssertionError, match="whole estimate"):
        estimates.answer_hold(ticket, wrong, at=NOON, offer=NEXT4)


def test_a_new_round_counts_only_its_own_approvals_and_keeps_the_numbers_going() -> None:
    closed = worktime.close(
        in_progress(120), [60], write_off_minutes=0, may_write_off=False, by_customer=False, at=NOON, policy=POLICY
    ).ticket
    again = publish(life.reopen(closed), 60)
    assert (again.minutes_approved, again.round, again.estimates[-1].number) == (0, 2, 2)
    assert again.estimates[-1].kind.value == "initial"
    assert again.estimates[0].state is State.APPROVED


@pytest.mark.parametrize(
    ("worked", "written_off", "minutes"), [(120, 0, 120), (150, 30, 120), (150, 150, 0), (0, 0, 0)]
)
def test_a_close_debits_what_was_worked_less_what_was_given_away(worked: int, written_off: int, minutes: int) -> None:
    closing = worktime.closing_of(in_progress(120), [worked * 60], write_off_minutes=written_off, policy=POLICY)
    assert (closing.minutes_actual, closing.minutes, closing.minutes_approved) == (worked, minutes, 120)


@pytest.mark.parametrize(("seconds", "written_off"), [(120 * 60 + 1, 0), (150 * 60, 29)])
def test_a_close_above_the_limit_is_refused(seconds: int, written_off: int) -> None:
    with pytest.raises(refusals.ApprovalRequired):
        worktime.closing_of(in_progress(120), [seconds], write_off_minutes=written_off, policy=POLICY)


def test_the_promise_of_a_plan_with_longer_hours_may_fall_into_them() -> None:
    evening = at("2026-11-11T19:00")
    premium = a_ticket(plan_code="PREMIUM")
    assert life.promise(premium, promised_at=evening, reason=None, at=NOON, offer=BLOCKTIME).promised_at == evening
    with pytest.raises(refusals.PromiseOutsideWorkingTime):
        life.promise(a_ticket(plan_code="PRO"), promised_at=evening, reason=None, at=NOON, offer=BLOCKTIME)


def test_a_visit_that_begins_while_an_approval_is_awaited_is_over_all_the_same() -> None:
    waiting = life.wait(in_progress(60), Status.SCHEDULED, until=later(1), at=NOON)
    more = publish(waiting, 30, why="scope")
    asked = estimates.answer_hold(more, hold(more, held=30), at=NOON, offer=NEXT4)
    assert (asked.status, asked.due_at) == (Status.AWAITING_APPROVAL, later(1))
    assert life.begin_visit(asked).waiting is None


def test_b13_b15_b16_the_triage_matrix_of_blocktime_is_the_seeds() -> None:
    found = {
        (impact, operation): intake.priority_for(BLOCKTIME, impact=impact, operation=operation)
        for impact, row in BLOCKTIME.triage.matrix.items()
        for operation in row
    }
    assert found == {
        ("one_user", "running"): "low",
        ("one_user", "stopped"): "medium",
        ("key_function", "running"): "medium",
        ("key_function", "stopped"): "medium",
        ("company", "running"): "high",
        ("company", "stopped"): "high",
    }
    with pytest.raises(refusals.PriorityUnknown):
        intake.priority_for(NEXT4, impact="company", operation="stopped")


def test_silence_counts_from_the_last_word() -> None:
    resolved = life.resolve(in_progress(60), at=at("2026-11-17T16:00"), offer=NEXT4)
    assert resolved.auto_close_at == at("2026-11-23T18:00")
    heard = life.hear_customer(resolved, at=at("2026-11-19T10:00"), offer=NEXT4)
    assert heard.auto_close_at == at("2026-11-25T18:00")
    told = life.hear_staff(resolved, public=True, asks_customer=True, at=at("2026-11-19T10:00"), offer=NEXT4)
    assert (told.status, told.auto_close_at) == (Status.RESOLVED, at("2026-11-25T18:00"))
    reminded = life.hear_staff(
        resolved, public=True, automatic=True, asks_customer=False, at=at("2026-11-19T10:00"), offer=NEXT4
    )
    assert reminded.auto_close_at == at("2026-11-23T18:00")


def test_work_is_remembered_for_a_year() -> None:
    for started in (NOON + timedelta(seconds=1), NOON - timedelta(days=367)):
        with pytest.raises(Invalid):
            worktime.check_work(
                in_progress(60),
                worktime.Work(kind="meeting", billable=True, seconds=60, started_at=started),
                at=NOON,
                offer=NEXT4,
            )
