"""Where a provider grants hours once they are paid for, a month's hours follow its invoice's payment (2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Customer, Shop
from services.cli.offer_file import read_offer
from shared.events import TELLERS
from tests.journeys.conftest import OpenStage
from tests.journeys.stories import OFFERS


async def shop_that_waits_for_money(shop: Shop) -> None:
    """Next4, which grants a month once its fee is paid."""
    offer = read_offer(OFFERS / "next4.yaml", section_kinds())
    billing: Any = offer.sections["billing"]
    terms = replace(billing.terms, grant_requires_payment=True)
    changed = {**offer.sections, "billing": replace(billing, terms=terms)}
    for name in TELLERS:
        await bring_one(shop.admin, name, changed[name])


async def pay_newest(shop: Shop, *, cents: int | None = None) -> None:
    """The invoice that was made last is paid, whole or in part."""
    invoice = (await shop.office.get("/v1/invoices"))["items"][0]
    body = {"cents": cents or invoice["amount_due_cents"], "paid_on": invoice["issue_date"]}
    await shop.office.post(f"/v1/invoices/{invoice['invoice_id']}/payments", body)


async def available(customer: Customer) -> int:
    """The minutes that may be used now."""
    return (await customer.account()).available_minutes


async def test_a_months_hours_come_when_its_fee_is_paid_whole(open_stage: OpenStage) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-01T09:00-03:00")) as stage:
        shop = Shop(stage=stage, tenant="next4")
        await shop_that_waits_for_money(shop)
        customer = await shop.sign("Livraria Capitu", plan_code="START", start_date="2026-11-01")
        await stage.at("2026-11-03T09:00-03:00")
        unpaid = await available(customer)

        await pay_newest(shop, cents=60000)
        in_part = await available(customer)
        await pay_newest(shop)
        await customer.hours(lambda hours: hours.available_minutes == 180, what="the hours that were paid for")
        await stage.at("2026-12-01T09:00-03:00")
        december_unpaid = await available(customer)
        await pay_newest(shop)

        await customer.hours(lambda hours: hours.available_minutes == 360, what="December's hours")
        assert (unpaid, in_part, december_unpaid) == (0, 0, 180)
