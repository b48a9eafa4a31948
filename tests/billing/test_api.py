"""Billing through its HTTP door: plans, offers, contracts and invoices, and who may see what."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.billing.conftest import Client
from tests.billing.shops import Billing, document, local, overage_of

pytestmark = pytest.mark.anyio

START = {
    "organization": {"legal_name": "Padaria Aurora Ltda", "cnpj": "12.ABC.345/01DE-35"},
    "plan_code": "START",
    "start_date": "2026-11-01",
}


async def signed(office: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A contract in force, written and activated through the door."""
    made = await office.post("/v1/contracts", json={**START, **changes})
    assert made.status_code == 201, made.text
    active = await office.post(f"{made.headers['Location']}/activate")
    assert active.status_code == 200, active.text
    body: dict[str, Any] = active.json()
    return body


async def test_s02_from_the_offer_to_the_invoice(billing: Billing, client: Client) -> None:
    office = client("billing")
    contract = await signed(office)
    of_store = await billing.contract(UUID(contract["contract_id"]))
    await billing.hear(overage_of(of_store, 150, closed_at=local("2026-11-12", "17:00"), ticket_number=1042))
    await billing.move_to(local("2026-12-01", "08:00"))

    listed = (await office.get("/v1/invoices", params={"contract_id": contract["contract_id"]})).json()
    december = listed["items"][0]
    read = await office.get(f"/v1/invoices/{december['invoice_id']}")

    assert [one["month"] for one in listed["items"]] == ["2026-12", "2026-11"]
    assert read.json() == december
    assert read.headers["ETag"] == '"1"'
    assert (december["number"], december["issue_date"], december["due_date"]) == (
        "A-2026/00002",
        "2026-12-01",
        "2026-12-11",
    )
    assert december["total_cents"] == 122900
    assert [(line["kind"], line["period"], line["cents"]) for line in december["lines"]] == [
        ("plan_fee", "2026-12", 65400),
        ("overage", "2026-11", 57500),
    ]
    assert (december["lines"][1]["minutes"], december["lines"][1]["unit_cents_per_hour"]) == (150, 23000)
    assert december["customer"]["cnpj"] == "12ABC34501DE35"
    assert (december["provider"]["legal_name"], december["currency"]) == ("Next4", "BRL")
    assert len(december["sha256"]) == 64


async def test_the_plans_of_the_offer(billing: Billing, client: Client) -> None:
    customer = client("customer", organization_id=uuid4())

    plans = (await customer.get("/v1/plans")).json()

    assert [plan["code"] for plan in plans["items"]] == ["START", "BASIC", "ADVANCED", "CUSTOM"]
    assert (plans["full_hour_price_cents"], plans["price_list_version"]) == (23000, 1)
    assert plans["items"][0]["name"] == {"pt-BR": "START", "en": "START"}
    custom = plans["items"][3]
    assert (custom["price_cents"], custom["negotiable"], custom["suggested_price_cents"]) == (None, True, 368000)


async def test_an_offer_applied_twice_changes_nothing_and_reads_back(billing: Billing, client: Client) -> None:
    admin = client("admin", tenant="blocktime")
    assert (await admin.get("/v1/plans")).status_code == 404

    first = await admin.put("/v1/offers/billing", json=document("blocktime"))
    second = await admin.put("/v1/offers/billing", json=document("blocktime"))
    read = await admin.get("/v1/offers/billing")
    again = await admin.put("/v1/offers/billing", json=read.json())

    assert (first.json(), second.json()) == ({"version": 1, "changed": True}, {"version": 1, "changed": False})
    assert again.json() == {"version": 1, "changed": False}
    assert (await admin.get("/v1/plans")).json()["items"][2]["price_cents"] is None


