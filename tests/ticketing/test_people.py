"""Who may ask and say yes for a customer, at the moment of doing so (N12, A-06), and who of the team knows whom."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.ticketing import EstimateApproved, TicketAssigned
from tests.ticketing.desk import (
    ACME,
    AGENT,
    APPROVER,
    BETA,
    CONTRACT,
    CUSTOMER,
    DEMAND,
    MANAGER,
    OTHER_CONTRACT,
    STRANGER,
    Desk,
    activated,
    at,
)
from tests.ticketing.test_approvals import asked, follow

pytestmark = pytest.mark.anyio


async def keep(desk: Desk, person: str, **more: Any) -> dict[str, Any]:
    """Keep somebody of ACME."""
    answer = await desk.ask("PUT", f"/v1/people/{ACME}/{person}", {"name": "Maria", **more})
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def team(desk: Desk, agent: str, **more: Any) -> None:
    """Keep somebody of the team."""
    answer = await desk.ask("PUT", f"/v1/agents/{agent}", {"name": agent, "levels": [1], **more}, who=MANAGER)
    assert answer.status == 200, answer.body


async def trained(desk: Desk, agent: str, **more: Any) -> None:
    """Say that somebody was shown ACME's environment."""
    body = {"tour": "virtual", "toured_on": "2026-01-05", **more}
    answer = await desk.ask("PUT", f"/v1/coverage/{ACME}/{agent}", body, who=MANAGER)
    assert answer.status == 200, answer.body


async def test_n12_a_new_round_is_begun_by_who_may_open_and_an_adjustment_by_anybody(next4: Desk) -> None:
    open_still, closed = await next4.open(), await next4.open()
    for path in (open_still, closed):
        await next4.post(f"{path}/resolve")
    await next4.post(f"{closed}/close", who=CUSTOMER)
    await keep(next4, "customer-1", can_open=False)

    assert await next4.refused(f"{closed}/reopen", who=CUSTOMER) == (403, "may_not_open", "N12")
    assert (await next4.get(closed))["status"] == "closed"
    assert (await next4.post(f"{open_still}/reopen", who=CUSTOMER))["status"] == "in_progress"
    assert (await next4.post(f"{closed}/reopen"))["round"] == 2


async def test_n12_any_authorised_contact_opens_and_nobody_else_of_the_customer(next4: Desk) -> None:
    await next4.open()  # nobody is kept: the token decides
    await keep(next4, "approver-1")

    unknown = await next4.refused("/v1/tickets", DEMAND, who=CUSTOMER)
    await keep(next4, "customer-1", can_open=False)
    barred = await next4.refused("/v1/tickets", DEMAND, who=CUSTOMER)
    assert (unknown, barred) == ((403, "may_not_open", "N12"), (403, "may_not_open", "N12"))
    assert len((await next4.get("/v1/tickets"))["items"]) == 1

    await keep(next4, "customer-1")
    await next4.open()
    await next4.open(who=AGENT, contract_id=str(CONTRACT))  # on behalf of whoever called
    assert len((await next4.get("/v1/tickets"))["items"]) == 3


@pytest.mark.parametrize("way", ["portal", "link", "chat"])
async def test_a06_the_right_to_approve_is_looked_up_when_somebody_decides(next4: Desk, way: str) -> None:
    path, link = await asked(next4)
    await keep(next4, "approver-1", can_approve_spend=True)
    await keep(next4, "approver-1", can_approve_spend=False)
    before, told = await next4.get(path), await next4.names()

    async def decide() -> int:
        if way == "portal":
            body = {"decision": "approve"}
            return (await next4.ask("POST", f"{path}/estimates/1/decision", body, who=APPROVER)).status
        return (await follow(next4, "POST", link, json={"decision": "approve", "channel": way})).status_code

    assert await decide() == 403
    assert (await next4.get(path), await next4.names()) == (before, told)

    await keep(next4, "approver-1", can_approve_spend=True, active=False)
    assert await decide() == 403
    await keep(next4, "approver-1", can_approve_spend=True)
    assert await decide() == 200
    [approved] = await next4.facts(EstimateApproved)
    assert approved.approved_by == "approver-1"


async def test_a06_the_bank_approves_by_itself_whoever_is_kept(next4: Desk) -> None:
    path = await next4.open()
    await keep(next4, "somebody", can_approve_spend=False)
    await next4.estimate(path, 60, held=60)
    assert (await next4.get(path))["status"] == "in_progress"


