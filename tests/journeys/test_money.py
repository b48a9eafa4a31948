"""Money through the public HTTP API, to the centavo: runs, Pix, payments, voids, disputes, purchases (domain 3)."""

from __future__ import annotations

import binascii
from datetime import datetime
from typing import Any

import msgspec
import pytest

from services.billing.offer import Section
from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Invoice, Ticket
from services.cli.demo.stage import Stage
from services.cli.offer_file import read_offer
from shared.events import TELLERS
from tests.journeys.conftest import OpenStage
from tests.journeys.proof import amounts, held_for_work, signed_since, the_books_agree
from tests.journeys.stories import OFFERS, refused, shop_of, start_customer, worked_and_closed

NOVEMBER = datetime.fromisoformat("2026-11-01T09:00-03:00")
CARNIVAL_OFF = [
    {"date": "2025-03-03", "kind": "closed"},
    {"date": "2025-03-04", "kind": "closed"},
    {"date": "2025-03-05", "kind": "partial", "windows": [["14:00", "18:00"]]},
]


async def shop_with(stage: Stage, tenant: str, change: dict[str, Any]) -> Shop:
    """A provider like Next4 whose billing section says some things otherwise."""
    shop = Shop(stage=stage, tenant=tenant)
    sections = read_offer(OFFERS / "next4.yaml", section_kinds()).sections
    for name in TELLERS:
        section = sections[name]
        if name == "billing":
            section = msgspec.convert(merged(msgspec.to_builtins(section), change), Section)
        await bring_one(shop.admin, name, section)
    return shop


def merged(told: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """What was told, with what changes in it, level by level."""
    return told | {
        key: merged(told[key], one) if isinstance(one, dict) and isinstance(told.get(key), dict) else one
        for key, one in change.items()
    }


async def charged_in_november(stage: Stage, shop: Shop, name: str) -> tuple[Customer, Ticket, Invoice]:
    """A customer with 90 minutes over in November, its ticket and the invoice of December."""
    customer = await start_customer(stage, shop, name)
    ticket = await held_for_work(shop, customer, 270)
    await worked_and_closed(shop, ticket, 270)
    await stage.at("2026-12-01T09:00-03:00")
    return customer, ticket, (await customer.invoices())[-1]


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("2025-02-27T09:00-03:00", {"ignore": "2025-03-03", "observe": "2025-03-06", "half": "2025-03-05"}),
        ("2028-02-28T09:00-03:00", {"ignore": "2028-03-01", "observe": "2028-03-02"}),
    ],
)
async def test_s04_three_policies_for_carnival_give_three_dates(
    begins: str, expected: dict[str, str], open_stage: OpenStage
) -> None:
    policies: dict[str, dict[str, Any]] = {
        "ignore": {},
        "observe": {"holidays": {"optional_points": "observe"}},
        "half": {"days": CARNIVAL_OFF},
    }
    async with open_stage(datetime.fromisoformat(begins)) as stage:
        customers = {}
        for policy in expected:
            shop = await shop_with(stage, policy, {"calendars": {"business": policies[policy]}})
            customers[policy] = await signed_since(shop, policy, f"{begins[:7]}-01", fees_from=f"{begins[:5]}03")

        await stage.at(f"{max(expected.values())}T08:00-03:00")

        issued = {policy: [str(one.issue_date) for one in await it.invoices()] for policy, it in customers.items()}
        assert issued == {policy: [day] for policy, day in expected.items()}