async def test_an_offer_that_contradicts_itself_or_never_opens_is_refused(billing: Billing, client: Client) -> None:
    admin = client("admin")
    unknown = {**document("next4"), "bank_calendar": "banks"}
    closed_for_good = document("next4")
    closed_for_good["calendars"]["business"] |= {
        "hours": {},
        "days": [{"date": "2020-01-02", "kind": "open", "windows": [["08:00", "18:00"]]}],
    }

    wrong = await admin.put("/v1/offers/billing", json=unknown)
    never = await admin.put("/v1/offers/billing", json=closed_for_good)

    assert wrong.status_code in {400, 422}
    assert "unknown_calendar" in wrong.text
    assert (never.status_code, never.json()["field"]) == (422, "calendar")
    assert (await admin.get("/v1/plans")).json()["items"][0]["price_cents"] == 65400


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"plan_code": "GOLD"}, 422, "unknown_plan", "plan_code"),
        ({"price_cents": 1}, 422, "not_negotiable", "price_cents"),
        ({"plan_code": "CUSTOM", "monthly_minutes": 1199}, 422, "below_minimum", "monthly_minutes"),
        (
            {"organization": {"legal_name": "X", "cnpj": "12ABC34501DE36"}},
            422,
            "cnpj_invalid",
            "organization.cnpj",
        ),
        ({"timezone": "America/Sampa"}, 422, "invalid", "timezone"),
        ({"fees_from": "2026-10"}, 422, "start_too_far", "fees_from"),
    ],
)
async def test_a_refusal_names_the_rule_and_the_field(
    billing: Billing, client: Client, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    office = client("billing")

    answer = await office.post("/v1/contracts", json={**START, **changes})

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (status, code, field)
    assert (await office.get("/v1/contracts")).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        (
            {},
            "a recurring contract needs a plan_code of the offer: its plans are START, BASIC, ADVANCED, CUSTOM",
        ),
        (
            {"plan_code": "GOLD"},
            "the offer has no plan called 'GOLD': its plans are START, BASIC, ADVANCED, CUSTOM",
        ),
    ],
)
async def test_b41_who_names_no_plan_of_the_offer_reads_which_there_are(
    billing: Billing, client: Client, asked: dict[str, Any], detail: str
) -> None:
    organization = {"legal_name": "Padaria Aurora Ltda"}

    answer = await client("billing").post(
        "/v1/contracts", json={"organization": organization, "start_date": "2026-11-01", **asked}
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "unknown_plan", "plan_code")
    assert problem["detail"] == detail


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "blue"},
        {"price_cents": 654.5},
        {"kind": "forever"},
        {"organization": {"legal_name": "X", "colour": "blue"}},
        {"start_date": "01/11/2026"},
        {"fees_from": "2026-13"},
    ],
)
async def test_a_body_that_is_none_is_refused(billing: Billing, client: Client, changes: dict[str, Any]) -> None:
    answer = await client("billing").post("/v1/contracts", json={**START, **changes})

    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("month", ["20\uff12\uff16-12", "2026-12\n", "2026-13", "1926-12", "2026-1"])
async def test_a_month_that_is_none_is_refused(billing: Billing, client: Client, month: str) -> None:
    drafted = await client("billing").post("/v1/contracts", json={**START, "fees_from": month})
    listed = await client("billing").get("/v1/invoices", params={"month": month})

    assert (drafted.status_code, drafted.json()["field"]) == (422, "fees_from")
    assert (listed.status_code, listed.json()["field"]) == (422, "month")


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("plan_code", {"plan_code": "START\n"}),
        ("organization.email", {"organization": {"legal_name": "A", "email": "ana@cliente.example\n"}}),
        ("organization.legal_name", {"organization": {}}),
        ("organization.colour", {"organization": {"legal_name": "A", "colour": "blue"}}),
        ("organization.legal_name", {"organization": {"legal_name": "A\0"}}),
    ],
)
async def test_what_no_pattern_holds_is_refused_with_its_path(
    billing: Billing, client: Client, where: str, changes: dict[str, Any]
) -> None:
    refused = await client("billing").post("/v1/contracts", json={**START, **changes})

    assert (refused.status_code, refused.json()["field"]) == (422, where)


