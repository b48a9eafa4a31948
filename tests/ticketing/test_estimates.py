"""Estimates and approvals over HTTP, the bank's answers put into the inbox (N17, N40-N42, S02, S10, S11, S17, S18)."""

from __future__ import annotations

import asyncio

import pytest

from shared.events.ticketing import (
    ApprovalRequested,
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    TicketClosed,
)
from shared.inbox import Outcome
from tests.ticketing.desk import (
    APPROVER,
    CUSTOMER,
    MANAGER,
    STRANGER,
    Desk,
    at,
    debited,
    held_hours,
    refused_hold,
)

pytestmark = pytest.mark.anyio

WORK = {"kind": "programming", "minutes": 100}
YES = {"decision": "approve"}
NO = {"decision": "decline", "reason": "muito caro"}


async def test_n17_what_the_bank_covers_approves_itself(next4: Desk) -> None:
    path = await next4.open()
    answer = await next4.ask("POST", f"{path}/estimates", {"minutes": 120})
    assert (answer.status, answer.headers["location"]) == (202, f"{path}/estimates/1")
    assert (answer.body["state"], answer.body["minutes_over"]) == ("requested", None)
    assert (await next4.get(path))["status"] == "estimated"

    assert await next4.hear(held_hours(path, answer.body["id"], minutes=120, held=120)) == [Outcome.APPLIED]

    one = await next4.get(answer.headers["location"], who=CUSTOMER)
    assert (one["state"], one["minutes_from_bank"], one["minutes_over"]) == ("approved", 120, 0)
    ticket = await next4.get(path)
    assert (ticket["status"], ticket["minutes_approved"]) == ("in_progress", 120)
    assert await next4.names() == ["TicketOpened", "EstimatePublished", "EstimateApproved"]
    (approved,) = await next4.facts(EstimateApproved)
    assert (approved.automatic, approved.minutes, approved.minutes_over) == (True, 120, 0)


async def test_s02_what_is_over_is_asked_and_work_waits_for_the_answer(next4: Desk) -> None:
    path = await next4.open()
    assert await next4.refused(f"{path}/work", WORK) == (409, "estimate_required", "N40")
    await next4.estimate(path, 330, held=180)

    (asked,) = await next4.facts(ApprovalRequested)
    assert (asked.minutes_from_bank, asked.minutes_over, asked.hour_price_cents) == (180, 150, 23000)
    assert asked.overage_cents == 57500
    assert (await next4.get(path))["status"] == "awaiting_approval"
    assert await next4.refused(f"{path}/work", WORK) == (409, "approval_pending", "N17")
    assert await next4.refused(f"{path}/close", {}) == (409, "approval_pending", "N17")
    assert await next4.refused(f"{path}/resolve") == (409, "approval_pending", "N17")

    ticket = await next4.post(f"{path}/estimates/1/decision", YES, who=APPROVER)
    assert (ticket["status"], ticket["minutes_approved"]) == ("in_progress", 330)
    (approved,) = await next4.facts(EstimateApproved)
    assert (approved.automatic, approved.minutes_over, approved.hour_price_cents) == (False, 150, 23000)
    assert approved.approved_by == "approver-1"

    await next4.post(f"{path}/work", {"kind": "programming", "minutes": 330}, status=201)
    ticket = await next4.post(f"{path}/close", {})
    assert ticket["status"] == "closed"
    (closed,) = await next4.facts(TicketClosed)
    assert (closed.minutes_actual, closed.minutes_written_off, closed.minutes) == (330, 0, 330)
    assert (closed.minutes_approved, closed.round) == (330, 1)

    await next4.hear(debited(path, minutes=330, over=150))
    (debit,) = (await next4.get(path))["debits"]
    assert (debit["minutes"], debit["minutes_over"], debit["by_lot"][0]["minutes"]) == (330, 150, 180)


