"""Time as it passes: timers, and entries that are taken back (N34, N40, 2.7)."""

from __future__ import annotations

import asyncio

import pytest

from shared.events.ticketing import TicketClosed, TimerStarted, TimerStopped, WorkLogged, WorkRemoved
from tests.ticketing.desk import CUSTOMER, Desk, at

pytestmark = pytest.mark.anyio

REMOTE = {"kind": "programming"}
LOST = "00000000-0000-7000-8000-000000000001"


async def started(desk: Desk, path: str, who: str = "ana") -> str:
    """A timer of somebody that runs; its path."""
    timer = await desk.post(f"{path}/timers", {**REMOTE, "professional_id": who}, status=201)
    return f"{path}/timers/{timer['id']}"


async def test_n34_a_stopped_timer_is_an_entry_of_whole_seconds(next4: Desk) -> None:
    path = await next4.approved(120)
    timer = await started(next4, path)
    next4.clock.move_to(at("2026-11-10T12:16:30"))

    stopped = await next4.post(f"{timer}/stop", {"note": "ajuste do formulário"})

    assert (stopped["seconds"], stopped["stopped_at"]) == (990, "2026-11-10T15:16:30Z")
    assert (await next4.get(path))["minutes_worked"] == 17
    (begun,), (told,) = await next4.facts(TimerStarted), await next4.facts(TimerStopped)
    assert (begun.timer_id, begun.professional_id, begun.kind) == (told.timer_id, "ana", "programming")
    (entry,) = await next4.facts(WorkLogged)
    assert (entry.seconds, entry.professional_id, entry.billable) == (990, "ana", True)
    assert await next4.refused(f"{timer}/stop") == (409, "timer_is_stopped", "N34")
    assert len(await next4.facts(WorkLogged)) == 1


async def test_n34_a_professional_is_in_one_place_at_a_time(next4: Desk) -> None:
    one, other = await next4.approved(60), await next4.approved(60)
    await started(next4, one)
    body = {**REMOTE, "professional_id": "ana"}
    assert await next4.refused(f"{other}/timers", body) == (409, "timer_runs", "N34")
    await started(next4, other, who="rui")
    assert len(await next4.facts(TimerStarted)) == 2


async def test_two_timers_of_one_professional_at_once_leave_one(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    await desk.open_shop("next4")
    paths = [await desk.approved(60) for _ in range(4)]
    body = {**REMOTE, "professional_id": "ana"}

    answers = await asyncio.gather(*(desk.ask("POST", f"{path}/timers", body) for path in paths))

    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert len(await desk.facts(TimerStarted)) == 1


async def test_n40_no_billable_timer_before_an_approved_estimate(next4: Desk) -> None:
    path = await next4.open()
    assert await next4.refused(f"{path}/timers", REMOTE) == (409, "estimate_required", "N40")
    assert await next4.facts(TimerStarted) == []
    await next4.post(f"{path}/timers", {**REMOTE, "billable": False}, status=201)
    assert (await next4.ask("POST", f"{path}/timers", REMOTE, who=CUSTOMER)).status == 403


async def test_27_nothing_ends_while_a_timer_runs(next4: Desk) -> None:
    path, other = await next4.approved(60), await next4.open()
    timer = await started(next4, path)
    told = await next4.names()
    for act in ("resolve", "close", "cancel"):
        assert await next4.refused(f"{path}/{act}", {}) == (409, "timer_still_runs", "2.7")
    assert await next4.names() == told
    assert [one["seconds"] for one in (await next4.get(f"{path}/timers"))["items"]] == [None]
    next4.clock.move_to(at("2026-11-10T12:30"))
    await next4.post(f"{timer}/stop")
    await next4.post(f"{path}/close", {})
    assert (await next4.facts(TicketClosed))[0].minutes == 30
    assert await next4.refused(f"{path}/timers", REMOTE) == (409, "ticket_is_closed", "2.7")
    assert (await next4.get(other))["status"] == "registered"


async def test_a_forgotten_timer_is_ended_when_the_work_was(next4: Desk) -> None:
    path = await next4.approved(60)
    timer = await started(next4, path)
    next4.clock.move_to(at("2026-11-12T09:00"))
    for wrong in ({}, {"ended_at": "2026-11-10T11:59:00-03:00"}, {"ended_at": "2026-11-12T09:00:01-03:00"}):
        assert (await next4.refused(f"{timer}/stop", wrong))[::2] == (422, "N34")
    stopped = await next4.post(f"{timer}/stop", {"ended_at": "2026-11-10T12:40:00-03:00"})
    assert stopped["seconds"] == 2400


async def test_27_a_wrong_entry_is_taken_back_while_its_round_is_open_and_never_after(next4: Desk) -> None:
    path = await next4.approved(120)
    for minutes in (45, 30):
        await next4.post(f"{path}/work", {"kind": "meeting", "minutes": minutes}, status=201)
    wrong = next(one for one in (await next4.get(f"{path}/work"))["items"] if one["seconds"] == 2700)
    entry = f"{path}/work/{wrong['id']}"
    assert (await next4.refused(f"{entry}/remove", {}))[0] in (400, 422)
    assert (await next4.refused(f"{path}/work/{LOST}/remove", {"reason": "x"}))[0] == 404

    await next4.post(f"{entry}/remove", {"reason": "lançado no chamado errado"})

    assert (await next4.get(path))["minutes_worked"] == 30
    assert [one["seconds"] for one in (await next4.get(f"{path}/work"))["items"]] == [1800]
    (told,) = await next4.facts(WorkRemoved)
    assert (str(told.entry_id), told.seconds, told.removed_by) == (wrong["id"], 2700, "agent-1")
    assert (await next4.get(f"{path}/history"))["items"][-1]["reason"] == "lançado no chamado errado"
    assert (await next4.refused(f"{entry}/remove", {"reason": "de novo"}))[0] == 404

    await next4.post(f"{path}/close", {})
    (kept,) = (await next4.get(f"{path}/work"))["items"]
    late = await next4.refused(f"{path}/work/{kept['id']}/remove", {"reason": "x"})
    assert late == (409, "round_is_closed", "2.7")
    assert [one.minutes for one in await next4.facts(TicketClosed)] == [30]
