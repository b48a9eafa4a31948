"""A contract's life through the public HTTP API: its beginning, another plan, a pause, dearer prices, its end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from services.cli.demo.actors import Customer, Shop
from services.client import Answered
from tests.journeys.conftest import OpenStage
from tests.journeys.proof import amounts, held_for_work, over, reverse, signed_since, the_books_agree
from tests.journeys.stories import desk_customer, refused, shop_of, start_customer, worked_and_closed

NOVEMBER = datetime.fromisoformat("2026-11-01T09:00-03:00")
RATES = ("0.33", "1.31", "0.56", "0.43", "0.26", "0.24", "0.26", "-0.11", "0.48", "0.09", "0.18", "0.33")
MONTHS = ("2025-10", "2025-11", "2025-12", *(f"2026-{month:02}" for month in range(1, 10)))


async def change_plan(customer: Customer, plan_code: str, mode: str) -> Any:
    """Decide on another plan."""
    path = f"/v1/contracts/{customer.contract_id}/plan-changes"
    return (await customer.shop.office.post(path, {"plan_code": plan_code, "mode": mode})).body


async def cancel(customer: Customer, received_date: str, **more: Any) -> Any:
    """Enter a notice."""
    path = f"/v1/contracts/{customer.contract_id}/cancellation"
    body = {"received_date": received_date, "reason": "pedido por e-mail"} | more
    return (await customer.shop.office.post(path, body)).body


async def read_contract(customer: Customer) -> Any:
    """The contract, all of it."""
    return await customer.shop.office.get(f"/v1/contracts/{customer.contract_id}")


async def test_s20_a_contract_from_the_tenth_is_prorated_and_its_lot_lives_twelve_months_from_there(
    open_stage: OpenStage,
) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-10T00:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await shop.sign("Vinícola Estela", plan_code="BASIC", start_date="2026-11-10")
        (lot,) = (await customer.account()).lots

        await stage.at("2026-12-01T08:00-03:00")

        assert (lot.granted_minutes, lot.expires_date) == (294, date(2027, 11, 10))
        account = await customer.account()
        assert ([one.granted_minutes for one in account.lots], account.balance_minutes) == ([294, 420], 714)
        first, second = await customer.invoices()
        assert (amounts(first), first.issue_date) == ([("plan_fee", "2026-11", 101500)], date(2026, 11, 10))
        assert amounts(second) == [("plan_fee", "2026-12", 145000)]
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_s19_an_upgrade_on_the_tenth_gives_168_minutes_and_charges_the_days_that_are_left(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Editora Natividade")
        await stage.at("2026-11-10T10:00-03:00")
        await refused(change_plan(customer, "START", "immediate_prorated"), "same_plan")

        await change_plan(customer, "BASIC", "immediate_prorated")
        account = await customer.account()
        await refused(change_plan(customer, "START", "immediate_prorated"), "downgrade_at_once")
        await stage.at("2026-12-01T08:00-03:00")

        assert (account.plan_code, [lot.granted_minutes for lot in account.lots]) == ("BASIC", [180, 168])
        assert sorted(amounts((await customer.invoices())[-1])) == [
            ("plan_fee", "2026-12", 145000),
            ("proration", "2026-11", 55720),
        ]
        assert (await customer.account()).balance_minutes == 180 + 168 + 420
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_s21_a_notice_of_thirty_days_ends_the_contract_and_its_last_invoice_takes_what_is_left(
    open_stage: OpenStage,
) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-10T12:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        conditions = {"notice_days": 30, "minimum_term_months": 12}
        customer = await signed_since(shop, "Clube Rubião", "2025-11-01", fees_from="2026-12", conditions=conditions)
        notice = await cancel(customer, "2026-11-10")
        await stage.at("2026-12-02T10:00-03:00")
        granted = (await customer.account()).lots[-1].granted_minutes
        ticket = await held_for_work(shop, customer, 2300)
        late = await customer.asks("Mais", "Mais uma página no site.")
        await stage.at("2026-12-10T00:00-03:00")
        held = await customer.account()
        await refused(shop.estimate(late, 10))
        await shop.work(ticket, 1000, kind="programming")
        closed = await worked_and_closed(shop, ticket, 1300)
        await stage.at("2026-12-11T08:00-03:00")
        final = (await customer.invoices())[-1]
        await stage.at("2026-12-14T10:00-03:00")
        told = await reverse(customer, ticket, 368)
        await stage.at("2027-01-04T08:00-03:00")

        assert (notice["effective_date"], granted) == ("2026-12-10", 52)
        assert (held.available_minutes, held.held_minutes) == (0, 11 * 180 + 52)
        assert (closed.debits[0].minutes_over, over(final.lines[0])) == (268, (268, 102733))
        assert (told["over_minutes"], told["cents"], told["forfeited_minutes"]) == (268, 102733, 100)
        after = await customer.account()
        assert (after.balance_minutes, after.held_minutes) == (0, 0)
        assert [amounts(invoice) for invoice in await customer.invoices()] == [
            [("plan_fee", "2026-12", 18987)],
            [("overage", "2026-12", 102733)],
        ]
        history = await shop.office.get(f"/v1/invoices/{final.invoice_id}/history")
        assert [note["cents"] for note in history["credit_notes"]] == [102733]
        assert (await read_contract(customer))["state"] == "terminated"
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_s22_a_notice_inside_the_minimum_term_ends_the_contract_with_the_term(open_stage: OpenStage) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-10T12:00-03:00")) as stage:
        shop = await shop_of(stage, "blocktime")
        terms = {"plan_code": "PRO", "start_date": "2026-06-15", "fees_from": "2026-12", "monthly_minutes": 180}
        customer = await desk_customer(shop, "Usina Riobaldo", **terms)

        notice = await cancel(customer, "2026-11-10")
        await refused(cancel(customer, "2026-11-10", early=True))
        await stage.at("2027-06-14T23:59:59-03:00")
        last = await customer.account()
        await stage.at("2027-07-02T09:00-03:00")

        assert (notice["effective_date"], notice["last_notice_date"]) == ("2027-06-15", "2027-05-16")
        assert notice["last_grant_date"] == "2027-06-14"
        assert (last.lots[-1].effective_date, last.lots[-1].granted_minutes) == (date(2027, 6, 1), 84)
        account = await customer.account()
        assert (account.balance_minutes, len(account.lots)) == (0, len(last.lots))
        invoices = await customer.invoices()
        assert amounts(invoices[-1]) == [("plan_fee", "2027-06", 84000)]
        assert len(invoices) == 7
        await the_books_agree(shop, "2027-05", "2027-06", customers=[customer])


@pytest.mark.parametrize(
    ("on_termination", "balance", "lines"),
    [
        ("forfeit", 0, []),
        ("usable_until_expiry", 261, []),
        ("refund_at_plan_rate", 0, [("credit", "2026-12", 94830), ("refund", "2026-12", -94830)]),
    ],
)
async def test_what_becomes_of_hours_at_the_end_is_what_the_contract_says(
    on_termination: str, balance: int, lines: list[Any], open_stage: OpenStage
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        conditions = {"notice_days": 30, "on_termination": on_termination}
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        customer = await shop.sign("Circo Palha", **terms, conditions=conditions)
        await stage.at("2026-11-20T10:00-03:00")
        await cancel(customer, "2026-11-19")
        await stage.at("2026-12-01T09:00-03:00")
        ticket = await held_for_work(shop, customer, 26)
        assert (await customer.account()).balance_minutes == 180 + 105
        await worked_and_closed(shop, ticket, 24)

        await stage.at("2026-12-19T00:00-03:00")
        after = await customer.account()
        await stage.at("2027-01-04T09:00-03:00")

        assert after.balance_minutes == balance
        settled = [line for invoice in (await customer.invoices())[2:] for line in amounts(invoice)]
        assert sorted(settled) == lines
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


@pytest.mark.parametrize("closed_at", ["2026-12-01T12:00-03:00", "2026-12-10T12:00-03:00"])
async def test_hours_that_are_held_at_the_end_are_paid_back_when_their_ticket_ends(
    closed_at: str, open_stage: OpenStage
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        conditions = {"notice_days": 0, "on_termination": "refund_at_plan_rate"}
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        customer = await shop.sign("Circo Rastro", **terms, conditions=conditions)
        ticket = await held_for_work(shop, customer, 60)
        await stage.at("2026-12-01T10:00-03:00")
        await cancel(customer, "2026-12-01")
        await stage.at(closed_at)
        await worked_and_closed(shop, ticket, 20)
        await stage.at("2027-01-04T08:00-03:00")

        refunds = [line for one in await customer.invoices() for line in amounts(one) if line[0] == "refund"]
        # December's fee, 120 minutes of November, and 40 that were held; December had no day, and no minutes.
        assert sorted(cents for _, _, cents in refunds) == [-65400, -43600, -14533]
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_s34_the_index_is_imported_and_every_price_rises_once_and_s35_what_was_approved_keeps_its_rate(
    open_stage: OpenStage,
) -> None:
    async with open_stage(datetime.fromisoformat("2026-10-26T09:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        terms: dict[str, Any] = {"fees_from": "2026-11", "conditions": {"adjustment": {"index": "IPCA"}}}
        customers = {
            plan: await signed_since(shop, plan, "2025-12-01", plan_code=plan, **terms)
            for plan in ("START", "BASIC", "ADVANCED")
        }
        csv = "month;percent\n" + "".join(f"{month};{rate}\n" for month, rate in zip(MONTHS, RATES, strict=True))
        imported = await shop.office.post("/v1/indexes/IPCA/months", {"csv": csv})
        start = customers["START"]
        path = f"/v1/contracts/{start.contract_id}/adjustments"
        preview = (await shop.office.post(f"{path}/preview")).body

        await stage.at("2026-11-20T10:00-03:00")
        pinned = await held_for_work(shop, start, 2160 + 60)
        await stage.at("2026-12-01T08:00-03:00")
        new = await held_for_work(shop, start, 240)
        await shop.work(pinned, 1000, kind="programming")
        await worked_and_closed(shop, pinned, 1220)
        await stage.at("2027-01-04T08:00-03:00")

        assert [one["percent"] for one in imported.body["items"]] == list(RATES)
        assert (preview["factor"], preview["effective_date"]) == ("1.044414", "2026-12-01")
        assert preview["adjusted_prices"] == {"price_cents": 68305, "full_hour_price_cents": 24022}
        prices = {plan: (await read_contract(one))["price_cents"] for plan, one in customers.items()}
        assert prices == {"START": 68305, "BASIC": 151440, "ADVANCED": 306013}
        assert (await shop.office.get(path))["earliest_next"] == "2027-12-01"
        estimate = (await shop.look(new)).estimates[0]
        assert (estimate.minutes_over, estimate.hour_price_cents, estimate.overage_cents) == (60, 24022, 24022)
        fee, overage = (await start.invoices())[-1].lines
        assert (fee.cents, over(overage), overage.unit_cents_per_hour) == (68305, (60, 23000), 23000)
        await the_books_agree(shop, "2026-11", "2026-12", customers=list(customers.values()))


async def test_a_suspension_stops_grants_and_fees_where_that_was_agreed_and_running_work_is_finished(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        stopped = await shop.sign("Bar Bentinho", **terms, conditions={"suspension_stops_grants": True})
        going = await shop.sign("Bar Pádua", **terms)
        ticket = await held_for_work(shop, stopped, 60)
        await stage.at("2026-11-20T10:00-03:00")
        for one in (stopped, going):
            await shop.office.post(f"/v1/contracts/{one.contract_id}/suspension", {"reason": "fatura em aberto"})

        other = await stopped.asks("Outra", "Outra página para o site.")
        await refused(shop.estimate(other, 60))
        await worked_and_closed(shop, ticket, 60)
        await stage.at("2026-12-10T10:00-03:00")
        for one in (stopped, going):
            await shop.office.ask("DELETE", f"/v1/contracts/{one.contract_id}/suspension")
        await stage.at("2027-01-04T08:00-03:00")

        assert (await stopped.account()).balance_minutes == 120 + 180
        assert (await going.account()).balance_minutes == 3 * 180
        assert [amounts(invoice) for invoice in await stopped.invoices()] == [
            [("plan_fee", "2026-11", 65400)],
            [("plan_fee", "2027-01", 65400)],
        ]
        assert len(await going.invoices()) == 3
        await shop.estimate(await stopped.asks("De novo", "Mais uma página para o site."), 30)
        await the_books_agree(shop, "2026-11", "2026-12", customers=[stopped, going])


async def test_s37_custom_begins_at_twenty_hours_and_a_price_is_suggested(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        body = {"organization": {"legal_name": "Museu"}, "plan_code": "CUSTOM", "start_date": "2026-11-01"}

        draft = (await shop.office.post("/v1/contracts", body | {"monthly_minutes": 1200})).body
        await refused(shop.office.post("/v1/contracts", body | {"monthly_minutes": 1199}), status=422)

        assert (draft["suggested_price_cents"], draft["price_cents"]) == (368000, None)
        assert len((await shop.office.get("/v1/contracts"))["items"]) == 1


async def test_s39_who_may_become_a_customer_of_blocktime(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "blocktime")
        told = [
            ("12.ABC.345/01DE-35", 3, True),
            ("12ABC34501DE36", 3, False),
            ("00.000.000/0001-91", 3, True),
            ("11.222.333/0001-81", 3, True),
            ("11222333000180", 3, False),
            ("11.222.333/0001-81", 2, False),
        ]

        accepted = [await is_drafted(shop, cnpj, devices) for cnpj, devices, _ in told]

        assert accepted == [is_accepted for _, _, is_accepted in told]
        known = (await shop.office.get("/v1/organizations"))["items"]
        assert sorted(one["party"]["cnpj"] for one in known) == ["00000000000191", "11222333000181", "12ABC34501DE35"]


async def is_drafted(shop: Shop, cnpj: str, devices: int) -> bool:
    """Whether a company with this CNPJ and so many devices gets a contract; a refusal is of B38."""
    organization = {"legal_name": "Empresa", "cnpj": cnpj, "devices": devices}
    body = {"organization": organization, "plan_code": "PRO", "start_date": "2026-11-01"}
    answer = await rule_against(shop, body)
    assert answer in (None, "cnpj_invalid", "too_few_devices"), answer
    return answer is None


async def rule_against(shop: Shop, body: dict[str, Any]) -> str | None:
    """The code of the refusal of a draft; None: it is there."""
    try:
        await shop.office.post("/v1/contracts", body)
    except Answered as no:
        return no.code
    return None
