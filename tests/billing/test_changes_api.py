"""What changes in a contract, over HTTP: who may, what is answered, and what is not there for others."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from validate_docbr import CNPJ

from services.billing.domain import CnpjInvalid, read_cnpj
from tests.billing.conftest import Client
from tests.billing.shops import Billing, local

pytestmark = pytest.mark.anyio


async def sign(client: Client, **asked: Any) -> dict[str, Any]:
    """Draft and activate a START contract."""
    body = {"plan_code": "START", "start_date": "2026-06-15", "organization": {"legal_name": "Aurora Ltda"}, **asked}
    async with client("billing") as office:
        drafted = (await office.post("/v1/contracts", json=body)).json()
        activated = await office.post(f"/v1/contracts/{drafted['contract_id']}/activate")
        assert activated.status_code == 200, activated.text
        found: dict[str, Any] = activated.json()
        return found


async def test_s22_the_answer_says_when_a_contract_ends_and_until_when_it_grants(
    client: Client, billing: Billing
) -> None:
    billing.sleep_until(local("2026-11-10", "12:00"))
    terms = {"minimum_term_months": 12, "notice_days": 30}
    contract = await sign(client, conditions=terms, fees_from="2026-11")
    path = f"/v1/contracts/{contract['contract_id']}/cancellation"

    async with client("billing") as office, client("customer", organization_id=uuid4()) as stranger:
        assert (await office.get(path)).status_code == 404
        future = await office.post(path, json={"received_date": "2026-11-11", "reason": "e-mail"})
        typing_error = await office.post(path, json={"received_date": "2025-06-14", "reason": "e-mail"})
        told = (await office.post(path, json={"received_date": "2026-11-10", "reason": "e-mail"})).json()
        again = await office.post(path, json={"received_date": "2026-11-10", "reason": "e-mail"})
        unseen = await stranger.get(path)

    assert (future.status_code, future.json()["code"]) == (422, "notice_in_future")
    assert (typing_error.status_code, typing_error.json()["code"]) == (422, "notice_too_early")
    assert (typing_error.json()["field"], typing_error.json()["rule"]) == ("received_date", "B46")
    assert (told["effective_date"], told["last_notice_date"]) == ("2027-06-15", "2027-05-16")
    assert told["last_grant_date"] == "2027-06-14"
    assert (again.status_code, unseen.status_code) == (409, 404)


async def test_of_two_changes_of_plan_on_one_day_each_says_what_it_brought(client: Client, billing: Billing) -> None:
    contract = await sign(client, start_date="2026-11-01")
    billing.sleep_until(local("2026-11-17", "12:00"))
    path = f"/v1/contracts/{contract['contract_id']}/plan-changes"

    async with client("billing") as office:
        for plan in ("BASIC", "ADVANCED"):
            assert (await office.post(path, json={"plan_code": plan, "mode": "immediate_prorated"})).status_code == 201
        told = (await office.get(path)).json()["items"]

    assert [(one["plan_code"], one["price_cents"], one["monthly_minutes"]) for one in told] == [
        ("BASIC", 145000, 420),
        ("ADVANCED", 293000, 900),
    ]


async def test_an_organization_is_described_by_the_office_and_seen_by_its_own_people(
    client: Client, billing: Billing
) -> None:
    contract = await sign(client, start_date="2026-11-01")
    path = f"/v1/organizations/{contract['organization_id']}"
    said = {"legal_name": "Aurora S.A.", "cnpj": "12.ABC.345/01DE-35", "invoice_emails": ["notas@aurora.example"]}

    async with client("billing") as office, client("customer", organization_id=uuid4()) as stranger:
        told = (await office.put(path, json=said)).json()
        stale = await office.put(path, json=said, headers={"If-Match": '"1"'})
        unseen = await stranger.get(path)
        others = (await stranger.get("/v1/organizations")).json()

    assert told["party"]["cnpj"] == "12ABC34501DE35"
    assert (stale.status_code, unseen.status_code, others["items"]) == (412, 404, [])


def test_s39_numbers_with_letters_are_read_as_the_oracle_reads_them() -> None:
    oracle = CNPJ()
    numbers = ["12.ABC.345/01DE-35", "12ABC34501DE36", "00.000.000/0001-91", "11.222.333/0001-81", "11222333000180"]

    def is_read(text: str) -> bool:
        try:
            return bool(read_cnpj(text))
        except CnpjInvalid:
            return False

    assert [is_read(one) for one in numbers] == [True, False, True, True, False]
    assert [is_read(one) for one in numbers] == [oracle.validate(one) for one in numbers]
