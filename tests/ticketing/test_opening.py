"""Opening tickets over HTTP: channels, contracts, catalogue, form, numbers, tenants."""

from __future__ import annotations

import msgspec
import pytest

from services.ticketing.offer import Channel, FormField, Hostings, Text
from shared.events.ticketing import TicketOpened
from tests.ticketing.desk import (
    ACME,
    AGENT,
    APPROVER,
    BETA,
    CONTRACT,
    CUSTOMER,
    DEMAND,
    OTHER_CONTRACT,
    STRANGER,
    Desk,
    activated,
    at,
    section,
)

pytestmark = pytest.mark.anyio


async def test_n14_b22_a_customer_opens_a_ticket_and_the_fact_is_told_once(next4: Desk) -> None:
    answer = await next4.ask("POST", "/v1/tickets", {**DEMAND, "area": "marketing"}, who=CUSTOMER)

    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/tickets/{answer.body['id']}"
    assert (answer.body["number"], answer.body["status"], answer.body["version"]) == (1, "registered", 1)
    assert answer.body["registered_at"] == "2026-11-10T15:00:00Z"
    assert answer.body["contract_id"] == str(CONTRACT)
    read = await next4.ask("GET", answer.headers["location"], who=CUSTOMER)
    assert (read.body | answer.body, read.etag) == (read.body, '"1"')

    (opened,) = await next4.facts(TicketOpened)
    assert (opened.number, opened.plan_code, opened.channel, opened.source) == (1, "START", "portal", "customer")
    assert (opened.organization_id, opened.area, opened.opened_by) == (ACME, "marketing", "customer-1")
    assert opened.registered_at == at("2026-11-10T12:00")


async def test_the_same_key_opens_one_ticket(next4: Desk) -> None:
    key = {"Idempotency-Key": "form-1"}
    first = await next4.ask("POST", "/v1/tickets", DEMAND, who=CUSTOMER, headers=key)
    again = await next4.ask("POST", "/v1/tickets", DEMAND, who=CUSTOMER, headers=key)

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert len(await next4.facts(TicketOpened)) == 1


async def test_numbers_count_per_tenant(next4: Desk) -> None:
    await next4.open()
    await next4.open()
    await next4.open_shop("blocktime")

    body = await next4.post("/v1/tickets", {**DEMAND, "contract_id": str(CONTRACT)}, status=404)
    assert body["code"] == "no_active_contract"
    await next4.hear(activated(OTHER_CONTRACT, ACME))
    body = await next4.post("/v1/tickets", DEMAND, status=201, who=CUSTOMER)
    assert body["number"] == 1


async def test_staff_names_the_contract_and_a_customer_with_several_too(next4: Desk) -> None:
    assert await next4.refused("/v1/tickets", DEMAND) == (422, "contract_ambiguous", "N12")
    body = await next4.post("/v1/tickets", {**DEMAND, "contract_id": str(CONTRACT)}, status=201)
    assert body["source"] == "staff"

    await next4.hear(activated(OTHER_CONTRACT))
    assert await next4.refused("/v1/tickets", DEMAND, who=CUSTOMER) == (422, "contract_ambiguous", "N12")
    body = await next4.post("/v1/tickets", {**DEMAND, "contract_id": str(OTHER_CONTRACT)}, status=201, who=CUSTOMER)
    assert body["contract_id"] == str(OTHER_CONTRACT)


