"""What customers have: kept, counted, and looked at before work on it is estimated (B23, B38, B48, B49, N39)."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest

from services.ticketing.store import assets as kept
from tests.ticketing.desk import ACME, AGENT, BETA, CONTRACT, CUSTOMER, OTHER_CONTRACT, SPACE, STRANGER, Desk, activated

pytestmark = pytest.mark.anyio

SERVER = uuid5(SPACE, "server")
PATH = f"/v1/assets/{SERVER}"


def asset(**more: Any) -> dict[str, Any]:
    """A server of ACME."""
    return {"organization_id": str(ACME), "name": "Servidor", "kind": "server", **more}


async def put(desk: Desk, path: str = PATH, **more: Any) -> dict[str, Any]:
    """Keep an asset."""
    answer = await desk.ask("PUT", path, asset(**more))
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def test_b48_b49_an_asset_is_kept_once_and_its_dates_do_not_contradict_each_other(next4: Desk) -> None:
    first = await put(next4, purchased_on="2024-03-01", replace_on="2029-03-01", warranty_until="2027-03-01")
    again = await put(next4, purchased_on="2024-03-01", replace_on="2029-03-01", warranty_until="2027-03-01")
    moved = await put(next4, location="Sala 3", purchased_on="2024-03-01")
    assert (first["version"], again["version"], moved["version"]) == (1, 1, 2)

    wrong = await next4.ask("PUT", PATH, asset(purchased_on="2024-03-01", replace_on="2024-02-29"))
    assert (wrong.status, wrong.body["field"], wrong.body["rule"]) == (422, "replace_on", "B49")
    stale = await next4.ask("PUT", PATH, asset(name="Outro"), headers={"If-Match": '"1"'})
    assert stale.status == 412
    other = await next4.ask("PUT", PATH, asset(organization_id=str(BETA)))
    assert (other.status, other.body["field"]) == (422, "organization_id")

    assert (await next4.get(PATH))["location"] == "Sala 3"


async def test_b48_another_organization_sees_no_asset_and_another_provider_neither(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    await put(next4)

    assert [one["id"] for one in (await next4.get("/v1/assets", who=CUSTOMER))["items"]] == [str(SERVER)]
    assert (await next4.get(f"/v1/assets?organization_id={ACME}", who=STRANGER))["items"] == []
    assert (await next4.ask("GET", PATH, who=STRANGER)).status == 404
    assert (await next4.ask("GET", PATH, tenant="blocktime")).status == 404
    assert (await next4.ask("PUT", PATH, asset(), who=CUSTOMER)).status == 403
    unknown = await next4.ask("PUT", f"/v1/assets/{uuid5(SPACE, 'x')}", asset(organization_id=str(SPACE)))
    assert unknown.status == 404


async def test_b38_the_devices_that_are_in_use_are_counted(next4: Desk) -> None:
    several: dict[str, dict[str, Any]] = {
        "a": {},
        "b": {"retired_on": "2026-11-10"},
        "c": {"retired_on": "2026-11-11"},
        "link": {"is_device": False},
    }
    for name, more in several.items():
        await put(next4, f"/v1/assets/{uuid5(SPACE, name)}", **more)
    async with next4.database.reading(tenant="next4") as tx:
        assert await kept.count_devices(tx, ACME, day=next4.clock.now().date()) == 2


async def test_b23_the_history_of_an_assets_incidents_is_shown(next4: Desk) -> None:
    await put(next4)
    first = await next4.open(asset_id=str(SERVER))
    second = await next4.open()
    await next4.post(f"{second}/asset", {"asset_id": str(SERVER)})
    await next4.post(f"{first}/cancel", {})

    shown = await next4.get(PATH, who=CUSTOMER)
    assert (shown["incidents"], shown["open_incidents"]) == (2, 1)
    listed = await next4.get(f"/v1/tickets?asset_id={SERVER}", who=CUSTOMER)
    assert [one["number"] for one in listed["items"]] == [2, 1]


async def test_b23_a_demand_is_about_an_asset_of_its_own_organization(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    await put(next4)
    path = await next4.open(contract_id=str(OTHER_CONTRACT), who=AGENT)
    before = await next4.get(path)

    refused = await next4.refused(f"{path}/asset", {"asset_id": str(SERVER)})
    opened = await next4.refused(
        "/v1/tickets",
        {"subject": "x", "description": "y", "asset_id": str(SERVER), "contract_id": str(OTHER_CONTRACT)},
        who=STRANGER,
    )

    assert (refused[0], opened[0]) == (404, 404)
    assert await next4.get(path) == before


async def test_n39_the_hosting_of_an_asset_decides_at_opening_and_before_the_estimate(next4: Desk) -> None:
    await put(next4, hosting="iis_windows")
    closed = await next4.refused(
        "/v1/tickets", {"subject": "x", "description": "y", "asset_id": str(SERVER)}, who=CUSTOMER
    )
    path = await next4.open(contract_id=str(CONTRACT))
    await next4.post(f"{path}/asset", {"asset_id": str(SERVER)})
    refused = await next4.refused(f"{path}/estimates", {"minutes": 60})

    assert closed == (409, "unsupported_hosting", "N39")
    assert refused == (409, "unsupported_hosting", "N39")
    assert (await next4.get(path))["estimates"] == []

    await put(next4)  # it moved to a hosting that is none of the customer's concern
    await next4.post(f"{path}/estimates", {"minutes": 60}, status=202)


async def test_b15_a_problem_of_a_critical_asset_is_classified_as_of_a_key_function_at_least(blocktime: Desk) -> None:
    clock = "/v1/assets/00000000-0000-0000-0000-00000000c10c"
    asset = {"organization_id": str(ACME), "name": "Relógio de ponto", "kind": "time_clock", "critical": True}
    assert (await blocktime.ask("PUT", clock, asset)).status == 200
    said = {"impact": "one_user", "operation": "running"}
    plain, critical = await blocktime.open(), await blocktime.open(asset_id=clock.rpartition("/")[2])

    assert (await blocktime.post(f"{plain}/triage", said))["priority"] == "low"
    assert (await blocktime.post(f"{critical}/triage", said))["priority"] == "medium"
    worse = said | {"impact": "company", "reason": "parou tudo"}
    assert (await blocktime.post(f"{critical}/triage", worse))["priority"] == "high"


async def test_b15_a_problem_of_a_user_of_a_critical_operation_is_a_key_functions_at_least(blocktime: Desk) -> None:
    person = {"name": "Rita do ponto", "critical": True}
    assert (await blocktime.ask("PUT", f"/v1/people/{ACME}/customer-1", person)).body["critical"] is True
    path = await blocktime.open()

    ticket = await blocktime.post(f"{path}/triage", {"impact": "one_user", "operation": "running"})

    assert ticket["priority"] == "medium"