async def test_s36_the_invoice_of_s02_has_a_pix_code_that_a_bank_reads(open_stage: OpenStage) -> None:
    key = "123e4567-e12b-12d1-a456-426655440000"
    pix = {"key": key, "merchant": "Oficina de Suporte", "city": "São Paulo"}
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_with(stage, "oficina", {"pix": pix})
        customer = await start_customer(stage, shop, "Livraria Capitu")
        ticket = await held_for_work(shop, customer, 330)
        await worked_and_closed(shop, ticket, 330)
        await stage.at("2026-12-01T08:00-03:00")
        invoice = (await customer.invoices())[-1]

        (found,) = [one for one in (await shop.office.get("/v1/invoices"))["items"] if one["total_cents"] == 122900]

        code = found["pix_code"]
        assert code[:-4] == (
            f"00020126580014br.gov.bcb.pix0136{key}52040000530398654071229.005802BR5918Oficina de Suporte"
            "6009Sao Paulo62170513INVA2026000026304"
        )
        assert code[-4:] == f"{binascii.crc_hqx(code[:-4].encode(), 0xFFFF):04X}"
        assert (invoice.number, found["total_cents"]) == ("A-2026/00002", 122900)
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_a_voided_invoice_is_charged_again_to_the_centavo_under_a_number_of_its_own(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer, _, invoice = await charged_in_november(stage, shop, "Sorveteria Sancha")

        voided = (await shop.office.post(f"/v1/invoices/{invoice.invoice_id}/void", {})).body
        await stage.at("2027-01-04T08:00-03:00")

        again = (await customer.invoices())[-1]
        assert (voided["state"], voided["number"]) == ("void", "A-2026/00002")
        assert again.number == "A-2027/00001"
        assert sorted(amounts(again)) == [
            ("overage", "2026-11", 34500),
            ("plan_fee", "2026-12", 65400),
            ("plan_fee", "2027-01", 65400),
        ]
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_what_was_paid_too_much_is_taken_off_the_next_invoice(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer, _, invoice = await charged_in_november(stage, shop, "Mercado Fortunata")
        path = f"/v1/invoices/{invoice.invoice_id}/payments"

        await shop.office.post(path, {"cents": 50000, "paid_on": "2026-12-01", "reference": "E1"})
        paid = (await shop.office.post(path, {"cents": 60000, "paid_on": "2026-12-01", "reference": "E2"})).body
        await stage.at("2027-01-04T08:00-03:00")

        assert (paid["state"], paid["paid_cents"], paid["amount_due_cents"]) == ("paid", 110000, 0)
        january = (await shop.office.get("/v1/invoices"))["items"][0]
        assert 99900 + 65400 - 110000 == 55300 == january["amount_due_cents"]
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_a_dispute_freezes_the_minutes_and_once_rejected_changes_nothing_and_accepted_gives_back(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer, ticket, invoice = await charged_in_november(stage, shop, "Pousada Eugênia")
        line = f"/v1/invoices/{invoice.invoice_id}/lines/2"
        reversal = {"ticket_id": str(ticket.id), "minutes": 10, "reason": "work redone"}
        accounts = f"/v1/accounts/{customer.contract_id}/reversals"

        await customer.approver.post(f"{line}/dispute", {"reason": "esperamos por vocês"})
        await refused(shop.manager.post(accounts, reversal))
        await shop.manager.post(f"{line}/settlement", {"outcome": "rejected", "reason": "está no ticket"})
        rejected = await shop.office.get(f"/v1/invoices/{invoice.invoice_id}/history")
        before = await customer.account()
        await stage.at("2026-12-02T09:00-03:00")
        await customer.approver.post(f"{line}/dispute", {"reason": "esperamos por vocês", "minutes": 60})
        await shop.manager.post(f"{line}/settlement", {"outcome": "accepted", "reason": "é verdade"})
        accepted = await shop.office.get(f"/v1/invoices/{invoice.invoice_id}/history")

        assert (rejected["credit_notes"], [one["state"] for one in rejected["disputes"]]) == ([], ["rejected"])
        assert [note["cents"] for note in accepted["credit_notes"]] == [23000]
        assert [one["state"] for one in accepted["disputes"]] == ["rejected", "accepted"]
        assert (await customer.account()).balance_minutes == before.balance_minutes == 180
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_hours_that_are_bought_are_used_by_when_they_end_and_are_on_the_next_invoice(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Loja Virgília")
        path = f"/v1/contracts/{customer.contract_id}/purchases"
        bought = (await shop.office.post(path, {"minutes": 120, "validity_months": 1})).body
        other = (await shop.office.post(path, {"minutes": 60})).body

        (debit,) = (await worked_and_closed(shop, await held_for_work(shop, customer, 150), 150)).debits
        taken_back = (await shop.office.ask("DELETE", f"{path}/{other['purchase_id']}")).body
        kept = (await shop.office.ask("DELETE", f"{path}/{bought['purchase_id']}")).body
        await stage.at("2026-12-01T08:00-03:00")

        assert (bought["cents"], taken_back["state"]) == (46000, "voided")
        assert [one.minutes for one in debit.by_lot] == [120, 30]
        assert (kept["state"], kept["void_refused"]) == ("sold", "used")
        told = {one["minutes"]: one for one in (await shop.office.get(path))["items"]}
        assert (told[120]["state"], told[120]["void_refused"] is None, told[60]["state"]) == ("sold", False, "voided")
        lines = sorted(line for one in await customer.invoices() for line in amounts(one))
        assert [(kind, cents) for kind, _, cents in lines] == [("plan_fee", 65400)] * 2 + [("purchase", 46000)]
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_fees_in_arrears_come_with_the_month_that_is_over_and_the_last_one_with_the_end(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        conditions = {"fees": "arrears", "notice_days": 30}
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        customer = await shop.sign("Rádio Cubas", **terms, conditions=conditions)
        await stage.at("2026-11-25T10:00-03:00")
        body = {"received_date": "2026-11-20", "reason": "pedido por e-mail"}
        await shop.office.post(f"/v1/contracts/{customer.contract_id}/cancellation", body)

        await stage.at("2027-01-04T08:00-03:00")

        assert [(str(one.issue_date), amounts(one)) for one in await customer.invoices()] == [
            ("2026-12-01", [("plan_fee", "2026-11", 65400)]),
            ("2026-12-21", [("plan_fee", "2026-12", 40084)]),
        ]
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_an_exit_fee_is_charged_with_the_next_invoice_and_given_back_when_the_notice_is_withdrawn(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        conditions = {
            "notice_days": 60,
            "minimum_term_months": 12,
            "early_exit": "allowed",
            "early_exit_fee_percent": 50,
        }
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        customer = await shop.sign("Banda Prado", **terms, conditions=conditions)
        path = f"/v1/contracts/{customer.contract_id}/cancellation"
        body = {"received_date": "2026-11-01", "reason": "pedido por e-mail", "early": True}

        notice = (await shop.office.post(path, body)).body
        await stage.at("2026-12-01T09:00-03:00")
        first = [line for one in await customer.invoices() for line in amounts(one)]
        await shop.office.ask("DELETE", path)
        await stage.at("2027-01-04T09:00-03:00")

        assert notice["exit_fee_cents"] == 328055
        assert first == [
            ("plan_fee", "2026-11", 65400),
            ("exit_fee", "2026-12", 328055),
            ("plan_fee", "2026-12", 63290),
        ]
        every = [line for one in await customer.invoices() for line in amounts(one)]
        fees = sum(cents for kind, _, cents in every if kind in {"exit_fee", "refund"})
        assert fees == 0
        assert sum(cents for kind, _, cents in every if kind != "credit") == 3 * 65400
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])
