"""Sla's HTTP door: clocks in the order of the queue, calendars, the offer; who may see what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.sla.domain.labels import PLANS_MOST
from shared.clock import VirtualClock
from shared.pages import cursor_behind
from tests.sla.conftest import Client
from tests.sla.shops import Life, Sla, at, document

pytestmark = pytest.mark.anyio


async def read(client: Any, path: str) -> Any:
    """The body of a successful read."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_tickets_clock_can_be_read(next4: Sla, client: Client) -> None:
    life = Life(plan="START")
    await next4.hear(life.opened("2026-11-20T10:00"))
    agent = client("agent", tenant="next4")

    (clock,) = (await read(agent, f"/v1/clocks?ticket_id={life.id}"))["items"]

    assert clock["due_at"] == "2026-11-23T15:00:00Z"
    assert (clock["metric"], clock["state"], clock["generation"]) == ("attendance", "running", 1)
    assert (clock["calendar"], clock["counting"], clock["target_seconds"]) == ("business", "business", 14400)
    assert (clock["ticket_number"], clock["plan_code"], clock["terms_version"]) == (1042, "START", 1)
    assert await read(agent, f"/v1/clocks/{clock['clock_id']}") == clock


async def test_what_stands_still_has_no_due_instant_but_what_is_left(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T09:00"), life.paused("2026-11-18T10:00", "blocked"))

    (clock,) = (await read(client("agent"), f"/v1/clocks?ticket_id={life.id}"))["items"]

    assert (clock["state"], clock["due_at"], clock["remaining_seconds"]) == ("paused", None, 10800)
    assert (clock["paused_for"], clock["paused_at"]) == ("blocked", "2026-11-18T13:00:00Z")


async def test_the_queue_is_by_due_instant_then_rank_then_what_waits_then_what_is_over(
    blocktime: Sla, client: Client
) -> None:
    over, waits, late, soon, first = (Life(priority="low") for _ in range(5))
    await blocktime.hear(
        over.opened("2026-11-18T08:00"),
        over.message("2026-11-18T08:10"),
        waits.opened("2026-11-18T08:00"),
        waits.paused("2026-11-18T08:10"),
        late.opened("2026-11-18T12:00"),
        soon.opened("2026-11-18T09:00"),
        first.opened("2026-11-18T09:00"),
        first.contract(queue_rank=1),
        soon.contract(queue_rank=2),
    )
    agent = client("agent")

    whole = await read(agent, "/v1/clocks")
    pages = [await read(agent, "/v1/clocks?limit=2")]
    while pages[-1]["next_cursor"]:
        pages.append(await read(agent, f"/v1/clocks?limit=2&cursor={pages[-1]['next_cursor']}"))

    expected = [str(life.id) for life in (first, soon, late, waits, over)]
    assert [clock["ticket_id"] for clock in whole["items"]] == expected
    assert [clock["ticket_id"] for page in pages for clock in page["items"]] == expected
    assert (len(pages), whole["next_cursor"]) == (3, None)


async def test_it_can_be_narrowed_by_state_and_metric(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(
        life.opened("2026-11-18T09:00"),
        life.promised("2026-11-18T09:10", "2026-11-18T17:00"),
        life.message("2026-11-18T09:20"),
    )
    agent = client("agent")

    running = await read(agent, "/v1/clocks?state=running")
    attendance = await read(agent, f"/v1/clocks?metric=attendance&ticket_id={life.id}")
    none = await read(agent, "/v1/clocks?state=breached")

    assert [clock["metric"] for clock in running["items"]] == ["delivery"]
    assert [clock["state"] for clock in attendance["items"]] == ["met"]
    assert none == {"items": [], "next_cursor": None}


async def test_a_customer_sees_only_what_is_its_organizations(blocktime: Sla, client: Client) -> None:
    mine, others = Life(priority="low"), Life(priority="low")
    await blocktime.hear(mine.opened("2026-11-18T09:00"), others.opened("2026-11-18T09:00"))
    everything = (await read(client("agent"), "/v1/clocks"))["items"]
    ids = {clock["ticket_id"]: clock["clock_id"] for clock in everything}

    customer = client("customer", organization_id=mine.organization_id)
    seen = (await read(customer, "/v1/clocks"))["items"]
    of_others = (await read(customer, f"/v1/clocks?ticket_id={others.id}"))["items"]
    own = await customer.get(f"/v1/clocks/{ids[str(mine.id)]}")
    foreign = await customer.get(f"/v1/clocks/{ids[str(others.id)]}")

    assert ([clock["ticket_id"] for clock in seen], of_others) == ([str(mine.id)], [])
    assert (own.status_code, foreign.status_code) == (200, 404)


async def test_another_providers_clocks_are_not_there(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T09:00"))
    (clock,) = (await read(client("agent"), "/v1/clocks"))["items"]
    stranger = client("admin", tenant="next4")

    listed = await read(stranger, "/v1/clocks")
    by_ticket = await read(stranger, f"/v1/clocks?ticket_id={life.id}")
    one = await stranger.get(f"/v1/clocks/{clock['clock_id']}")

    assert (listed["items"], by_ticket["items"], one.status_code) == ([], [], 404)
    assert one.json()["code"] == "no_such_clock"


@pytest.mark.parametrize(
    "query",
    [
        "cursor=nonsense",
        "cursor=W10",
        "cursor=WzEsMiwzXQ",
        f"cursor={cursor_behind(['2026-01-01T00:00:00Z', 2**40, str(UUID(int=1))])}",
        f"cursor={cursor_behind(['0001-01-01T00:00:00+14:00', 1, str(UUID(int=1))])}",
        f"cursor={cursor_behind(['2026-01-01T00:00:00', 1, str(UUID(int=1))])}",
        "state=happy",
        "metric=luck",
        "limit=0",
        "limit=201",
        "ticket_id=7",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(blocktime: Sla, client: Client, query: str) -> None:
    answer = await client("agent").get(f"/v1/clocks?{query}")

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_list_carries_a_tag_and_is_not_sent_twice(blocktime: Sla, client: Client) -> None:
    await blocktime.hear(Life(priority="low").opened("2026-11-18T09:00"))
    agent = client("agent")

    first = await agent.get("/v1/clocks")
    second = await agent.get("/v1/clocks", headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, second.status_code) == (200, 304)


async def test_calendars_can_be_read_by_whoever_is_served_by_them(blocktime: Sla, client: Client) -> None:
    shown = await read(client("customer", organization_id=Life().organization_id), "/v1/calendars")

    assert (sorted(shown["items"]), shown["calendar"]) == (["always", "business", "premium"], "business")
    assert shown["items"]["premium"]["hours"]["mon"] == [["08:00", "20:00"]]


async def test_the_offer_is_applied_once_and_read_as_it_was_sent(blocktime: Sla, client: Client) -> None:
    admin = client("admin", tenant="next4")
    sent = document("next4")

    before = await admin.get("/v1/offers/sla")
    first = await admin.put("/v1/offers/sla", json=sent)
    again = await admin.put("/v1/offers/sla", json=sent)
    kept = await read(admin, "/v1/offers/sla")
    other = await admin.put("/v1/offers/sla", json=kept | {"grace_minutes": 45})

    assert before.status_code == 404
    assert (first.json(), again.json()) == ({"version": 1, "changed": True}, {"version": 1, "changed": False})
    assert other.json() == {"version": 2, "changed": True}
    assert (await admin.put("/v1/offers/sla", json=kept)).json() == {"version": 3, "changed": True}


async def test_an_offer_that_contradicts_itself_changes_nothing(blocktime: Sla, client: Client) -> None:
    admin = client("admin")
    before = await read(admin, "/v1/offers/sla")

    refused = await admin.put("/v1/offers/sla", json=before | {"calendar": "none"})
    unknown = await admin.put("/v1/offers/sla", json=before | {"surprise": 1})

    assert refused.status_code == 422
    assert (refused.json()["field"], refused.json()["rule"]) == ("calendar", "unknown_calendar")
    assert unknown.status_code in {400, 422}
    assert await read(admin, "/v1/offers/sla") == before


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("customer", 403), ("billing", 403), ("admin", 200)])
async def test_only_an_admin_reads_and_applies_the_offer(
    blocktime: Sla, client: Client, role: str, status: int
) -> None:
    somebody = client(role, organization_id=Life().organization_id if role == "customer" else None)

    assert (await somebody.get("/v1/offers/sla")).status_code == status
    assert (await somebody.put("/v1/offers/sla", json=document("blocktime"))).status_code == status


async def test_prometheus_is_told_of_breaches_and_of_the_time_to_due(blocktime: Sla, client: Client) -> None:
    broken, runs, promised = Life(plan="PRO", priority="low"), Life(priority="low"), Life(priority="low")
    await blocktime.hear(broken.opened("2026-11-18T09:00"))
    await blocktime.move_to("2026-11-18T13:00")
    await blocktime.hear(
        runs.opened("2026-11-18T10:00"),
        promised.opened("2026-11-18T12:00"),
        promised.promised("2026-11-18T12:10", "2026-11-20T17:00"),
    )
    await blocktime.settle()

    lines = (await client("agent").get("/metrics")).text.splitlines()

    assert 'sla_breaches_total{tenant="blocktime",plan="PRO",priority="low",metric="attendance"} 1' in lines
    low = 'tenant="blocktime",plan="START",priority="low"'
    assert f'sla_clocks_running{{{low},metric="attendance"}} 2' in lines
    assert f'sla_clocks_running{{{low},metric="delivery"}} 1' in lines
    assert f'sla_clocks_warned{{{low},metric="attendance"}} 1' in lines
    assert f'sla_seconds_to_due{{{low},metric="attendance"}} 3600.0' in lines
    assert "sla_oldest_due_seconds{} 0.0" in lines
    within = [
        line.rpartition(" ")[2] for line in lines if line.startswith("sla_clocks_due_within") and "attend" in line
    ]
    assert within == ["0", "0", "0", "1", "2", "2"]


async def test_prometheus_is_told_how_late_what_nobody_announces_is(
    blocktime: Sla, client: Client, clock: VirtualClock
) -> None:
    await blocktime.hear(Life(plan="PRO", priority="low").opened("2026-11-18T08:00"))
    clock.move_to(at("2026-11-18T11:02"))

    lines = (await client("agent").get("/metrics")).text.splitlines()

    assert "sla_oldest_due_seconds{} 120.0" in lines


async def test_however_many_plans_an_offer_names_prometheus_is_told_of_few(blocktime: Sla, client: Client) -> None:
    lives = [Life(plan=f"P{number:02}", priority="low") for number in range(30)]
    await blocktime.hear(*(life.opened("2026-11-18T09:00") for life in lives))
    running = [line for line in (await client("agent").get("/metrics")).text.splitlines() if "clocks_running{" in line]
    await blocktime.move_to("2026-11-18T13:00")

    lines = (await client("agent").get("/metrics")).text.splitlines()

    other = 'tenant="blocktime",plan="other",priority="low",metric="attendance"'
    assert len(running) == PLANS_MOST + 1
    assert f"sla_clocks_running{{{other}}} 10" in running
    assert f"sla_breaches_total{{{other}}} 10" in lines
    assert 'sla_breaches_total{tenant="blocktime",plan="P19",priority="low",metric="attendance"} 1' in lines