async def test_s17_n42_a_declined_quote_declines_the_ticket_and_a_new_estimate_may_follow(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    ticket = await next4.post(f"{path}/estimates/1/decision", NO, who=APPROVER)

    assert (ticket["status"], ticket["minutes_approved"]) == ("declined", 0)
    (declined,) = await next4.facts(EstimateDeclined)
    assert (declined.kind, declined.reason) == ("initial", "muito caro")
    assert await next4.refused(f"{path}/work", WORK) == (409, "wrong_stage", "N40")
    await next4.estimate(path, 100, held=100)
    assert (await next4.get(path))["status"] == "in_progress"


async def test_s10_n41_additional_hours_need_a_justification_and_a_yes_even_when_covered(next4: Desk) -> None:
    path = await next4.approved(120)
    for empty in ("  ", "ab", None):
        more = {"minutes": 60, "justification": empty}
        assert await next4.refused(f"{path}/estimates", more) == (422, "justification_required", "N41")

    number = await next4.estimate(path, 60, held=60, why="plugin incompatible with PHP 8.4")
    assert (await next4.get(path))["status"] == "awaiting_approval"
    published = (await next4.facts(EstimatePublished))[-1]
    assert (published.kind, published.justification) == ("additional", "plugin incompatible with PHP 8.4")
    (asked,) = await next4.facts(ApprovalRequested)
    assert (asked.minutes_from_bank, asked.overage_cents) == (60, 0)
    await next4.post(f"{path}/work", WORK, status=201)

    ticket = await next4.post(f"{path}/estimates/{number}/decision", YES, who=APPROVER)
    assert (ticket["status"], ticket["minutes_approved"]) == ("in_progress", 180)
    await next4.post(f"{path}/work", {"kind": "programming", "minutes": 75}, status=201)
    await next4.post(f"{path}/close", {})
    assert (await next4.facts(TicketClosed))[0].minutes == 175


async def test_s11_a_close_above_the_approved_limit_is_refused_and_a_manager_writes_off(next4: Desk) -> None:
    path = await next4.approved(120)
    number = await next4.estimate(path, 45, held=45, why="scope")
    ticket = await next4.post(f"{path}/estimates/{number}/decision", NO, who=APPROVER)
    assert (ticket["status"], ticket["minutes_approved"]) == ("in_progress", 120)
    await next4.post(f"{path}/work", {"kind": "programming", "minutes": 150}, status=201)

    before = await next4.get(path)
    assert await next4.refused(f"{path}/close", {}) == (409, "approval_required", "2.5")
    agent_gives = {"write_off_minutes": 30}
    assert await next4.refused(f"{path}/close", agent_gives) == (403, "write_off_needs_manager", "2.5")
    too_much = {"write_off_minutes": 151}
    assert (await next4.refused(f"{path}/close", too_much, who=MANAGER))[0] == 422
    assert (await next4.refused(f"{path}/close", {"write_off_minutes": 29}, who=MANAGER))[1] == "approval_required"
    assert await next4.get(path) == before

    await next4.post(f"{path}/close", agent_gives, who=MANAGER)
    (closed,) = await next4.facts(TicketClosed)
    assert (closed.minutes_actual, closed.minutes_written_off, closed.minutes) == (150, 30, 120)
    assert closed.closed_by == "manager-1"


async def test_a02_a_newer_estimate_supersedes_the_unanswered_one(next4: Desk) -> None:
    path = await next4.open()
    first = await next4.post(f"{path}/estimates", {"minutes": 300}, status=202)
    await next4.estimate(path, 240, held=180)

    assert await next4.names() == [
        "TicketOpened",
        "EstimatePublished",
        "EstimateSuperseded",
        "EstimatePublished",
        "ApprovalRequested",
        "TicketPaused",
    ]
    (superseded,) = await next4.facts(EstimateSuperseded)
    assert str(superseded.estimate_id) == first["id"]
    late = held_hours(path, first["id"], minutes=300, held=180)
    assert await next4.hear(late) == [Outcome.APPLIED]
    (asked,) = await next4.facts(ApprovalRequested)
    assert asked.replaces_estimate_number is None  # the customer was never asked for the first
    assert (await next4.refused(f"{path}/estimates/1/decision", YES, who=APPROVER))[1] == "quote_superseded"
    await next4.post(f"{path}/estimates/2/decision", YES, who=APPROVER)


async def test_a02_the_customer_is_told_which_question_a_newer_one_replaces(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    await next4.post(f"{path}/estimates", {"minutes": 280}, status=202)  # superseded before the bank answers
    await next4.estimate(path, 240, held=180)
    await next4.post(f"{path}/estimates/3/decision", NO, who=APPROVER)

    asked = [(one.estimate_number, one.replaces_estimate_number) for one in await next4.facts(ApprovalRequested)]
    assert asked == [(1, None), (3, 1)]


async def test_a06_only_an_approver_of_the_organization_answers(next4: Desk) -> None:
    path = await next4.open()
    one = await next4.post(f"{path}/estimates", {"minutes": 300}, status=202)
    assert (await next4.refused(f"{path}/estimates/1/decision", YES, who=APPROVER))[1] == "approval_pending"
    await next4.hear(held_hours(path, one["id"], minutes=300, held=180))
    assert (await next4.refused(f"{path}/estimates/1/decision", YES, who=CUSTOMER))[0] == 403
    assert (await next4.refused(f"{path}/estimates/1/decision", YES, who=STRANGER))[0] == 404
    assert (await next4.get(path))["status"] == "awaiting_approval"


async def test_s18_an_unanswered_quote_expires_at_the_end_of_the_fifth_business_day(next4: Desk) -> None:
    next4.clock.move_to(at("2026-11-16T10:00"))
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    (asked,) = await next4.facts(ApprovalRequested)
    assert asked.valid_until == at("2026-11-24T18:00")

    await next4.move_to(at("2026-11-24T17:59"))
    assert (await next4.get(path))["status"] == "awaiting_approval"
    await next4.move_to(at("2026-11-26T09:00"))

    (expired,) = await next4.facts(EstimateExpired)
    assert expired.expired_at == at("2026-11-24T18:00")
    ticket = await next4.get(path)
    assert (ticket["status"], ticket["estimates"][0]["state"]) == ("awaiting_customer", "expired")
    assert (await next4.refused(f"{path}/estimates/1/decision", YES, who=APPROVER))[1] == "quote_expired"
    assert (await next4.names())[-5:] == [
        "ApprovalReminded",
        "MessagePosted",
        "EstimateExpired",
        "TicketResumed",
        "TicketPaused",
    ]


async def test_a08_an_answer_after_the_last_instant_is_refused_though_no_job_has_run(next4: Desk) -> None:
    next4.clock.move_to(at("2026-11-16T10:00"))
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    before = await next4.names()
    next4.clock.move_to(at("2026-11-24T18:00"))

    assert await next4.refused(f"{path}/estimates/1/decision", YES, who=APPROVER) == (409, "quote_expired", "A-08")
    assert await next4.names() == before
    await next4.post(f"{path}/estimates", {"minutes": 60}, status=202)
    assert (await next4.names())[-5:] == [
        "EstimateExpired",
        "TicketResumed",
        "TicketPaused",
        "EstimatePublished",
        "TicketResumed",
    ]


async def test_an_expired_additional_estimate_leaves_the_work_going_on(next4: Desk) -> None:
    path = await next4.approved(120)
    await next4.estimate(path, 60, held=60, why="scope")
    await next4.move_to(at("2026-11-30T09:00"))
    ticket = await next4.get(path)
    assert (ticket["status"], ticket["minutes_approved"]) == ("in_progress", 120)


async def test_the_banks_no_is_shown_and_another_estimate_may_follow(next4: Desk) -> None:
    path = await next4.open()
    one = await next4.post(f"{path}/estimates", {"minutes": 60}, status=202)
    await next4.hear(refused_hold(path, one["id"]))

    shown = await next4.get(f"{path}/estimates/1")
    assert (shown["state"], shown["reason"]) == ("refused", "2.9: the contract has ended")
    assert (await next4.get(path))["status"] == "triaged"
    await next4.estimate(path, 60, held=60)


async def test_prefer_wait_answers_with_what_the_bank_says(next4: Desk) -> None:
    path = await next4.open()
    wait = {"Prefer": "wait=20"}
    asking = asyncio.create_task(next4.ask("POST", f"{path}/estimates", {"minutes": 60}, headers=wait))
    committed = asyncio.Event()
    next4.database.on_commit.append(lambda _: committed.set())
    await committed.wait()
    (published,) = await next4.facts(EstimatePublished)
    await next4.hear(held_hours(path, str(published.estimate_id), minutes=60, held=60))

    answer = await asking
    assert (answer.status, answer.body["state"], answer.body["minutes_from_bank"]) == (200, "approved", 60)


async def test_a_fact_told_twice_changes_nothing(next4: Desk) -> None:
    path = await next4.approved(120)
    before = await next4.get(path)
    (fact,) = [held_hours(path, before["estimates"][0]["id"], minutes=120, held=120)]
    body = next4.sealed(fact)
    assert await next4.inbox.take([body, body]) == [Outcome.APPLIED, Outcome.DUPLICATE]
    assert await next4.get(path) == before

    await next4.post(f"{path}/close", {})
    debit = next4.sealed(debited(path, minutes=0, over=0))
    await next4.inbox.take([debit])
    version = (await next4.get(path))["version"]
    await next4.inbox.take([debit])
    await next4.hear(debited(path, minutes=0, over=0))
    ticket = await next4.get(path)
    assert (len(ticket["debits"]), ticket["version"]) == (1, version)


async def test_a_debit_of_a_ticket_that_was_never_here_parks_its_stream(next4: Desk) -> None:
    path = await next4.open()
    foreign = debited(path, minutes=10, over=0)
    assert await next4.hear(foreign, tenant="blocktime") == [Outcome.PARKED]
    assert (await next4.get(path))["debits"] == []
