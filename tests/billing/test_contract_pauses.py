"""A contract that is paused and looked after by others; days that are charged (2.9, N10, 3.2)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from shared.money import share_of
from tests.billing.conftest import Client
from tests.billing.shops import Billing, local
from tests.billing.test_changes_api import sign

pytestmark = pytest.mark.anyio


async def test_n10_an_account_manager_has_a_deputy_and_a_stale_word_changes_nothing(
    client: Client, billing: Billing
) -> None:
    billing.sleep_until(local("2026-11-02"))
    contract = await sign(client, plan_code="BASIC", start_date="2026-11-01")
    path = f"/v1/contracts/{contract['contract_id']}"
    named = {"account_manager_id": "marina", "deputy_id": "rafael"}

    async with client("billing") as office, client("agent") as agent:
        told = (await office.put(f"{path}/account-manager", json=named)).json()
        version = {"If-Match": f'"{contract["version"]}"'}
        stale = await office.put(f"{path}/account-manager", json={"account_manager_id": None}, headers=version)
        forbidden = await agent.put(f"{path}/account-manager", json=named)
        kept = (await office.get(path)).json()

    assert (told["account_manager_id"], told["account_manager_deputy_id"]) == ("marina", "rafael")
    assert (stale.status_code, forbidden.status_code) == (412, 403)
    assert (kept["account_manager_id"], kept["account_manager_deputy_id"]) == ("marina", "rafael")


async def test_n10_n22_start_comes_without_an_account_manager(client: Client, billing: Billing) -> None:
    billing.sleep_until(local("2026-11-02"))
    basic = await sign(client, plan_code="BASIC", start_date="2026-11-01", account_manager_id="marina")
    start = await sign(client, plan_code="START", start_date="2026-11-01")
    draft = {"organization": {"legal_name": "X"}, "plan_code": "START", "start_date": "2026-11-01"}

    async with client("billing") as office:
        refused = [
            await office.put(
                f"/v1/contracts/{start['contract_id']}/account-manager", json={"account_manager_id": "marina"}
            ),
            await office.post("/v1/contracts", json=draft | {"account_manager_id": "marina"}),
        ]
        named = {"account_manager_id": "marina", "deputy_id": "rafael"}
        await office.put(f"/v1/contracts/{basic['contract_id']}/account-manager", json=named)
        change = {"plan_code": "START", "mode": "next_cycle"}
        assert (await office.post(f"/v1/contracts/{basic['contract_id']}/plan-changes", json=change)).is_success
        await billing.live_to(local("2026-12-02"))
        kept = (await office.get(f"/v1/contracts/{basic['contract_id']}")).json()

    assert [(one.status_code, one.json()["rule"], one.json()["field"]) for one in refused] == [
        (422, "N10", "account_manager_id")
    ] * 2
    assert kept["plan_code"] == "START"
    assert (kept["account_manager_id"], kept["account_manager_deputy_id"]) == (None, None)


async def test_a_contract_is_suspended_once_and_resumed_once(client: Client, billing: Billing) -> None:
    billing.sleep_until(local("2026-11-02"))
    contract = await sign(client, start_date="2026-11-01")
    path = f"/v1/contracts/{contract['contract_id']}/suspension"
    why = {"reason": "fatura em aberto"}

    async with client("billing") as office:
        early = await office.delete(path)
        answers = [await office.post(path, json=why) for _ in range(2)]
        resumed = await office.delete(path)
        again = await office.delete(path)

    assert [answer.status_code for answer in answers] == [200, 409]
    assert (answers[0].json()["state"], resumed.json()["state"]) == ("suspended", "active")
    assert (early.status_code, again.status_code, again.json()["code"]) == (409, 409, "not_suspended")


async def test_the_months_of_an_index_are_imported_or_none_of_them(client: Client, billing: Billing) -> None:
    billing.sleep_until(local("2026-11-02"))
    path = "/v1/indexes/IPCA/months"

    async with client("billing") as office:
        whole = await office.post(path, json={"csv": "month;percent\n2026-08;0.09\n2026-09;0.18\n"})
        corrected = await office.post(path, json={"csv": "2026-09;0.20\n"})
        torn = await office.post(path, json={"csv": "2026-10;0.11\n2026-13;0.18\n"})
        known: Any = (await office.get(path)).json()

    assert [answer.status_code for answer in (whole, corrected, torn)] == [200, 200, 422]
    assert known["items"] == [{"month": "2026-08", "percent": "0.09"}, {"month": "2026-09", "percent": "0.20"}]


@given(
    cents=st.integers(0, 10_000_000),
    start=st.dates(date(2026, 1, 1), date(2028, 12, 28)),
    cut=st.integers(0, 31),
)
def test_a_share_of_a_month_is_off_by_half_a_centavo_at_most_and_two_parts_by_one(
    cents: int, start: date, cut: int
) -> None:
    in_month = (date(start.year + start.month // 12, start.month % 12 + 1, 1) - start.replace(day=1)).days
    days = min(cut, in_month)
    event(f"{in_month} days")

    part, rest = share_of(cents, days, in_month), share_of(cents, in_month - days, in_month)

    assert abs(Fraction(part) - Fraction(cents * days, in_month)) <= Fraction(1, 2)
    assert part + rest - cents in (0, 1)
    assert share_of(cents, in_month, in_month) == cents
