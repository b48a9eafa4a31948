"""Messages, waits, promises: what the customer sees, and what the clocks are told (N15, N16, N38, B21, S-33, S-34)."""

from __future__ import annotations

import pytest

from shared.events.ticketing import MessagePosted, PromiseSet, TicketPaused, TicketResumed
from tests.ticketing.desk import CUSTOMER, MANAGER, Desk, at

pytestmark = pytest.mark.anyio

QUESTION = {"text": "Qual navegador?", "asks_customer": True}


async def test_n15_a_public_question_pauses_and_any_customer_message_resumes(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", QUESTION, status=201)
    assert (await next4.get(path))["status"] == "awaiting_customer"

    next4.clock.move_to(at("2026-11-10T15:00"))
    await next4.post(f"{path}/messages", {"text": "Firefox"}, status=201, who=CUSTOMER)

    assert (await next4.get(path))["status"] == "registered"
    assert await next4.names() == ["TicketOpened", "MessagePosted", "TicketPaused", "MessagePosted", "TicketResumed"]
    (paused,), (resumed,) = await next4.facts(TicketPaused), await next4.facts(TicketResumed)
    assert (paused.state, paused.paused_at) == ("awaiting_customer", at("2026-11-10T12:00"))
    assert (resumed.from_state, resumed.resumed_at) == ("awaiting_customer", at("2026-11-10T15:00"))


async def test_s33_what_is_attendance_can_be_told_from_the_fact(next4: Desk) -> None:
    path = await next4.open()
    for body in ({"text": "nota", "public": False}, {"text": "recebido", "automatic": True}, {"text": "Olá"}):
        await next4.post(f"{path}/messages", body, status=201)
    await next4.post(f"{path}/messages", {"text": "Olá"}, status=201, who=CUSTOMER)

    told = [(one.author_role, one.public, one.automatic) for one in await next4.facts(MessagePosted)]
    assert told == [
        ("staff", False, False),
        ("staff", True, True),
        ("staff", True, False),
        ("customer", True, False),
    ]
    assert not any("text" in type(one).__dataclass_fields__ for one in await next4.facts())


async def test_a_customer_sees_no_internal_note_and_writes_none(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", {"text": "cliente difícil", "public": False}, status=201)
    await next4.post(f"{path}/messages", {"text": "Olá"}, status=201)

    assert [one["text"] for one in (await next4.get(f"{path}/messages", who=CUSTOMER))["items"]] == ["Olá"]
    assert len((await next4.get(f"{path}/messages"))["items"]) == 2
    assert "difícil" not in str(await next4.get(f"{path}/history", who=CUSTOMER))
    for body in ({"text": "x", "public": False}, {"text": "x", "automatic": True}, QUESTION):
        assert (await next4.refused(f"{path}/messages", body, who=CUSTOMER))[0] == 403


async def test_a_question_that_nobody_sees_is_refused(next4: Desk) -> None:
    path = await next4.open()
    secret = {"text": "x", "public": False, "asks_customer": True}
    assert await next4.refused(f"{path}/messages", secret) == (422, "message_required", "N15")
    silent = {"state": "awaiting_customer", "message": "   "}
    assert await next4.refused(f"{path}/pause", silent) == (422, "message_required", "4.3")
    assert (await next4.refused(f"{path}/pause", {"state": "awaiting_customer"}))[0] in (400, 422)
    assert await next4.names() == ["TicketOpened"]


async def test_a_question_beside_an_open_quote_leaves_the_approval_awaited(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", QUESTION, status=201)
    await next4.estimate(path, 300, held=180)
    assert (await next4.get(path))["status"] == "awaiting_approval"
    told = [(type(one).__name__, getattr(one, "state", "")) for one in (await next4.facts())[-3:]]
    assert told == [("ApprovalRequested", ""), ("TicketResumed", ""), ("TicketPaused", "awaiting_approval")]

    await next4.post(f"{path}/messages", {"text": "Firefox"}, status=201, who=CUSTOMER)
    assert (await next4.get(path))["status"] == "awaiting_approval"
    assert (await next4.names())[-1] == "MessagePosted"


async def test_the_stage_reached_while_waiting_shows_when_the_wait_ends(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/messages", QUESTION, status=201)
    await next4.estimate(path, 60, held=60)
    assert (await next4.get(path))["status"] == "awaiting_customer"
    await next4.post(f"{path}/resume")
    assert (await next4.get(path))["status"] == "in_progress"
    assert await next4.refused(f"{path}/resume") == (409, "nothing_waits", "N15")


async def test_n38_blocked_names_an_impediment_and_words_alone_do_not_end_it(next4: Desk) -> None:
    path = await next4.open()
    told = {"state": "blocked", "message": "Precisamos do acesso ao painel."}
    assert await next4.refused(f"{path}/pause", told) == (422, "reason_required", "N38")
    assert await next4.refused(f"{path}/pause", {**told, "reason": "rain"}) == (422, "invalid", "N38")
    ticket = await next4.post(f"{path}/pause", {**told, "reason": "missing_access"})
    assert (ticket["status"], ticket["waiting_reason"]) == ("blocked", "missing_access")

    await next4.post(f"{path}/messages", {"text": "amanhã"}, status=201, who=CUSTOMER)
    assert (await next4.get(path))["status"] == "blocked"
    assert (await next4.post(f"{path}/resume"))["status"] == "registered"
    assert [(one.state, one.reason) for one in await next4.facts(TicketPaused)] == [("blocked", "missing_access")]


async def test_b21_a_visit_is_waited_for_until_it_begins(next4: Desk) -> None:
    path = await next4.open()
    visit = {"state": "scheduled", "message": "Visita amanhã às 9h."}
    for until in (None, "2026-11-10T12:00:00-03:00", "2030-01-01T09:00:00-03:00"):
        assert (await next4.refused(f"{path}/pause", {**visit, "until": until}))[2] == "B21"
    await next4.post(f"{path}/pause", {**visit, "until": "2026-11-11T09:00:00-03:00"})

    await next4.move_to(at("2026-11-11T11:00"))

    assert (await next4.get(path))["status"] == "registered"
    (resumed,) = await next4.facts(TicketResumed)
    assert (resumed.from_state, resumed.resumed_at) == ("scheduled", at("2026-11-11T09:00"))


async def test_n16_a_promise_lies_in_working_time_and_a_change_says_why(next4: Desk) -> None:
    path = await next4.open()
    refused = (422, "promise_outside_working_time", "N16")
    for text in ("2026-11-10T20:00", "2026-11-20T10:00", "2026-11-14T10:00", "2026-11-10T11:00", "2028-01-05T10:00"):
        assert await next4.refused(f"{path}/promise", {"promised_at": f"{text}:00-03:00"}) == refused, text
    assert (await next4.refused(f"{path}/promise", {"promised_at": "2026-11-11T15:00:00"}))[0] in (400, 422)

    first = {"promised_at": "2026-11-11T18:00:00-03:00"}
    assert (await next4.post(f"{path}/promise", first))["promised_at"] == "2026-11-11T21:00:00Z"
    again = {"promised_at": "2026-11-12T15:00:00-03:00"}
    assert await next4.refused(f"{path}/promise", again) == (422, "reason_required", "N16")
    await next4.post(f"{path}/promise", {**again, "reason": "dependência externa"})

    told = [(one.promised_at, one.previous_promised_at, one.reason) for one in await next4.facts(PromiseSet)]
    assert told == [
        (at("2026-11-11T18:00"), None, None),
        (at("2026-11-12T15:00"), at("2026-11-11T18:00"), "dependência externa"),
    ]


async def test_n16_the_provider_may_limit_changed_promises(desk: Desk) -> None:
    await desk.open_shop("next4", promise_changes_most=0)
    path = await desk.open()
    await desk.post(f"{path}/promise", {"promised_at": "2026-11-11T15:00:00-03:00"})
    again = {"promised_at": "2026-11-12T15:00:00-03:00", "reason": "atraso"}
    assert await desk.refused(f"{path}/promise", again, who=MANAGER) == (409, "promise_changed_too_often", "N16")


async def test_messages_are_paged_in_the_order_they_were_written(next4: Desk) -> None:
    path = await next4.open()
    for minute in range(5):
        next4.clock.move_to(at(f"2026-11-10T12:0{minute + 1}"))
        await next4.post(f"{path}/messages", {"text": f"m{minute}"}, status=201)
    first = await next4.get(f"{path}/messages?limit=3")
    second = await next4.get(f"{path}/messages?limit=3&cursor={first['next_cursor']}")
    assert [one["text"] for page in (first, second) for one in page["items"]] == ["m0", "m1", "m2", "m3", "m4"]
    assert second["next_cursor"] is None