async def test_another_organizations_contract_does_not_exist_for_a_customer(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    demand = {**DEMAND, "contract_id": str(CONTRACT)}

    assert await next4.refused("/v1/tickets", demand, who=STRANGER) == (404, "no_active_contract", "N12")
    body = await next4.post("/v1/tickets", DEMAND, status=201, who=STRANGER)
    assert body["organization_id"] == str(BETA)


async def test_without_an_offer_nothing_is_opened(desk: Desk) -> None:
    await desk.hear(activated())
    assert (await desk.refused("/v1/tickets", DEMAND, who=CUSTOMER))[:2] == (404, "no_offer")


async def test_n32_next4_takes_no_demand_by_whatsapp_and_says_where(next4: Desk) -> None:
    answer = await next4.ask("POST", "/v1/tickets", {**DEMAND, "channel": "whatsapp"}, who=CUSTOMER)
    assert (answer.status, answer.body["code"], answer.body["rule"]) == (409, "intake_closed", "N29")
    assert "ticket de suporte" in answer.body["detail"]
    assert await next4.facts() == []


async def test_b5_b8_blocktime_takes_whatsapp_and_no_email(blocktime: Desk) -> None:
    body = await blocktime.post("/v1/tickets", {**DEMAND, "channel": "whatsapp"}, status=201, who=CUSTOMER)
    assert body["channel"] == "whatsapp"
    assert (await blocktime.refused("/v1/tickets", {**DEMAND, "channel": "email"}, who=CUSTOMER))[1] == "intake_closed"
    assert (await blocktime.refused("/v1/tickets", {**DEMAND, "channel": "fax"}, who=CUSTOMER))[1] == "channel_unknown"


async def test_b6_the_phone_form_is_filled_by_staff(blocktime: Desk) -> None:
    demand = {**DEMAND, "channel": "phone", "contract_id": str(CONTRACT)}
    assert (await blocktime.refused("/v1/tickets", demand, who=CUSTOMER))[1] == "intake_closed"
    assert (await blocktime.post("/v1/tickets", demand, status=201))["channel"] == "phone"


async def test_n44_what_the_catalogue_excludes_is_refused_with_its_reason(next4: Desk) -> None:
    answer = await next4.ask("POST", "/v1/tickets", {**DEMAND, "item": "seo"}, who=CUSTOMER)
    assert (answer.status, answer.body["code"], answer.body["rule"]) == (409, "not_done", "N44")
    assert answer.body["detail"] == "O banco de horas não cobre SEO."
    assert (await next4.refused("/v1/tickets", {**DEMAND, "item": "pizza"}, who=CUSTOMER))[0] == 422
    assert (await next4.refused("/v1/tickets", {**DEMAND, "area": "pizza"}, who=CUSTOMER))[0] == 422


async def test_n39_b40_windows_is_refused_by_one_shop_and_sold_by_the_other(next4: Desk) -> None:
    demand = {**DEMAND, "hosting": "windows"}
    assert await next4.refused("/v1/tickets", demand, who=CUSTOMER) == (409, "unsupported_hosting", "N39")
    await next4.open_shop("blocktime", hostings=Hostings())
    await next4.hear(activated(OTHER_CONTRACT))
    assert (await next4.post("/v1/tickets", demand, status=201, who=CUSTOMER))["hosting"] == "windows"


async def test_n37_the_forms_fields_are_kept_and_checked(next4: Desk) -> None:
    needed = FormField(code="open_points", name=Text(pt_br="Dúvidas", en="Doubts"), required=True, most_characters=10)
    await next4.apply("next4", form=(needed,))

    missing = await next4.ask("POST", "/v1/tickets", DEMAND, who=CUSTOMER)
    assert (missing.status, missing.body["field"], missing.body["rule"]) == (422, "fields.open_points", "N37")
    long = {**DEMAND, "fields": {"open_points": "x" * 11}}
    assert (await next4.refused("/v1/tickets", long, who=CUSTOMER))[0] == 422
    unknown = {**DEMAND, "fields": {"open_points": "x", "colour": "blue"}}
    assert (await next4.refused("/v1/tickets", unknown, who=CUSTOMER))[0] == 422
    good = {**DEMAND, "fields": {"open_points": "nenhuma"}}
    body = await next4.post("/v1/tickets", good, status=201, who=CUSTOMER)
    assert body["fields"] == {"open_points": "nenhuma"}


async def test_b25_only_staff_classifies_at_opening(blocktime: Desk) -> None:
    impact = next(iter(section("blocktime").triage.impacts))
    operation = next(iter(section("blocktime").triage.operations))
    classified = {**DEMAND, "impact": impact, "operation": operation, "contract_id": str(CONTRACT)}

    assert await blocktime.refused("/v1/tickets", classified, who=CUSTOMER) == (403, "only_staff_triages", "B25")
    body = await blocktime.post("/v1/tickets", classified, status=201)
    assert body["status"] == "triaged"
    assert body["priority"] == section("blocktime").triage.matrix[impact][operation]
    half = {**DEMAND, "impact": impact, "contract_id": str(CONTRACT)}
    assert (await blocktime.refused("/v1/tickets", half))[1] == "priority_unknown"


async def test_b17_monitoring_says_when_it_saw_the_problem(blocktime: Desk) -> None:
    demand = {**DEMAND, "contract_id": str(CONTRACT), "detected_at": "2026-11-10T11:58:00-03:00"}
    assert (await blocktime.refused("/v1/tickets", demand))[2] == "B17"
    if "monitoring" not in section("blocktime").channels:
        await blocktime.apply("blocktime", channels=_with_monitoring())
    body = await blocktime.post("/v1/tickets", {**demand, "channel": "monitoring"}, status=201)
    assert (body["source"], body["detected_at"]) == ("monitoring", "2026-11-10T14:58:00Z")
    later = {**demand, "channel": "monitoring", "detected_at": "2026-11-10T12:01:00-03:00"}
    assert (await blocktime.refused("/v1/tickets", later))[2] == "B17"


async def test_input_is_bounded_and_unknown_fields_are_refused(next4: Desk) -> None:
    hostile = [
        {**DEMAND, "priority": "high"},
        {**DEMAND, "subject": ""},
        {**DEMAND, "subject": "x" * 201},
        {**DEMAND, "description": "x" * 20_001},
        {**DEMAND, "description": "a\x00b"},
        {**DEMAND, "channel": "Portal; drop table"},
        {**DEMAND, "fields": {f"f{n}": "x" for n in range(51)}},
        {**DEMAND, "contract_id": "not an id"},
        {"subject": "x"},
        [],
        "x",
        None,
    ]
    for body in hostile:
        status, code, _ = await next4.refused("/v1/tickets", body, who=CUSTOMER)
        assert (status in (400, 422), code) == (True, "invalid" if status == 422 else code), body
    assert await next4.facts() == []


async def test_what_belongs_to_others_is_not_found(next4: Desk) -> None:
    path = await next4.open()
    foreign = {"who": AGENT, "tenant": "blocktime"}
    await next4.hear(activated(OTHER_CONTRACT, BETA))

    for more in (foreign, {"who": STRANGER}):
        assert (await next4.ask("GET", path, **more)).status == 404
        for part in ("messages", "work", "history", "estimates/1"):
            assert (await next4.ask("GET", f"{path}/{part}", **more)).status == 404
        assert (await next4.get("/v1/tickets", **more))["items"] == []
    assert (await next4.ask("POST", f"{path}/messages", {"text": "x"}, who=STRANGER)).status == 404
    assert (await next4.ask("POST", f"{path}/cancel", {}, who=STRANGER)).status == 404
    assert (
        await next4.ask("POST", f"{path}/estimates/1/decision", {"decision": "approve"}, who=STRANGER)
    ).status == 404
    assert (await next4.ask("POST", f"{path}/triage", {}, tenant="blocktime")).status == 404
    assert await next4.names() == ["TicketOpened"]


async def test_each_route_states_its_role(next4: Desk) -> None:
    path = await next4.open()
    for part in ("triage", "estimates", "promise", "work", "pause", "resume", "escalate", "resolve"):
        assert (await next4.ask("POST", f"{path}/{part}", {}, who=CUSTOMER)).status == 403
    decision = {"decision": "approve"}
    for who in (AGENT, CUSTOMER):
        assert (await next4.ask("POST", f"{path}/estimates/1/decision", decision, who=who)).status == 403
    assert (await next4.ask("PUT", "/v1/offers/ticketing", section("next4"), who=APPROVER)).status == 403
    assert (await next4.client.get(path)).status_code == 401


async def test_a_list_is_paged_by_an_opaque_cursor_and_filtered(next4: Desk) -> None:
    paths = [await next4.open() for _ in range(5)]
    await next4.post(f"{paths[1]}/cancel", {}, who=CUSTOMER)

    first = await next4.get("/v1/tickets?limit=2", who=CUSTOMER)
    second = await next4.get(f"/v1/tickets?limit=2&cursor={first['next_cursor']}", who=CUSTOMER)
    third = await next4.get(f"/v1/tickets?limit=2&cursor={second['next_cursor']}", who=CUSTOMER)
    seen = [one["number"] for page in (first, second, third) for one in page["items"]]
    assert (seen, third["next_cursor"]) == ([5, 4, 3, 2, 1], None)

    assert [one["number"] for one in (await next4.get("/v1/tickets?status=cancelled"))["items"]] == [2]
    assert len((await next4.get(f"/v1/tickets?contract_id={CONTRACT}&level=1"))["items"]) == 5
    assert (await next4.get(f"/v1/tickets?organization_id={BETA}"))["items"] == []
    assert (await next4.get(f"/v1/tickets?organization_id={BETA}", who=CUSTOMER))["items"] == []
    assert (await next4.get("/v1/tickets?priority=high"))["items"] == []
    for bad in ("cursor=%21", "cursor=YWJj", "limit=0", "limit=201", "status=x", "level=10", "priority=%00"):
        assert (await next4.ask("GET", f"/v1/tickets?{bad}")).status in (400, 422), bad


def _with_monitoring() -> dict[str, Channel]:
    channels = dict(section("blocktime").channels)
    portal = channels["portal"]
    return channels | {"monitoring": msgspec.structs.replace(portal, opened_by=("staff",))}