async def test_a_negotiated_contract_through_the_door_with_its_versions(billing: Billing, client: Client) -> None:
    office = client("billing")
    draft = await office.post("/v1/contracts", json={**START, "plan_code": "CUSTOM"})
    where = draft.headers["Location"]
    assert (draft.headers["ETag"], draft.json()["suggested_price_cents"]) == ('"1"', 368000)
    too_early = await office.post(f"{where}/activate")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "still_to_negotiate")

    agreed = {"price_cents": 368000, "monthly_minutes": 1200}
    changed = await office.put(f"{where}/terms", json=agreed, headers={"If-Match": '"1"'})
    stale = await office.put(f"{where}/terms", json=agreed, headers={"If-Match": '"1"'})
    active = await office.post(f"{where}/activate", headers={"If-Match": '"2"'})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (active.status_code, active.headers["ETag"], active.json()["state"]) == (200, '"3"', "active")
    assert active.json()["next_invoice_at"] == "2026-11-03T11:00:00Z"
    assert (await office.get(where)).json() == active.json()


async def test_a_customer_sees_its_own_organization_only(billing: Billing, client: Client) -> None:
    office = client("billing")
    ours = await signed(office)
    theirs = await signed(office, organization={"legal_name": "Outra", "cnpj": "11.222.333/0001-81"})
    await billing.move_to(local("2026-11-03", "08:00"))
    customer = client("customer", organization_id=UUID(ours["organization_id"]))
    invoices = {one["contract_id"]: one for one in (await office.get("/v1/invoices")).json()["items"]}

    contracts = (await customer.get("/v1/contracts")).json()["items"]
    seen = (await customer.get("/v1/invoices")).json()["items"]
    peeked = (await customer.get("/v1/invoices", params={"organization_id": theirs["organization_id"]})).json()

    assert [one["contract_id"] for one in contracts] == [ours["contract_id"]]
    assert [one["contract_id"] for one in seen] == [ours["contract_id"]]
    assert peeked["items"] == []
    assert len(invoices) == 2
    for hidden in (
        f"/v1/contracts/{theirs['contract_id']}",
        f"/v1/invoices/{invoices[theirs['contract_id']]['invoice_id']}",
        f"/v1/contracts/{uuid4()}",
        f"/v1/invoices/{uuid4()}",
    ):
        assert (await customer.get(hidden)).status_code == 404
    assert (await customer.get(f"/v1/contracts/{ours['contract_id']}")).status_code == 200


async def test_a_customer_sees_no_draft_of_its_organization(billing: Billing, client: Client) -> None:
    office = client("billing")
    active = await signed(office)
    draft = (await office.post("/v1/contracts", json={**START, "plan_code": "BASIC"})).json()
    customer = client("customer", organization_id=UUID(active["organization_id"]))
    where = f"/v1/contracts/{draft['contract_id']}"
    assert draft["organization_id"] == active["organization_id"]

    listed = (await customer.get("/v1/contracts")).json()["items"]
    narrowed = await customer.get("/v1/contracts", params={"organization_id": active["organization_id"]})

    assert [one["contract_id"] for one in listed] == [active["contract_id"]]
    assert narrowed.json()["items"] == listed
    assert ((await customer.get(where)).status_code, (await office.get(where)).status_code) == (404, 200)
    assert len((await office.get("/v1/contracts")).json()["items"]) == 2
    await office.post(f"{where}/activate")
    assert (await customer.get(where)).json()["state"] == "active"
    assert len((await customer.get("/v1/contracts")).json()["items"]) == 2


