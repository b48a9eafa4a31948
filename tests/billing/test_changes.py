"""A contract changes: its plan, its prices, its pauses, its end; a refusal leaves nothing behind (2.8, 2.9, 3.9)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing import actions, domain, store
from services.billing.domain import Conditions, Contract, Month, Rate
from services.billing.domain.amendments import adjusted_cents
from services.billing.domain.changing import DowngradeAtOnce, PlanChangePending, SamePlan
from services.billing.domain.ending import AlreadyCancelled, ContractEnded, NoticeInFuture, effective_date
from services.billing.domain.indexes import factor_of, months_of
from services.billing.handlers import on_lot_void_refused, on_lot_voided
from services.billing.offer import Adjustment
from shared.calendar import add_months
from shared.events.billing import (
    CancellationRequested,
    ContractTerminated,
    HoursPurchased,
    PlanChanged,
    PlanChangeScheduled,
    PriceAdjusted,
)
from shared.events.hourbank import LotVoided, LotVoidRefused
from tests.billing.changing import cancel, change, lines, told_of
from tests.billing.shops import Billing, local, overage_of

pytestmark = pytest.mark.anyio

S34 = ["0.33", "1.31", "0.56", "0.43", "0.26", "0.24", "0.26", "-0.11", "0.48", "0.09", "0.18", "0.33"]


async def type_in(billing: Billing, percents: list[str], first: str) -> None:
    """Type in months of IPCA."""
    rates = [Rate(month=Month.read(first).plus(place), percent=percent) for place, percent in enumerate(percents)]
    async with billing.transaction() as tx:
        await actions.note_rates(tx, name="IPCA", rates=rates)


async def test_s19_an_upgrade_on_the_tenth_charges_the_rest_of_the_month_by_days(billing: Billing) -> None:
    contract = await billing.sign("START")
    await billing.live_to(local("2026-11-10", "10:00"))

    upgraded = await change(billing, contract, "BASIC", "immediate_prorated")
    await billing.live_to(local("2026-12-02"))

    assert (upgraded.terms.plan_code, upgraded.terms.price_cents) == ("BASIC", 145000)
    assert await lines(billing, contract) == [
        ("plan_fee", "2026-11-03", 65400),
        ("plan_fee", "2026-12-01", 145000),
        ("proration", "2026-12-01", 55720),
    ]
    (scheduled,) = await told_of(billing, PlanChangeScheduled)
    (changed,) = await told_of(billing, PlanChanged)
    assert (scheduled.effective_date, changed.monthly_minutes) == (date(2026, 11, 10), 420)
    assert scheduled.validity_months == changed.validity_months == 12


async def test_a_downgrade_comes_with_the_next_month_only_and_can_be_withdrawn(billing: Billing) -> None:
    contract = await billing.sign("BASIC")
    await billing.live_to(local("2026-11-10"))
    with pytest.raises(DowngradeAtOnce):
        await change(billing, contract, "START", "immediate_prorated")
    with pytest.raises(SamePlan):
        await change(billing, contract, "BASIC")
    assert await told_of(billing, PlanChangeScheduled) == []

    first = await change(billing, contract, "START")
    with pytest.raises(PlanChangePending):
        await change(billing, contract, "ADVANCED")
    async with billing.transaction() as tx:
        await actions.withdraw_plan_change(
            tx, contract_id=contract.id, change_id=first.life.amendments[0].id, expected_version=None
        )
    await change(billing, contract, "START")
    await billing.live_to(local("2026-12-02"))

    (changed,) = await told_of(billing, PlanChanged)
    assert (changed.changed_at, changed.plan_code) == (local("2026-12-01"), "START")
    assert await lines(billing, contract) == [("plan_fee", "2026-11-03", 145000), ("plan_fee", "2026-12-01", 65400)]
    assert (await billing.contract(contract.id)).terms.plan_code == "START"


async def test_the_fee_of_a_month_does_not_depend_on_when_its_run_is_done(billing: Billing) -> None:
    contract = await billing.sign("START")
    await billing.live_to(local("2026-11-10"))
    await change(billing, contract, "BASIC")
    billing.sleep_until(local("2027-01-20"))

    await billing.live_to(local("2027-01-20"))

    assert [cents for _, _, cents in await lines(billing, contract)] == [65400, 145000, 145000]


async def test_s21_s22_notice_and_minimum_term_decide_when_a_contract_ends(billing: Billing) -> None:
    terms = Conditions(notice_days=30, minimum_term_months=12)
    old = await billing.sign("START", "2025-10-01", conditions=terms, fees_from=Month.read("2026-11"))
    young = await billing.sign("START", "2026-06-15", conditions=terms, fees_from=Month.read("2026-11"))
    await billing.live_to(local("2026-11-10", "12:00"))

    with pytest.raises(NoticeInFuture):
        await cancel(billing, old, "2026-11-11")
    assert await told_of(billing, CancellationRequested) == []
    ending, later = await cancel(billing, old, "2026-11-10"), await cancel(billing, young, "2026-11-10")
    with pytest.raises(AlreadyCancelled):
        await cancel(billing, old, "2026-11-10")

    assert ending.life.notice is not None
    assert later.life.notice is not None
    assert ending.life.notice.effective_date == date(2026, 12, 10)
    assert later.life.notice.effective_date == date(2027, 6, 15)
    assert later.life.notice.last_grant_date == date(2027, 6, 14)
    assert domain.last_notice_date(date(2027, 6, 15), notice_days=30) == date(2027, 5, 16)


async def test_the_last_month_is_prorated_and_the_last_invoice_takes_what_is_left(billing: Billing) -> None:
    terms = Conditions(notice_days=30)
    contract = await billing.sign("START", conditions=terms)
    await billing.live_to(local("2026-11-10"))
    await cancel(billing, contract, "2026-11-10")
    await billing.live_to(local("2026-12-05"))
    await billing.hear(overage_of(contract, 60, closed_at=local("2026-12-05")))

    await billing.live_to(local("2026-12-20"))
    await billing.hear(overage_of(contract, 30, closed_at=local("2026-12-20"), ticket_number=2))
    await billing.live_to(local("2027-03-01"))

    assert await lines(billing, contract) == [
        ("plan_fee", "2026-11-03", 65400),
        ("plan_fee", "2026-12-01", 18987),
        ("overage", "2026-12-11", 23000),
        ("overage", "2027-01-04", 11500),
    ]
    (ended,) = await told_of(billing, ContractTerminated)
    assert (ended.effective_date, ended.terminated_at) == (date(2026, 12, 10), local("2026-12-10"))
    with pytest.raises(ContractEnded):
        await change(billing, contract, "BASIC")


async def test_a_notice_that_is_taken_back_charges_the_days_that_it_had_spared(billing: Billing) -> None:
    contract = await billing.sign("START", conditions=Conditions(notice_days=30))
    await billing.live_to(local("2026-11-10"))
    await cancel(billing, contract, "2026-11-10")
    await billing.live_to(local("2026-12-05"))

    async with billing.transaction() as tx:
        await actions.withdraw_cancellation(tx, contract_id=contract.id, expected_version=None)
    await billing.live_to(local("2027-01-05"))

    assert await lines(billing, contract) == [
        ("plan_fee", "2026-11-03", 65400),
        ("plan_fee", "2026-12-01", 18987),
        ("plan_fee", "2027-01-04", 65400),
        ("proration", "2027-01-04", 46413),
    ]
    assert await told_of(billing, ContractTerminated) == []


async def test_leaving_early_costs_a_share_of_the_fees_that_remain(billing: Billing) -> None:
    terms = Conditions(notice_days=30, minimum_term_months=12, early_exit="allowed", early_exit_fee_percent=50)
    contract = await billing.sign("START", conditions=terms)
    await billing.live_to(local("2026-11-10"))

    ending = await cancel(billing, contract, "2026-11-02", early=True)

    assert ending.life.notice is not None
    assert ending.life.notice.effective_date == date(2026, 12, 2)
    # 30 of 31 days of December, ten whole months: (30/31 + 10) x 65400 / 2
    assert ending.life.notice.exit_fee_cents == 358645


async def test_s34_prices_follow_the_index_from_the_anniversary_on_told_thirty_days_ahead(billing: Billing) -> None:
    terms = Conditions(adjustment=Adjustment(index="IPCA"))
    signed = {plan: await billing.sign(plan, "2025-12-01", conditions=terms) for plan in ("START", "BASIC", "ADVANCED")}
    await billing.live_to(local("2026-11-05"))
    assert await told_of(billing, PriceAdjusted) == []
    assert (await billing.contract(signed["START"].id)).index_missing

    await type_in(billing, S34, "2025-10")
    await billing.live_to(local("2026-12-06"))

    told = {one.contract_id: one for one in await told_of(billing, PriceAdjusted)}
    prices = {plan: told[one.id].plan_price_cents for plan, one in signed.items()}
    assert prices == {"START": 68305, "BASIC": 151440, "ADVANCED": 306013}
    start = told[signed["START"].id]
    assert (start.factor, start.full_hour_price_cents, start.previous_plan_price_cents) == ("1.044414", 24022, 65400)
    assert start.effective_date == date(2026, 12, 5)  # typed in on 5 November: 30 days later, never retroactive
    adjusted = await billing.contract(signed["START"].id)
    assert (adjusted.terms.price_cents, adjusted.terms.full_hour_price_cents) == (68305, 24022)
    assert domain.earliest_next(adjusted) == date(2027, 12, 5)


async def test_an_adjustment_that_is_known_in_time_takes_effect_on_the_anniversary(billing: Billing) -> None:
    await type_in(billing, S34, "2025-10")
    contract = await billing.sign("START", "2025-12-01", conditions=Conditions(adjustment=Adjustment(index="IPCA")))

    await billing.live_to(local("2026-12-02"))

    (told,) = await told_of(billing, PriceAdjusted)
    assert (told.effective_date, told.announced_at) == (date(2026, 12, 1), local("2026-11-01"))
    assert (await lines(billing, contract))[-1] == ("plan_fee", "2026-12-01", 68305)
    assert domain.earliest_next(await billing.contract(contract.id)) == date(2027, 12, 1)


async def test_prices_do_not_fall_unless_that_was_agreed(billing: Billing) -> None:
    await type_in(billing, ["-0.50"] * 12, "2025-10")
    clamped = Conditions(adjustment=Adjustment(index="IPCA"))
    falling = Conditions(adjustment=Adjustment(index="IPCA", clamp_negative=False))
    stays = await billing.sign("START", "2025-12-01", conditions=clamped)
    falls = await billing.sign("START", "2025-12-01", conditions=falling)

    await billing.live_to(local("2026-12-02"))

    assert (await billing.contract(stays.id)).terms.price_cents == 65400
    assert (await billing.contract(falls.id)).terms.price_cents == 61582
    assert [one.contract_id for one in await told_of(billing, PriceAdjusted)] == [falls.id]


async def test_l16_hours_bought_are_on_the_next_invoice_unless_taken_back_before(billing: Billing) -> None:
    contract = await billing.sign("START")
    await billing.live_to(local("2026-11-10"))
    bought = [await buy(billing, contract, minutes) for minutes in (300, 120, 60)]

    for purchase_id in bought[1:]:
        async with billing.transaction() as tx:
            await actions.void_purchase(tx, contract_id=contract.id, purchase_id=purchase_id)
    asked = await states_of(billing, contract)
    async with billing.transaction() as tx:
        await on_lot_voided(tx, given_up(contract, bought[1]))
        await on_lot_void_refused(tx, used(contract, bought[2]))
    answered = await states_of(billing, contract)
    await billing.live_to(local("2026-12-02"))

    assert (asked, answered) == (["sold", "voiding", "voiding"], ["sold", "voided", "sold"])
    assert sorted(await lines(billing, contract)) == [
        ("plan_fee", "2026-11-03", 65400),
        ("plan_fee", "2026-12-01", 65400),
        ("purchase", "2026-12-01", 23000),
        ("purchase", "2026-12-01", 115000),
    ]
    assert len(await told_of(billing, HoursPurchased)) == 3


async def buy(billing: Billing, contract: Contract, minutes: int) -> UUID:
    """Buy hours beside the plan."""
    async with billing.transaction() as tx:
        purchase = await actions.buy_hours(
            tx, contract_id=contract.id, minutes=minutes, cents=None, validity_months=None, expected_version=None
        )
    return purchase.id


async def states_of(billing: Billing, contract: Contract) -> list[str]:
    """Where the purchases of a contract stand, in the order in which they were made."""
    async with billing.database.reading(tenant=billing.tenant) as tx:
        return [str(one.state) for one in await store.purchases_of(tx, contract.id)]


def given_up(contract: Contract, purchase_id: UUID) -> LotVoided:
    """The hour bank says that none of it was used, and that it took the minutes back."""
    return LotVoided(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        lot_id=purchase_id,
        minutes=120,
        purchase_id=purchase_id,
    )


def used(contract: Contract, purchase_id: UUID) -> LotVoidRefused:
    """The hour bank says that some of it was used."""
    return LotVoidRefused(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        lot_id=purchase_id,
        purchase_id=purchase_id,
        rule="used",
    )


@given(
    received=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    start=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    notice=st.integers(0, 120),
    term=st.integers(0, 36),
)
def test_no_contract_ends_before_its_notice_its_term_or_today(
    received: date, start: date, notice: int, term: int
) -> None:
    ends = effective_date(received, start=start, notice_days=notice, minimum_term_months=term, today=received)

    assert (ends - received).days >= notice
    assert ends >= add_months(start, term)
    assert ends in {received, add_months(start, term), domain.last_notice_date(ends, notice_days=0)}
    sooner = effective_date(received, start=start, notice_days=notice, minimum_term_months=0, today=received)
    assert sooner <= ends


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 12), st.integers(1, 10))
def test_no_month_of_an_index_is_counted_twice_or_left_out(start: date, lag: int, years: int) -> None:
    counted = [month for n in range(1, years + 1) for month in months_of(add_months(start, 12 * n), lag_months=lag)]

    assert counted == [counted[0].plus(n) for n in range(12 * years)]


@given(cents=st.integers(0, 10**9), basis_points=st.lists(st.integers(-500, 500), min_size=12, max_size=12))
def test_an_adjusted_price_is_off_its_exact_value_by_half_a_centavo_at_most(
    cents: int, basis_points: list[int]
) -> None:
    percents = [f"{'-' if one < 0 else ''}{abs(one) // 100}.{abs(one) % 100:02d}" for one in basis_points]
    numerator, denominator = cents, 1
    for one in basis_points:
        numerator, denominator = numerator * (10_000 + one), denominator * 10_000

    got = adjusted_cents(cents, factor_of(percents))

    assert abs(2 * (numerator - got * denominator)) <= denominator
