"""Triage, levels, resolving, silence, reopening, closing, cancelling; versions and history."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.ticketing.app import build
from services.ticketing.offer import Rounding
from shared.events.billing import RoundingRule
from shared.events.ticketing import (
    EstimateExpired,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    WorkLogged,
)
from shared.jobs import run_due
from shared.settings import Settings
from tests.ticketing.desk import APPROVER, CONTRACT, CUSTOMER, DEMAND, OTHER_CONTRACT, Desk, activated, at, section

pytestmark = pytest.mark.anyio

MEETING = {"kind": "meeting", "minutes": 45}
UP: dict[str, Any] = {"mode": "up", "scope": "ticket", "minimum_minutes": 0, "version": 1}


async def test_b25_the_matrix_gives_the_priority_and_staff_may_say_another(blocktime: Desk) -> None:
    matrix = section("blocktime").triage.matrix
    path = await blocktime.open()
    impact, operation = next((i, o) for i, row in matrix.items() for o in row if row[o] == "low")
    ticket = await blocktime.post(f"{path}/triage", {"impact": impact, "operation": operation})
    assert (ticket["status"], ticket["priority"]) == ("triaged", "low")
    other = next(code for code in section("blocktime").priorities if code != "low")
    assert await blocktime.refused(f"{path}/triage", {"priority": other}) == (422, "reason_required", "4.3")
    assert (await blocktime.post(f"{path}/triage", {"priority": "low", "item": "microsoft_365"}))["priority"] == "low"
    ticket = await blocktime.post(f"{path}/triage", {"priority": other, "reason": "diretor parado"})
    assert ticket["priority"] == other

    told = [(one.priority, one.previous_priority, one.reason) for one in await blocktime.facts(TicketTriaged)]
    assert told == [("low", None, None), ("low", "low", None), (other, "low", "diretor parado")]
    for bad in ({}, {"priority": "urgent"}, {"impact": impact}, {"impact": "moon", "operation": operation}):
        assert (await blocktime.refused(f"{path}/triage", bad))[1] == "priority_unknown"


async def test_n28_without_priorities_a_triage_says_what_it_is_and_promises_nothing_else(next4: Desk) -> None:
    path = await next4.open()
    ticket = await next4.post(f"{path}/triage", {"area": "marketing", "item": "consulting"})
    assert (ticket["status"], ticket["priority"], ticket["item"]) == ("triaged", None, "consulting")
    assert await next4.facts(TicketTriaged) == []
    assert await next4.refused(f"{path}/triage", {"priority": "low"}) == (422, "priority_unknown", "B25")


async def test_b27_a_ticket_goes_up_the_levels_and_not_beyond(blocktime: Desk) -> None:
    path = await blocktime.open()
    assert (await blocktime.post(f"{path}/escalate", {"reason": "acesso remoto"}))["level"] == 2
    assert (await blocktime.post(f"{path}/escalate", {"to_level": 3}))["level"] == 3
    assert await blocktime.refused(f"{path}/escalate", {}) == (422, "no_such_level", "B27")
    assert await blocktime.refused(f"{path}/escalate", {"to_level": 2}) == (422, "no_such_level", "B27")
    told = [(one.from_level, one.to_level) for one in await blocktime.facts(TicketEscalated)]
    assert told == [(1, 2), (2, 3)]
    assert [one["number"] for one in (await blocktime.get("/v1/tickets?level=3"))["items"]] == [1]


async def test_s15_a_meeting_of_two_is_two_entries(next4: Desk) -> None:
    path = await next4.approved(120)
    logged = await next4.post(f"{path}/work", {**MEETING, "professionals": ["ana", "rui"], "note": "x"}, status=201)
    assert [(one["professional_id"], one["seconds"]) for one in logged["items"]] == [("ana", 2700), ("rui", 2700)]
    assert (await next4.get(path))["minutes_worked"] == 90
    assert len(await next4.facts(WorkLogged)) == 2
    await next4.post(f"{path}/close", {})
    assert (await next4.facts(TicketClosed))[0].minutes == 90

    (seen, _) = (await next4.get(f"{path}/work", who=CUSTOMER))["items"]
    assert seen["note"] is None
    assert (await next4.get(f"{path}/work"))["items"][0]["note"] == "x"


async def test_work_that_cannot_be_is_refused(next4: Desk) -> None:
    path = await next4.approved(120)
    for bad in (
        {"kind": "meeting"},
        {"kind": "meeting", "minutes": 1, "seconds": 60},
        {"kind": "meeting", "seconds": 0},
        {"kind": "meeting", "seconds": 86_401},
        {"kind": "juggling", "seconds": 60},
        {**MEETING, "professionals": ["ana", "ana"]},
        {**MEETING, "started_at": "2026-11-10T12:00:01-03:00"},
        {**MEETING, "started_at": "2020-11-10T12:00:00-03:00"},
        {**MEETING, "started_at": "0001-01-01T00:00:00+14:00"},
    ):
        assert (await next4.refused(f"{path}/work", bad))[0] in (400, 422), bad
    assert await next4.facts(WorkLogged) == []


async def test_l28_work_that_is_not_billable_needs_no_estimate_and_costs_nothing(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/work", {**MEETING, "billable": False}, status=201)
    await next4.post(f"{path}/resolve")
    await next4.post(f"{path}/close", {})
    assert (await next4.facts(TicketClosed))[0].minutes_actual == 0


async def test_the_tenant_may_bill_the_triage(desk: Desk) -> None:
    await desk.open_shop("next4", bill_triage=True)
    path = await desk.open()
    await desk.post(f"{path}/work", MEETING, status=201)
    await desk.estimate(path, 300, held=180)
    assert (await desk.refused(f"{path}/work", MEETING))[1] == "approval_pending"


async def test_b32_b33_b34_what_is_not_done_remotely_is_refused_for_remote_work(blocktime: Desk) -> None:
    excluded = next(
        code
        for code, item in section("blocktime").catalogue.items()
        if "excluded" in [ruling.value for ruling in item.by_attendance.values()]
    )
    agreed = next(
        code
        for code, item in section("blocktime").catalogue.items()
        if "needs_agreement" in [item.ruling.value, *(ruling.value for ruling in item.by_attendance.values())]
    )
    remote = {"kind": "remote", "minutes": 20, "billable": False}
    path = await blocktime.open(item=excluded)
    assert await blocktime.refused(f"{path}/work", remote) == (409, "not_done", "B32")
    path = await blocktime.open(item=agreed)
    assert await blocktime.refused(f"{path}/work", remote) == (409, "agreement_needed", "B33")
    await blocktime.estimate(path, 60, held=60)
    await blocktime.post(f"{path}/work", remote, status=201)


async def test_26_the_rounding_is_fixed_with_the_first_estimate(desk: Desk) -> None:
    await desk.open_shop("next4", rounding=Rounding(increment_minutes=15))
    path = await desk.approved(120)
    await desk.apply("next4", rounding=Rounding(increment_minutes=30))
    await desk.post(f"{path}/work", {"kind": "meeting", "seconds": 61}, status=201)
    assert (await desk.get(path))["minutes_worked"] == 15
    await desk.post(f"{path}/close", {})
    (closed,) = await desk.facts(TicketClosed)
    assert (closed.minutes_actual, closed.rounding) == (15, RoundingRule(increment_minutes=15, **UP))


async def test_26_a_contract_may_have_a_rounding_of_its_own(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, rounding=RoundingRule(increment_minutes=30, **UP | {"version": 7})))
    path = await next4.approved(120, contract_id=str(OTHER_CONTRACT))
    await next4.post(f"{path}/work", {**MEETING, "seconds": 61, "minutes": None, "billable": True}, status=201)
    await next4.post(f"{path}/work", {**MEETING, "billable": False}, status=201)
    assert (await next4.get(path))["minutes_worked"] == 30

    await next4.post(f"{path}/close", {})

    (closed,) = await next4.facts(TicketClosed)
    assert (closed.minutes, closed.rounding.increment_minutes, closed.rounding.version) == (30, 30, 7)
    assert {(one.seconds, one.billable, one.kind) for one in closed.entries} == {
        (61, True, "meeting"),
        (2700, False, "meeting"),
    }
    assert {one.entry_id for one in closed.entries} == {one.entry_id for one in await next4.facts(WorkLogged)}


async def test_n19_reopened_before_the_close_nothing_is_debited(next4: Desk) -> None:
    path = await next4.approved(120)
    await next4.post(f"{path}/work", MEETING, status=201)
    assert (await next4.post(f"{path}/resolve"))["status"] == "resolved"
    ticket = await next4.post(f"{path}/reopen", {"reason": "falta um campo"}, who=CUSTOMER)
    assert (ticket["status"], ticket["round"], ticket["auto_close_at"]) == ("in_progress", 1, None)
    (reopened,) = await next4.facts(TicketReopened)
    assert (reopened.after_close, reopened.round) == (False, 1)
    assert await next4.facts(TicketClosed) == []
    await next4.move_to(at("2026-12-01T09:00"))
    assert (await next4.get(path))["status"] == "in_progress"


async def test_27_reopened_after_the_close_a_new_round_has_its_own_estimate_and_debit(next4: Desk) -> None:
    path = await next4.approved(120)
    await next4.post(f"{path}/work", MEETING, status=201)
    await next4.post(f"{path}/close", {})
    assert await next4.refused(f"{path}/work", MEETING) == (409, "ticket_is_closed", "2.7")

    ticket = await next4.post(f"{path}/reopen", {}, who=CUSTOMER)
    assert (ticket["status"], ticket["round"], ticket["minutes_approved"]) == ("registered", 2, 0)
    assert await next4.refused(f"{path}/work", MEETING) == (409, "estimate_required", "N40")
    await next4.estimate(path, 30, held=30)
    await next4.post(f"{path}/work", {"kind": "meeting", "minutes": 20}, status=201)
    await next4.post(f"{path}/close", {})

    told = [(one.round, one.minutes_actual, one.minutes_approved) for one in await next4.facts(TicketClosed)]
    assert told == [(1, 45, 120), (2, 20, 30)]
    assert [(one.after_close, one.round) for one in await next4.facts(TicketReopened)] == [(True, 2)]


async def test_s35_three_business_days_of_silence_close_a_resolved_ticket(next4: Desk) -> None:
    next4.clock.move_to(at("2026-11-17T16:00"))
    path = await next4.approved(120)
    await next4.post(f"{path}/work", MEETING, status=201)
    ticket = await next4.post(f"{path}/resolve")
    assert ticket["auto_close_at"] == "2026-11-23T21:00:00Z"  # 18, 19, 23: the 20th is a holiday
    assert [one.closes_at for one in await next4.facts(TicketResolved)] == [at("2026-11-23T18:00")]

    await next4.move_to(at("2026-11-19T10:00"))
    await next4.post(f"{path}/messages", {"text": "vou conferir"}, status=201, who=CUSTOMER)
    await next4.move_to(at("2026-11-24T09:00"))
    assert (await next4.get(path))["status"] == "resolved"
    await next4.move_to(at("2026-11-27T09:00"))

    (closed,) = await next4.facts(TicketClosed)
    assert (closed.closed_at, closed.closed_by, closed.minutes) == (at("2026-11-25T18:00"), "ticketing", 45)
    assert (await next4.get(path))["closed_at"] == "2026-11-25T21:00:00Z"


async def test_silence_does_not_close_what_was_worked_beyond_the_approval(next4: Desk) -> None:
    path = await next4.approved(30)
    await next4.post(f"{path}/work", MEETING, status=201)
    await next4.post(f"{path}/resolve")
    await next4.move_to(at("2026-12-01T09:00"))

    assert (await next4.get(path))["status"] == "resolved"
    assert await next4.facts(TicketClosed) == []
    assert (await next4.get(f"{path}/history"))["items"][-1]["act"] == "auto_close_refused"


async def test_a_customer_closes_what_was_resolved_and_nothing_else(next4: Desk) -> None:
    path = await next4.approved(120)
    assert await next4.refused(f"{path}/close", {}, who=CUSTOMER) == (409, "not_resolved_yet", "N19")
    await next4.post(f"{path}/resolve")
    given = {"write_off_minutes": 1}
    assert (await next4.refused(f"{path}/close", given, who=CUSTOMER))[0] == 403
    assert (await next4.post(f"{path}/close", who=CUSTOMER))["status"] == "closed"


async def test_a_ticket_is_cancelled_while_no_billable_work_was_done(next4: Desk) -> None:
    path = await next4.open()
    await next4.estimate(path, 300, held=180)
    ticket = await next4.post(f"{path}/cancel", {"reason": "desistiu"}, who=CUSTOMER)
    assert (ticket["status"], ticket["estimates"][0]["state"]) == ("cancelled", "cancelled")
    assert (await next4.names())[-2:] == ["TicketResumed", "TicketCancelled"]
    assert await next4.refused(f"{path}/messages", {"text": "oi"}, who=CUSTOMER) == (409, "ticket_is_cancelled", "N31")
    assert (await next4.refused(f"{path}/reopen", {}))[1] == "ticket_is_cancelled"
    await next4.move_to(at("2026-12-01T09:00"))
    assert len(await next4.facts(TicketCancelled)) == 1

    worked = await next4.approved(120)
    await next4.post(f"{worked}/work", MEETING, status=201)
    assert await next4.refused(f"{worked}/cancel", {}, who=APPROVER) == (409, "work_was_done", "N19")


async def test_a_stale_write_is_refused_and_changes_nothing(blocktime: Desk) -> None:
    path = await blocktime.open()
    seen = await blocktime.ask("GET", path)
    first = await blocktime.ask("POST", f"{path}/triage", {"priority": "low"}, headers={"If-Match": seen.etag})
    second = await blocktime.ask("POST", f"{path}/triage", {"priority": "medium"}, headers={"If-Match": seen.etag})
    assert (first.status, second.status, second.body["code"]) == (200, 412, "stale")
    assert (await blocktime.get(path))["priority"] == "low"
    again = {"If-Match": first.etag}
    body = {"priority": "medium", "reason": "parou"}
    assert (await blocktime.ask("POST", f"{path}/triage", body, headers=again)).status == 200
    unchanged = await blocktime.ask("GET", path, headers={"If-None-Match": '"3"'})
    assert unchanged.status == 304


async def test_the_history_says_who_did_what_in_order(next4: Desk) -> None:
    path = await next4.approved(120)
    await next4.post(f"{path}/messages", {"text": "nota", "public": False}, status=201)
    await next4.post(f"{path}/work", MEETING, status=201)
    await next4.post(f"{path}/resolve")
    whole = await next4.get(f"{path}/history")
    acts = [(one["act"], one["acted_by"]) for one in whole["items"]]
    assert acts == [
        ("estimate_published", "agent-1"),
        ("estimate_approved", "hourbank"),
        ("message_posted", "agent-1"),
        ("work_logged", "agent-1"),
        ("resolved", "agent-1"),
    ]
    seen = await next4.get(f"{path}/history?limit=3", who=CUSTOMER)
    assert [one["act"] for one in seen["items"]] == ["estimate_published", "estimate_approved", "work_logged"]
    rest = await next4.get(f"{path}/history?limit=3&cursor={seen['next_cursor']}", who=CUSTOMER)
    assert [one["act"] for one in rest["items"]] == ["resolved"]


async def test_two_agents_at_once_and_forty_openings_at_once(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    await desk.open_shop("blocktime")
    demand = {**DEMAND, "contract_id": str(CONTRACT)}
    opened = await asyncio.gather(*(desk.post("/v1/tickets", demand, status=201) for _ in range(40)))
    assert sorted(one["number"] for one in opened) == list(range(1, 41))
    assert len(await desk.facts(TicketOpened)) == 40

    path = f"/v1/tickets/{opened[0]['id']}"
    version = {"If-Match": '"1"'}
    answers = await asyncio.gather(*(desk.ask("POST", f"{path}/escalate", {}, headers=version) for _ in range(8)))
    assert sorted(one.status for one in answers) == [200] + [412] * 7
    assert (await desk.get(path))["level"] == 2


async def test_two_runners_at_once_do_what_is_due_once(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    await desk.open_shop("next4")
    for _ in range(5):
        await desk.estimate(await desk.open(), 300, held=180)
    desk.clock.move_to(at("2026-11-30T09:00"))

    jobs = build(Settings()).jobs
    done = await asyncio.gather(*(run_due(desk.database, jobs) for _ in range(4)))

    assert sum(done) == 5
    assert len(await desk.facts(EstimateExpired)) == 5


async def test_open_tickets_are_a_figure(blocktime: Desk) -> None:
    path = await blocktime.open()
    await blocktime.post(f"{path}/triage", {"priority": "low"})
    await blocktime.post(f"{await blocktime.open()}/cancel", {})
    shown = (await blocktime.client.get("/metrics")).text
    assert 'tickets_open{tenant="blocktime",status="triaged"} 1' in shown
    assert 'status="cancelled"' not in shown


@pytest.mark.parametrize(
    ("part", "field", "body"),
    [
        ("messages", "text", {"text": " \n\t"}),
        ("pause", "message", {"state": "awaiting_customer", "message": "\u00a0"}),
        ("cancel", "reason", {"reason": " "}),
    ],
)
async def test_s33_what_is_blank_says_nothing(next4: Desk, part: str, field: str, body: dict[str, Any]) -> None:
    path = await next4.open()
    told = await next4.names()

    answer = await next4.ask("POST", f"{path}/{part}", body)

    assert (answer.status, answer.body["field"]) == (422, field)
    assert await next4.names() == told


async def test_n16_a_changed_promise_says_why_in_words(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/promise", {"promised_at": "2026-11-12T10:00:00-03:00"})
    again = {"promised_at": "2026-11-12T11:00:00-03:00", "reason": "  "}
    assert await next4.refused(f"{path}/promise", again) == (422, "reason_required", "N16")
    assert (await next4.get(path))["promised_at"] == "2026-11-12T13:00:00Z"


async def test_n37_a_demand_says_what_it_is_about(next4: Desk) -> None:
    for field in DEMAND:
        answer = await next4.ask("POST", "/v1/tickets", DEMAND | {field: "  "}, who=CUSTOMER)
        assert (answer.status, answer.body["field"]) == (422, field)
    assert await next4.names() == []
