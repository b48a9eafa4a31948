"""Reports: how promises were kept, what tickets took, and the ratios that are watched; counted by the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from shared import ids
from shared.events.ticketing import MeetingRequested, TicketAssigned
from tests.sla.conftest import Client
from tests.sla.shops import LONG_AGO, Life, Sla, at

pytestmark = pytest.mark.anyio

SPAN = "from=2026-11-01&to=2026-12-31"


@dataclass(frozen=True, slots=True)
class Autumn:
    """Four tickets: one answered and quick, one late and within the band, one slow, one that has just come."""

    quick: Life
    late: Life
    slow: Life
    new: Life


@pytest.fixture
async def autumn(next4: Sla) -> Autumn:
    """Next4's autumn: START promises attention within four business hours, office hours are 08:00 to 18:00."""
    quick, late, slow, new = (Life(plan=plan) for plan in ("START", "START", "ADVANCED", "ADVANCED"))
    await next4.hear(quick.opened("2026-11-16T09:00"), late.opened("2026-11-16T09:00"), slow.opened("2026-11-16T09:00"))
    await next4.hear(assigned(quick, "2026-11-16T09:30", "web"), assigned(late, "2026-11-16T09:30", "=cmd|calc"))
    await next4.hear(quick.message("2026-11-16T10:00"), slow.message("2026-11-16T10:00"))
    await next4.hear(late.paused("2026-11-16T10:00"), late.resumed("2026-11-16T12:00"))
    await next4.hear(quick.resolved("2026-11-16T14:00"))
    await next4.hear(replace(slow.escalated("2026-11-16T15:00"), to_level=3))
    await next4.move_to("2026-11-18T17:00")
    await next4.hear(late.resolved("2026-11-18T18:00"), slow.resolved("2026-11-19T09:00"))
    await next4.hear(late.closed("2026-11-25T09:00"))
    await next4.move_to("2026-12-01T09:00")
    await next4.hear(new.opened("2026-12-01T09:00"))
    return Autumn(quick=quick, late=late, slow=slow, new=new)


async def test_compliance_by_month_counts_met_breached_and_open(autumn: Autumn, client: Client) -> None:
    items = await report(client("agent", tenant="next4"), f"compliance?{SPAN}&by=month")

    assert items == [
        kept("2026-11", met=2, breached=1, met_percent="66.7"),
        kept("2026-12", open=1, met_percent=None),
    ]


async def test_compliance_by_plan_and_team_and_altogether(autumn: Autumn, client: Client) -> None:
    agent = client("agent", tenant="next4")

    assert await report(agent, f"compliance?{SPAN}&by=plan") == [
        kept("ADVANCED", met=1, open=1, met_percent="100.0"),
        kept("START", met=1, breached=1, met_percent="50.0"),
    ]
    teams = {one["group"]: (one["met"], one["breached"], one["open"]) for one in await teams_of(agent)}
    assert teams == {"=cmd|calc": (0, 1, 0), "web": (1, 0, 0), None: (1, 0, 1)}
    assert await report(agent, f"compliance?{SPAN}") == [kept(None, met=2, breached=1, open=1, met_percent="66.7")]
    assert await report(agent, "compliance?from=2026-11-17&to=2026-11-30") == []


async def test_a_customer_sees_the_compliance_of_its_own_organization_and_no_more(
    autumn: Autumn, client: Client
) -> None:
    customer = client("customer", tenant="next4", organization_id=autumn.late.organization_id)

    assert await report(customer, f"compliance?{SPAN}") == [kept(None, breached=1, met_percent="0.0")]
    assert (await customer.get(f"/v1/reports/resolution?{SPAN}")).status_code == 403
    assert await report(client("agent", tenant="blocktime"), f"compliance?{SPAN}") == []


async def test_resolution_says_what_was_taken_waited_and_where_it_falls_beside_the_band(
    autumn: Autumn, client: Client
) -> None:
    (whole,) = await report(client("agent", tenant="next4"), f"resolution?{SPAN}")

    assert (whole["tickets"], whole["resolved"]) == (4, 3)
    assert (whole["business_seconds"], whole["paused_seconds"]) == ((5 + 29 + 30) * 3600, 2 * 3600)
    assert (whole["quicker"], whole["within"], whole["slower"]) == (1, 1, 1)
    assert (whole["paused_percent"], whole["in_time_percent"]) == ("3.1", "66.7")
    assert (whole["third_level"], whole["third_level_percent"]) == (1, "25.0")


