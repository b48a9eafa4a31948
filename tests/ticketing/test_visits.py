"""Visits by appointment with their invitations, and meetings with their reasons (B21, N46-N49)."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest

from services.ticketing.offer import PlanFeatures
from shared.events.ticketing import (
    MeetingRequested,
    TicketPaused,
    TicketResumed,
    VisitCancelled,
    VisitMissed,
    VisitRescheduled,
    VisitScheduled,
)
from tests.ticketing.desk import AGENT, CUSTOMER, STRANGER, Desk, at, section

pytestmark = pytest.mark.anyio


def slot(day: int, hour: int = 14, **more: Any) -> dict[str, Any]:
    """Two hours of a technician in November."""
    starts, ends = f"2026-11-{day:02}T{hour}:00:00-03:00", f"2026-11-{day:02}T{hour + 2}:00:00-03:00"
    return {"technician_id": "rui", "starts_at": starts, "ends_at": ends, **more}


async def invitation(desk: Desk, path: str, visit_id: str, who: dict[str, Any] = CUSTOMER) -> icalendar.Calendar:
    """The file that the customer's calendar takes."""
    token = (await desk.ask("GET", path, who=who)).status
    assert token == 200
    answer = await desk.fetch(f"{path}/visits/{visit_id}.ics", who=who)
    assert answer.headers["content-type"].startswith("text/calendar")
    return icalendar.Calendar.from_ical(answer.content)


