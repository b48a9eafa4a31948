"""An immediate upgrade costs what its days cost, whenever it comes and however the contract ends (2.8, 2.9, S19).

START costs R$ 654,00 and BASIC R$ 1.450,00; November has 30 days.
"""

from __future__ import annotations

from typing import Any

import pytest

from services.billing import actions
from services.billing.domain import Conditions, Month
from services.billing.offer import FirstCycle
from tests.billing.changing import cancel, change, lines
from tests.billing.shops import Billing, local

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("start", "first_cycle", "upgraded_at", "cents"),
    [
        # With the month, before its run on the third: the fee is BASIC's, and nothing besides it.
        ("2026-11-01", "full", ("2026-11-01", "10:00"), [145000]),
        # On the first day that is charged: 21 of 30 days of BASIC.
        ("2026-11-10", "prorated", ("2026-11-10", "06:00"), [101500]),
        # On the day of the start of a month that is charged whole.
        ("2026-11-10", "full", ("2026-11-10", "06:00"), [145000]),
        # After that fee was invoiced, on the same day: what is missing of BASIC's.
        ("2026-11-10", "prorated", ("2026-11-10", "10:00"), [45780, 55720]),
        ("2026-11-10", "full", ("2026-11-10", "10:00"), [65400, 79600]),
        # One of 30 days of each is 2180 and 4833.33, of the difference 2653.33.
        ("2026-11-30", "prorated", ("2026-11-30", "10:00"), [2180, 2653]),
        # Later in the month: 16 of 30 days of the difference.
        ("2026-11-10", "full", ("2026-11-15", "10:00"), [65400, 42453]),
        # A month that is skipped brings no hours of either plan, and costs nothing.
        ("2026-11-10", "skip", ("2026-11-15", "10:00"), []),
    ],
)
async def test_s19_a_month_costs_its_days_of_either_plan_whether_it_is_invoiced_or_not(
    start: str, first_cycle: FirstCycle, upgraded_at: tuple[str, str], cents: list[int], billing: Billing
) -> None:
    billing.sleep_until(local(start, "05:00"))
    contract = await billing.sign("START", start, first_cycle=first_cycle)
    await billing.live_to(local(*upgraded_at))

    await change(billing, contract, "BASIC", "immediate_prorated")
    await billing.live_to(local("2026-12-02"))

    every = [line for one in await billing.invoices(contract_id=contract.id) for line in one.invoice.lines]
    assert [line.cents for line in every if line.period == "2026-11"] == cents
    assert [line.cents for line in every if line.period == "2026-12"] == [145000]


@pytest.mark.parametrize("conditions", [{}, {"fees": "arrears"}])
async def test_2_9_the_last_month_is_prorated_with_what_an_upgrade_added_to_it(
    conditions: dict[str, Any], billing: Billing
) -> None:
    contract = await billing.sign("START", first_cycle="full", conditions=Conditions(notice_days=10, **conditions))
    await billing.live_to(local("2026-11-10", "10:00"))
    await change(billing, contract, "BASIC", "immediate_prorated")

    await cancel(billing, contract, "2026-11-10")
    await billing.live_to(local("2026-12-20"))

    # 19 of 30 days of START are 41420, 10 of 30 days of the difference 26533.
    assert sum(cents for kind, _, cents in await lines(billing, contract) if kind != "credit") == 41420 + 26533


async def test_2_9_a_notice_that_is_taken_back_gives_the_days_of_an_upgrade_back_too(billing: Billing) -> None:
    contract = await billing.sign("START", first_cycle="full", conditions=Conditions(notice_days=10))
    await billing.live_to(local("2026-11-10", "10:00"))
    await cancel(billing, contract, "2026-11-10")
    await change(billing, contract, "BASIC", "immediate_prorated")

    async with billing.transaction() as tx:
        await actions.withdraw_cancellation(tx, contract_id=contract.id, expected_version=None)
    await billing.live_to(local("2026-12-02"))

    november = [
        line.cents
        for one in await billing.invoices(contract_id=contract.id)
        for line in one.invoice.lines
        if line.period == str(Month.read("2026-11"))
    ]
    assert sum(november) == 65400 + 55720


async def test_2_9_a_month_that_a_suspension_made_free_costs_nothing_of_an_upgrade(billing: Billing) -> None:
    contract = await billing.sign("START", first_cycle="full", conditions=Conditions(suspension_stops_grants=True))
    await billing.live_to(local("2026-11-20"))
    async with billing.transaction() as tx:
        await actions.suspend_contract(tx, contract_id=contract.id, reason="fatura em aberto", expected_version=None)
    await billing.live_to(local("2026-12-10"))
    async with billing.transaction() as tx:
        await actions.resume_contract(tx, contract_id=contract.id, expected_version=None)

    await change(billing, contract, "BASIC", "immediate_prorated")
    await billing.live_to(local("2027-01-05"))

    assert await lines(billing, contract) == [("plan_fee", "2026-11-03", 65400), ("plan_fee", "2027-01-04", 145000)]


async def test_2_9_a_contract_that_ends_on_the_day_it_begins_costs_nothing_to_the_centavo(billing: Billing) -> None:
    billing.sleep_until(local("2026-12-31", "07:00"))
    contract = await billing.sign("START", "2026-12-31")
    await billing.live_to(local("2026-12-31", "10:00"))
    await change(billing, contract, "BASIC", "immediate_prorated")

    await cancel(billing, contract, "2026-12-31")
    await billing.live_to(local("2027-01-05"))

    # One of 31 days is 2109.68 of START and 4677.42 of BASIC.
    assert [cents for kind, _, cents in await lines(billing, contract) if kind != "credit"] == [2110, 2567, -4677]