async def test_the_slowest_come_first_and_what_is_reopened_is_not_resolved(
    autumn: Autumn, next4: Sla, client: Client
) -> None:
    agent = client("agent", tenant="next4")
    before = await report(agent, f"slowest?{SPAN}&limit=2")
    await next4.hear(autumn.slow.reopened("2026-12-01T10:00"))

    after = await report(agent, f"slowest?{SPAN}")

    assert [(one["ticket_id"], one["business_seconds"]) for one in before] == [
        (str(autumn.slow.id), 30 * 3600),
        (str(autumn.late.id), 29 * 3600),
    ]
    assert [one["ticket_id"] for one in after] == [str(autumn.late.id), str(autumn.quick.id)]


async def test_a_spreadsheet_gets_text_where_somebody_wrote_a_formula(autumn: Autumn, client: Client) -> None:
    answer = await client("agent", tenant="next4").get(f"/v1/reports/compliance.csv?{SPAN}&by=team")

    header, *lines = answer.text.splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert header == "\ufeffgroup,metric,met,breached,open,met_percent"
    assert sorted(lines) == [
        "'=cmd|calc,attendance,0,1,0,0.0",
        ",attendance,1,0,1,100.0",
        "web,attendance,1,0,0,100.0",
    ]


async def test_more_meetings_than_a_tenth_of_the_tickets_are_a_warning_for_ninety_days(
    autumn: Autumn, next4: Sla, client: Client
) -> None:
    agent = client("agent", tenant="next4")
    before = (await agent.get("/v1/reports/meeting-ratio")).json()
    await next4.hear(meeting(autumn.new, "2026-12-01T09:30"))
    now = (await agent.get("/v1/reports/meeting-ratio")).json()
    next4.clock.move_to(at("2027-03-01T09:31"))

    later = (await agent.get("/v1/reports/meeting-ratio")).json()

    assert (before["meetings"], before["tickets"], before["is_above"]) == (0, 4, False)
    assert (now["meetings"], now["meeting_percent"], now["target_percent"], now["is_above"]) == (1, "25.0", 10, True)
    assert (later["meetings"], later["tickets"], later["meeting_percent"], later["is_above"]) == (0, 0, None, False)


@pytest.mark.parametrize("span", ["from=2026-12-01&to=2026-11-01", "from=2026-11-01&to=2037-11-01"])
async def test_a_span_that_is_none_is_refused(autumn: Autumn, client: Client, span: str) -> None:
    answer = await client("agent", tenant="next4").get(f"/v1/reports/compliance?{span}")

    assert (answer.status_code, answer.json()["field"], answer.json()["rule"]) == (422, "to", "no_such_span")


async def report(who: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The items of a report."""
    answer = await who.get(f"/v1/reports/{path}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def teams_of(who: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Compliance by team, in whatever order the database puts what has none."""
    return await report(who, f"compliance?{SPAN}&by=team")


def kept(group: str | None, *, met: int = 0, breached: int = 0, open: int = 0, met_percent: str | None) -> Any:
    """A line of compliance."""
    counts = {"met": met, "breached": breached, "open": open, "met_percent": met_percent}
    return {"group": group, "metric": "attendance"} | counts


def assigned(life: Life, when: str, team: str) -> TicketAssigned:
    """A team is in charge."""
    return TicketAssigned(
        ticket_id=life.id,
        contract_id=life.contract_id,
        organization_id=life.organization_id,
        number=1042,
        agent_id=None,
        team=team,
        level=1,
        assigned_at=at(when),
        assigned_by="n1",
    )


def meeting(life: Life, when: str) -> MeetingRequested:
    """A meeting was asked for."""
    return MeetingRequested(
        ticket_id=life.id,
        contract_id=life.contract_id,
        organization_id=life.organization_id,
        number=1042,
        meeting_id=ids.new_id(LONG_AGO),
        reason_code="briefing",
        minutes=30,
        professionals=1,
        by_customer=True,
        requested_at=at(when),
        requested_by="somebody",
    )