async def test_n12_people_are_kept_per_organization_by_version(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    first, same, other = await keep(next4, "a"), await keep(next4, "a"), await keep(next4, "a", email="a@example.com")
    stale = await next4.ask("PUT", f"/v1/people/{ACME}/a", {"name": "B"}, headers={"If-Match": '"1"'})

    assert [one["version"] for one in (first, same, other)] == [1, 1, 2]
    assert stale.status == 412
    shown = await next4.get(f"/v1/people/{ACME}", who=CUSTOMER)
    assert [one["name"] for one in shown["items"]] == ["Maria"]
    assert (await next4.ask("GET", f"/v1/people/{ACME}", who=STRANGER)).status == 404
    assert (await next4.ask("PUT", f"/v1/people/{ACME}/a", {"name": "B"}, who=CUSTOMER)).status == 403
    await next4.open(who=STRANGER)  # BETA keeps nobody


async def test_b28_who_is_put_in_charge_is_of_the_team_and_serves_the_level(blocktime: Desk) -> None:
    path = await blocktime.open()
    await blocktime.post(f"{path}/assign", {"agent_id": "whoever"})  # no team is kept yet
    await team(blocktime, "ana", levels=[1], teams=["network"], skills=["firewall"])
    await team(blocktime, "bia", levels=[2, 3], active=False)

    unknown = await blocktime.refused(f"{path}/assign", {"agent_id": "whoever"})
    inactive = await blocktime.refused(f"{path}/assign", {"agent_id": "bia"})
    other_team = await blocktime.refused(f"{path}/assign", {"agent_id": "ana", "team": "servers"})
    await blocktime.post(f"{path}/assign", {"agent_id": "ana", "team": "network"})
    await blocktime.post(f"{path}/escalate", {})
    too_high = await blocktime.refused(f"{path}/assign", {"agent_id": "ana"})

    assert [unknown, inactive] == [(422, "agent_unknown", "B24")] * 2
    assert [other_team, too_high] == [(422, "agent_of_other_level", "B28")] * 2
    assert [fact.agent_id for fact in await blocktime.facts(TicketAssigned)] == ["whoever", "ana"]
    wrong = await blocktime.ask("PUT", "/v1/agents/x", {"name": "x", "levels": [9]}, who=MANAGER)
    assert (wrong.status, wrong.body["code"]) == (422, "no_such_level")
    assert [one["skills"] for one in (await blocktime.get("/v1/agents"))["items"]] == [["firewall"], []]


async def test_b30_b31_under_two_trained_agents_a_customer_is_shown_with_a_warning(blocktime: Desk) -> None:
    for agent in ("ana", "bia"):
        await team(blocktime, agent)
    await trained(blocktime, "ana", expires_on="2027-01-05")
    [one] = (await blocktime.get("/v1/coverage"))["items"]
    assert (one["warns"], one["least"], [row["agent_id"] for row in one["trained"]]) == (True, 2, ["ana"])

    await trained(blocktime, "bia", tour="physical", toured_on="2026-11-10")
    [both] = (await blocktime.get("/v1/coverage"))["items"]
    await blocktime.move_to(at("2027-01-04T23:59"))
    [last_day] = (await blocktime.get("/v1/coverage"))["items"]
    await blocktime.move_to(at("2027-01-05T00:00"))
    [expired] = (await blocktime.get("/v1/coverage"))["items"]
    assert (both["warns"], last_day["warns"], expired["warns"]) == (False, False, True)
    assert [row["agent_id"] for row in expired["lapsed"]] == ["ana"]

    await trained(blocktime, "ana", toured_on="2027-01-04")
    await team(blocktime, "bia", active=False)  # who has left covers nobody
    [left] = (await blocktime.get("/v1/coverage"))["items"]
    assert [row["agent_id"] for row in left["trained"]] == ["ana"]


async def test_b30_a_tour_is_of_an_agent_and_a_customer_that_are_known(blocktime: Desk) -> None:
    await team(blocktime, "ana")
    tour = {"tour": "virtual", "toured_on": "2026-01-05"}
    nobody = await blocktime.ask("PUT", f"/v1/coverage/{ACME}/x", tour, who=MANAGER)
    nowhere = await blocktime.ask("PUT", f"/v1/coverage/{BETA}/ana", tour, who=MANAGER)
    never = await blocktime.ask("PUT", f"/v1/coverage/{ACME}/ana", {**tour, "expires_on": "2026-01-05"}, who=MANAGER)
    assert [nobody.status, nowhere.status, never.status] == [422, 404, 422]
    assert (await blocktime.get("/v1/coverage"))["items"][0]["trained"] == []


async def test_n10_the_account_manager_and_the_deputy_are_shown_with_the_ticket(next4: Desk) -> None:
    await next4.hear(
        activated(OTHER_CONTRACT, BETA, account_manager_id="gerente", account_manager_deputy_id="suplente")
    )
    shown = await next4.get(await next4.open(who=STRANGER), who=STRANGER)
    none = await next4.get(await next4.open())
    assert (shown["account_manager_id"], shown["account_manager_deputy_id"]) == ("gerente", "suplente")
    assert (none["account_manager_id"], none["account_manager_deputy_id"]) == (None, None)