async def test_b21_a_visit_is_appointed_the_customer_reads_it_and_the_ticket_waits_for_it(blocktime: Desk) -> None:
    path = await blocktime.open()

    visit = await blocktime.post(f"{path}/visits", slot(12), status=201)

    assert (visit["sequence"], visit["state"], visit["timezone"]) == (0, "scheduled", "America/Sao_Paulo")
    assert (await blocktime.get(path))["status"] == "scheduled"
    (told,) = await blocktime.facts(VisitScheduled)
    assert (told.technician_id, told.starts_at, told.ends_at) == (
        "rui",
        at("2026-11-12T14:00"),
        at("2026-11-12T16:00"),
    )
    (said,) = (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"]
    assert said["text"] == "Visita agendada: 12/11/2026 14:00 até 12/11/2026 16:00 (America/Sao_Paulo)."
    assert [one.state for one in await blocktime.facts(TicketPaused)] == ["scheduled"]
    await blocktime.move_to(at("2026-11-12T14:00"))
    assert (await blocktime.get(path))["status"] == "registered"
    assert [one.resumed_at for one in await blocktime.facts(TicketResumed)] == [at("2026-11-12T14:00")]


async def test_b21_an_invitation_keeps_its_uid_and_raises_its_sequence(blocktime: Desk) -> None:
    path = await blocktime.open()
    visit = await blocktime.post(f"{path}/visits", slot(12), status=201)
    first = await invitation(blocktime, path, visit["id"])
    moved = await blocktime.post(f"{path}/visits/{visit['id']}/reschedule", slot(13))
    second = await invitation(blocktime, path, visit["id"])
    await blocktime.post(f"{path}/visits/{visit['id']}/cancel", {"reason": "viagem"})
    third = await invitation(blocktime, path, visit["id"])

    shown = [(one["METHOD"], one.events[0]["SEQUENCE"], one.events[0]["STATUS"]) for one in (first, second, third)]
    assert shown == [("REQUEST", 0, "CONFIRMED"), ("REQUEST", 1, "CONFIRMED"), ("CANCEL", 2, "CANCELLED")]
    assert len({one.events[0]["UID"] for one in (first, second, third)}) == 1
    assert second.events[0].start == at("2026-11-13T14:00")
    assert (moved["id"], moved["sequence"]) == (visit["id"], 1)
    (again,), (off,) = await blocktime.facts(VisitRescheduled), await blocktime.facts(VisitCancelled)
    assert (again.sequence, again.starts_at, off.sequence) == (1, at("2026-11-13T14:00"), 2)
    assert (await blocktime.get(path))["status"] == "registered"
    for act in ("reschedule", "cancel", "miss"):
        body = slot(14) if act == "reschedule" else {}
        over = await blocktime.refused(f"{path}/visits/{visit['id']}/{act}", body)
        assert over == (409, "visit_is_over", "B21")


async def test_an_invitation_is_for_who_may_read_the_ticket(blocktime: Desk) -> None:
    path = await blocktime.open()
    visit = await blocktime.post(f"{path}/visits", slot(12), status=201)
    for file, who in (
        (f"{visit['id']}.ics", STRANGER),
        ("nothing.ics", AGENT),
        (f"{visit['id']}", AGENT),
        ("00000000-0000-7000-8000-000000000001.ics", AGENT),
    ):
        assert (await blocktime.fetch(f"{path}/visits/{file}", who=who)).status_code == 404


async def test_b21_nobody_was_there(blocktime: Desk) -> None:
    path = await blocktime.open()
    visit = f"{path}/visits/{(await blocktime.post(f'{path}/visits', slot(12), status=201))['id']}"
    assert (await blocktime.refused(f"{visit}/miss", {}))[::2] == (422, "B21")
    await blocktime.move_to(at("2026-11-12T15:00"))
    assert (await blocktime.post(f"{visit}/miss", {"reason": "portaria não autorizou"}))["state"] == "missed"
    (told,) = await blocktime.facts(VisitMissed)
    assert (told.sequence, told.missed_at) == (0, at("2026-11-12T15:00"))


async def test_b21_the_visits_of_a_month_are_as_agreed_in_the_contract(blocktime: Desk) -> None:
    await blocktime.apply("blocktime", plan_features={"START": PlanFeatures(visits_per_month=1)})
    one, other = await blocktime.open(), await blocktime.open()
    first = await blocktime.post(f"{one}/visits", slot(12), status=201)
    assert await blocktime.refused(f"{other}/visits", slot(30)) == (409, "visit_quota_reached", "B21")
    await blocktime.post(f"{one}/visits/{first['id']}/reschedule", slot(19))
    next_month = {**slot(30), "starts_at": "2026-12-01T09:00:00-03:00", "ends_at": "2026-12-01T10:00:00-03:00"}
    await blocktime.post(f"{other}/visits", next_month, status=201)
    third = await blocktime.open()
    await blocktime.post(f"{third}/visits", slot(30, agreed=True), status=201)
    assert len(await blocktime.facts(VisitScheduled)) == 3


async def test_slots_that_cannot_be_are_refused(blocktime: Desk) -> None:
    path = await blocktime.open()
    for wrong in (
        slot(9),
        {**slot(12), "ends_at": "2026-11-12T13:00:00-03:00"},
        {**slot(12), "ends_at": "2026-11-14T13:00:00-03:00"},
        {**slot(12), "starts_at": "2028-11-14T13:00:00-03:00"},
    ):
        assert (await blocktime.refused(f"{path}/visits", wrong))[::2] == (422, "B21")
    assert await blocktime.facts(VisitScheduled) == []
    assert (await blocktime.get(path))["status"] == "registered"


async def test_n46_n48_n49_the_team_asks_for_a_meeting_for_a_reason_and_the_customer_sees_what_it_takes(
    next4: Desk,
) -> None:
    path = await next4.open()
    reason = next(iter(section("next4").meetings.reasons))
    wanted = {"minutes": 45, "professionals": 2}
    for wrong in (wanted, {**wanted, "reason_code": "coffee"}):
        assert await next4.refused(f"{path}/meetings", wrong) == (422, "meeting_needs_reason", "N46")
    assert await next4.facts(MeetingRequested) == []

    await next4.post(f"{path}/meetings", {**wanted, "reason_code": reason}, status=201)
    next4.clock.move_to(at("2026-11-10T12:01"))
    await next4.post(f"{path}/meetings", {"minutes": 30}, status=201, who=CUSTOMER)

    told = [
        (one.reason_code, one.minutes, one.professionals, one.by_customer)
        for one in (await next4.facts(MeetingRequested))
    ]
    assert told == [(reason, 45, 2, False), (None, 30, 1, True)]
    said = (await next4.get(f"{path}/messages", who=CUSTOMER))["items"][0]["text"]
    assert "45 minutos x 2 profissionais = 90 minutos" in said  # N34, N49
    assert [one["by_customer"] for one in (await next4.get(f"{path}/meetings"))["items"]] == [False, True]