async def test_another_tenants_things_are_not_there(billing: Billing, client: Client) -> None:
    ours = await signed(client("billing"))
    await billing.move_to(local("2026-11-03", "08:00"))
    (invoice,) = await billing.invoices()
    stranger = client("admin", tenant="blocktime")

    answers = [
        await stranger.get(f"/v1/contracts/{ours['contract_id']}"),
        await stranger.get(f"/v1/invoices/{invoice.invoice.id}"),
        await stranger.post(f"/v1/contracts/{ours['contract_id']}/activate"),
        await stranger.put(f"/v1/contracts/{ours['contract_id']}/terms", json={}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert (await stranger.get("/v1/contracts")).json()["items"] == []
    assert (await stranger.get("/v1/invoices")).json()["items"] == []


async def test_only_the_office_writes_and_only_the_admin_applies_offers(billing: Billing, client: Client) -> None:
    people = {
        "customer": client("customer", organization_id=uuid4()),
        "agent": client("agent"),
        "billing": client("billing"),
    }

    written = {name: (await who.post("/v1/contracts", json=START)).status_code for name, who in people.items()}
    applied = {
        name: (await who.put("/v1/offers/billing", json=document("next4"))).status_code for name, who in people.items()
    }
    invoices = {name: (await who.get("/v1/invoices")).status_code for name, who in people.items()}

    assert written == {"customer": 403, "agent": 403, "billing": 201}
    assert applied == {"customer": 403, "agent": 403, "billing": 403}
    assert invoices == {"customer": 200, "agent": 403, "billing": 200}


async def test_lists_are_read_page_by_page_and_narrowed(billing: Billing, client: Client) -> None:
    office = client("billing")
    for _ in range(5):
        await signed(office)
    other = await signed(office, organization={"legal_name": "Outra", "cnpj": "11.222.333/0001-81"})
    await billing.move_to(local("2026-12-01", "08:00"))

    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor is not None:
        params = {"limit": "2", "month": "2026-12"} | ({"cursor": cursor} if cursor else {})
        page = (await office.get("/v1/invoices", params=params)).json()
        seen += [one["invoice_id"] for one in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    narrowed = (await office.get("/v1/contracts", params={"organization_id": other["organization_id"]})).json()
    whole = (await office.get("/v1/invoices", params={"limit": 200})).json()["items"]

    assert (pages, len(seen), len(set(seen))) == (3, 6, 6)
    assert sorted(seen, reverse=True) == seen
    assert [one["contract_id"] for one in narrowed["items"]] == [other["contract_id"]]
    assert len(whole) == 12
    for wrong in ({"cursor": "nonsense"}, {"limit": "0"}, {"limit": "201"}, {"month": "12/2026"}):
        assert (await office.get("/v1/invoices", params=wrong)).status_code in {400, 422}


async def test_the_same_idempotency_key_writes_one_contract(billing: Billing, client: Client) -> None:
    office = client("billing")

    first = await office.post("/v1/contracts", json=START, headers={"Idempotency-Key": "k-1"})
    second = await office.post("/v1/contracts", json=START, headers={"Idempotency-Key": "k-1"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len((await office.get("/v1/contracts")).json()["items"]) == 1


async def test_prometheus_is_told_how_many_invoices_each_provider_has(billing: Billing, client: Client) -> None:
    office = client("billing")
    await signed(office)
    await signed(office)
    await billing.move_to(local("2026-12-01", "08:00"))

    text = (await office.get("/metrics")).text

    assert '\ninvoices_total{tenant="next4"} 4' in text


async def test_the_openapi_document_shows_every_route(billing: Billing, client: Client) -> None:
    document_of = (await client("billing").get("/schema/openapi.json")).json()

    routes = {(path, method) for path, operations in document_of["paths"].items() for method in operations}
    assert {
        ("/v1/plans", "get"),
        ("/v1/contracts", "post"),
        ("/v1/contracts", "get"),
        ("/v1/contracts/{contract_id}", "get"),
        ("/v1/contracts/{contract_id}/terms", "put"),
        ("/v1/contracts/{contract_id}/activate", "post"),
        ("/v1/invoices", "get"),
        ("/v1/invoices/{invoice_id}", "get"),
        ("/v1/offers/billing", "put"),
        ("/v1/offers/billing", "get"),
        ("/v1/feeds/billing", "get"),
    } <= routes


async def test_the_example_of_a_contract_works_when_it_is_pasted(billing: Billing, client: Client) -> None:
    office = client("billing")
    document_of = (await office.get("/schema/openapi.json")).json()
    body = document_of["paths"]["/v1/contracts"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = (one["value"] for one in body["examples"].values())

    drafted = await office.post("/v1/contracts", json=example)
    active = await office.post(f"{drafted.headers['Location']}/activate")

    assert (example["plan_code"], example["product"]) == ("START", "hour_bank")
    assert example.keys().isdisjoint({"price_cents", "monthly_minutes", "full_hour_price_cents"})
    assert (drafted.status_code, drafted.json()["price_cents"]) == (201, 65400)
    assert (active.status_code, active.json()["next_invoice_at"]) == (200, "2026-11-10T11:00:00Z")
