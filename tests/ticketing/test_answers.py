"""Answers that change, answers that do not come, and work that cannot wait for one (A-03, A-05, A-07, N38, N39)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

import msgspec
import pytest

from services.ticketing.domain import (
    Kind,
    State,
    Status,
    Ticket,
    estimates,
    life,
    reconsidering,
    refusals,
    reminding,
    worktime,
)
from services.ticketing.offer import Unanswered
from shared.events.ticketing import (
    ApprovalReminded,
    EmergencyBegun,
    EstimateApproved,
    EstimatePublished,
    EstimateWithdrawn,
    ImpedimentReminded,
    TicketCancelled,
    TicketPaused,
)
from tests.ticketing.desk import APPROVER, CUSTOMER, MANAGER, SPACE, Desk, at, held_hours, section
from tests.ticketing.pure import BLOCKTIME, NEXT4, NOON, a_ticket, hold, in_progress, later, publish

pytestmark = pytest.mark.anyio

YES = {"decision": "approve"}
NO = {"decision": "decline", "reason": "muito caro"}
LONG_WAIT = at("2026-11-24T18:00")  # five business days after the 16th, over the holiday of the 20th


def asked(*, minutes: int = 300, held: int = 180) -> Ticket:
    """A quote that waits for its answer."""
    ticket = publish(a_ticket(), minutes)
    return estimates.answer_hold(ticket, hold(ticket, held=held), at=NOON, offer=NEXT4)


def said_yes_after_all(ticket: Ticket) -> Ticket:
    """The declined quote, approved again a day later."""
    return reconsidering.repeat(ticket, 1, estimate_id=uuid5(SPACE, "again"), at=later(1), by="approver-1")


def test_a03_a_yes_after_a_no_asks_the_bank_again_and_holds_where_nothing_got_worse() -> None:
    declined = estimates.decline(asked(), 1, reason="caro", at=NOON, by="approver-1")
    again = said_yes_after_all(declined)
    assert (again.status, again.pending and again.pending.minutes) == (Status.ESTIMATED, 300)

    same = estimates.answer_hold(again, hold(again, held=180), at=later(1), offer=NEXT4)
    better = estimates.answer_hold(again, hold(again, held=300), at=later(1), offer=NEXT4)
    worse = estimates.answer_hold(again, hold(again, held=120), at=later(1), offer=NEXT4)

    assert [one.status for one in (same, better, worse)] == [
        Status.IN_PROGRESS,
        Status.IN_PROGRESS,
        Status.AWAITING_APPROVAL,
    ]
    assert (same.minutes_approved, same.estimates[-1].decided_by) == (300, "approver-1")
    assert {one.estimates[-1].decided_by for one in (same, better)} == {"approver-1"}


def test_a03_a_no_after_a_yes_takes_back_what_was_not_worked() -> None:
    approved = estimates.approve(asked(), 1, at=NOON, by="approver-1")
    taken = reconsidering.withdraw(approved, 1, reason="não", worked_minutes=0, at=later(1), by="approver-1")
    assert (taken.status, taken.minutes_approved, taken.estimates[0].state) == (Status.DECLINED, 0, State.DECLINED)
    with pytest.raises(refusals.AlreadyWorked):
        reconsidering.withdraw(approved, 1, reason=None, worked_minutes=1, at=later(1), by="approver-1")


def test_a03_additional_hours_are_taken_back_as_far_as_the_first_ones_cover_what_was_worked() -> None:
    more = publish(in_progress(120), 60, why="scope")
    both = estimates.approve(
        estimates.answer_hold(more, hold(more, held=60), at=NOON, offer=NEXT4), 2, at=NOON, by="approver-1"
    )
    taken = reconsidering.withdraw(both, 2, reason=None, worked_minutes=120, at=later(1), by="approver-1")
    assert (taken.status, taken.minutes_approved, taken.estimates[-1].kind) == (
        Status.IN_PROGRESS,
        120,
        Kind.ADDITIONAL,
    )
    with pytest.raises(refusals.AlreadyWorked):
        reconsidering.withdraw(both, 2, reason=None, worked_minutes=121, at=later(1), by="approver-1")
    with pytest.raises(refusals.AlreadyDecided):  # it was approved by itself: nobody was asked
        reconsidering.withdraw(both, 1, reason=None, worked_minutes=0, at=later(1), by="approver-1")


def test_a03_after_the_validity_of_the_quote_nothing_is_changed_any_more() -> None:
    declined = estimates.decline(asked(), 1, reason=None, at=NOON, by="approver-1")
    assert declined.estimates[0].valid_until == at("2026-11-17T18:00")
    with pytest.raises(refusals.AlreadyDecided):
        reconsidering.repeat(declined, 1, estimate_id=uuid5(SPACE, "late"), at=at("2026-11-17T18:00"), by="a")


async def test_a03_the_last_answer_in_the_portal_holds_and_each_is_kept(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    await next4.post(f"{path}/estimates/1/decision", NO, who=APPROVER)
    assert await next4.refused(f"{path}/estimates/1/decision", NO, who=APPROVER) == (409, "already_decided", "A-03")
    assert (await next4.refused(f"{path}/estimates/2/decision", YES, who=APPROVER))[0] == 404
    next4.clock.move_to(later(1))

    ticket = await next4.post(f"{path}/estimates/1/decision", YES, who=APPROVER)
    assert ticket["status"] == "estimated"
    await next4.hear(held_hours(path, ticket["estimates"][1]["id"], minutes=300, held=180))
    assert (await next4.get(path))["status"] == "in_progress"
    (approved,) = await next4.facts(EstimateApproved)
    assert (approved.estimate_number, approved.automatic, approved.approved_by) == (2, False, "approver-1")
    assert [one.minutes for one in await next4.facts(EstimatePublished)] == [300, 300]

    kept = (await next4.get(f"{path}/approvals"))["items"]
    assert [(one["estimate_number"], one["decision"]) for one in kept] == [(1, "declined"), (1, "approved")]


async def test_a03_as_long_as_the_quote_is_valid_the_last_of_many_answers_holds(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    for number in (1, 2, 3):
        assert (await next4.post(f"{path}/estimates/{number}/decision", NO, who=APPROVER))["status"] == "declined"
        ticket = await next4.post(f"{path}/estimates/{number}/decision", YES, who=APPROVER)
        await next4.hear(held_hours(path, ticket["estimates"][-1]["id"], minutes=300, held=180))
        assert (await next4.get(path))["status"] == "in_progress"

    next4.clock.move_to(at("2026-11-17T18:00"))
    assert await next4.refused(f"{path}/estimates/4/decision", NO, who=APPROVER) == (409, "already_decided", "A-03")


async def test_a03_a_yes_that_was_taken_back_is_told_to_the_bank(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    await next4.post(f"{path}/estimates/1/decision", YES, who=APPROVER)
    assert (await next4.refused(f"{path}/estimates/1/decision", NO, who=CUSTOMER))[0] == 403

    ticket = await next4.post(f"{path}/estimates/1/decision", NO, who=APPROVER)

    assert (ticket["status"], ticket["minutes_approved"]) == ("declined", 0)
    (told,) = await next4.facts(EstimateWithdrawn)
    assert (told.estimate_number, told.reason, told.withdrawn_by) == (1, "muito caro", "approver-1")
    assert [one.state for one in await next4.facts(TicketPaused)] == ["awaiting_approval", "awaiting_approval"]


async def test_a05_who_does_not_answer_is_asked_once_more_and_then_the_ticket_waits_and_says_why(next4: Desk) -> None:
    next4.clock.move_to(at("2026-11-16T10:00"))
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    await next4.move_to(LONG_WAIT + timedelta(minutes=1))

    (reminded,) = await next4.facts(ApprovalReminded)
    assert (reminded.reminded_at, reminded.valid_until) == (at("2026-11-18T10:00"), LONG_WAIT)
    ticket = await next4.get(path, who=CUSTOMER)
    assert (ticket["status"], ticket["waiting_reason"]) == ("awaiting_customer", "quote_expired")
    last = (await next4.facts(TicketPaused))[-1]
    assert (last.state, last.reason, last.paused_at) == ("awaiting_customer", "quote_expired", LONG_WAIT)
    assert "não teve resposta" in (await next4.get(f"{path}/messages", who=CUSTOMER))["items"][-1]["text"]

    await next4.post(f"{path}/messages", {"text": "Podem seguir"}, status=201, who=CUSTOMER)
    assert (await next4.get(path))["status"] == "triaged"
    await next4.estimate(path, 100, held=100)
    assert (await next4.get(path))["status"] == "in_progress"


async def test_a05_a_provider_may_give_up_what_nobody_answers(desk: Desk) -> None:
    await desk.open_shop("next4", unanswered=Unanswered(reminder_business_hours=None, then="cancel"))
    path = await desk.open()
    await desk.estimate(path, 300, held=180)
    await desk.move_to(at("2026-11-18T00:00"))

    (cancelled,) = await desk.facts(TicketCancelled)
    assert (cancelled.cancelled_at, cancelled.cancelled_by) == (at("2026-11-17T18:00"), "ticketing")
    assert (await desk.get(path))["status"] == "cancelled"
    assert await desk.facts(ApprovalReminded) == []


def test_a05_a_quote_that_ends_before_its_reminder_has_none() -> None:
    soon = msgspec.structs.replace(NEXT4, quote_validity_business_days=1)
    assert reminding.quote_due(soon, asked_at=NOON, valid_until=NOON + timedelta(days=1)) is None
    assert reminding.quote_due(NEXT4, asked_at=NOON, valid_until=LONG_WAIT) == at("2026-11-12T12:00")


def test_a07_only_what_is_critical_begins_before_its_approval_and_only_so_far() -> None:
    high = a_ticket(priority="high", stage=Status.TRIAGED)
    work = worktime.Work(kind="remote", billable=True, seconds=1800, started_at=NOON, professionals=2)
    assert worktime.check_work(high, work, at=NOON, offer=BLOCKTIME).emergency_at == NOON
    with pytest.raises(refusals.EmergencyUsedUp):
        worktime.check_work(high, work, at=NOON, offer=BLOCKTIME, round_seconds=1)
    with pytest.raises(refusals.EstimateRequired):
        worktime.check_work(replace(high, priority="low"), work, at=NOON, offer=BLOCKTIME)


async def test_a07_an_emergency_is_flagged_told_and_capped_and_is_not_charged_without_a_yes(blocktime: Desk) -> None:
    path = await blocktime.open()
    await blocktime.post(f"{path}/triage", {"priority": "high"})
    half = {"kind": "remote", "minutes": 20, "professionals": ["ana", "rui"]}
    await blocktime.post(f"{path}/work", half, status=201)

    (begun,) = await blocktime.facts(EmergencyBegun)
    assert (begun.priority, begun.most_minutes, begun.begun_by) == ("high", 60, "agent-1")
    ticket = await blocktime.get(path, who=CUSTOMER)
    assert (ticket["emergency_at"], ticket["minutes_approved"]) == ("2026-11-10T15:00:00Z", 0)
    assert await blocktime.refused(f"{path}/work", half) == (409, "emergency_used_up", "A-07")
    assert "60 minutos" in (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"][0]["text"]

    await blocktime.estimate(path, 90, held=0)
    await blocktime.post(f"{path}/estimates/1/decision", NO, who=APPROVER)
    await blocktime.post(f"{path}/resolve")
    assert await blocktime.refused(f"{path}/close", {}) == (409, "approval_required", "2.5")
    closed = await blocktime.post(f"{path}/close", {"write_off_minutes": 40}, who=MANAGER)
    assert closed["status"] == "closed"


def test_a07_a_provider_without_emergencies_waits_for_every_approval() -> None:
    assert NEXT4.emergency is None
    assert section("blocktime").emergency is not None


async def test_n38_the_customer_of_a_blocked_ticket_is_reminded_three_times_and_no_more(next4: Desk) -> None:
    path = await next4.open()
    blocked = {"state": "blocked", "reason": "missing_access", "message": "Falta o acesso ao painel."}
    await next4.post(f"{path}/pause", blocked)
    assert (await next4.get(path))["remind_at"] == "2026-11-12T21:00:00Z"

    await next4.move_to(at("2026-12-01T09:00"))

    told = [(one.times, one.is_last, one.reminded_at) for one in await next4.facts(ImpedimentReminded)]
    assert told == [
        (1, False, at("2026-11-12T18:00")),
        (2, False, at("2026-11-16T18:00")),
        (3, True, at("2026-11-18T18:00")),
    ]
    ticket = await next4.get(path)
    assert (ticket["status"], ticket["remind_at"], ticket["reminders"]) == ("blocked", None, 3)
    assert "cofre" in (await next4.get(f"{path}/messages", who=CUSTOMER))["items"][-1]["text"]
    assert "reminders" in ticket
    assert (await next4.post(f"{path}/resume"))["reminders"] == 0


async def test_n38_after_an_outage_the_customer_is_reminded_once_and_not_once_for_each_time(next4: Desk) -> None:
    path = await next4.open()
    blocked = {"state": "blocked", "reason": "missing_access", "message": "Falta o acesso ao painel."}
    await next4.post(f"{path}/pause", blocked)
    next4.clock.move_to(at("2026-12-01T09:00"))
    await next4.move_to(at("2026-12-01T09:01"))

    assert len(await next4.facts(ImpedimentReminded)) == 1
    assert (await next4.get(path))["remind_at"] == "2026-12-03T21:00:00Z"


async def test_n38_who_has_just_written_is_not_reminded_of_it_the_next_day(next4: Desk) -> None:
    path = await next4.open()
    blocked = {"state": "blocked", "reason": "missing_access", "message": "Falta o acesso ao painel."}
    await next4.post(f"{path}/pause", blocked)
    next4.clock.move_to(at("2026-11-12T10:00"))
    await next4.post(f"{path}/messages", {"text": "Vou pedir ao provedor"}, status=201, who=CUSTOMER)
    assert (await next4.get(path))["remind_at"] == "2026-11-16T21:00:00Z"


def test_n39_unsupported_hosting_is_reminded_of_after_five_business_days() -> None:
    assert reminding.impediment_due(NEXT4, "unsupported_hosting", at=NOON) == at("2026-11-17T18:00")
    assert reminding.impediment_due(NEXT4, "unknown", at=NOON) is None
    ticket = life.wait(
        a_ticket(), Status.BLOCKED, reason="unsupported_hosting", remind_at=NOON + timedelta(days=1), at=NOON
    )
    assert ticket.due_at == NOON + timedelta(days=1)
    assert replace(ticket, reminders=2).reminders == 2
    assert life.resume(replace(ticket, reminders=2)).reminders == 0
