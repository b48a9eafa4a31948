"""Hours through the public HTTP API, to the minute: how they come, are held, used and lapse (domain 2.2 to 2.7)."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

from services.cli.demo.actors import Customer, Shop
from tests.journeys.conftest import OpenStage
from tests.journeys.proof import amounts, held_for_work, over, reverse, signed_since, the_books_agree
from tests.journeys.stories import available_by_lot, refused, shop_of, start_customer, worked_and_closed

NOVEMBER = datetime.fromisoformat("2026-11-01T09:00-03:00")
ROUNDINGS: list[tuple[dict[str, Any], tuple[int, ...], int]] = [  # S14: policy, seconds of the entries, minutes
    ({"increment_minutes": 1}, (620, 340, 30), 17),
    ({"increment_minutes": 1, "scope": "entry"}, (620, 340, 30), 18),
    ({"increment_minutes": 15, "scope": "entry"}, (620, 340, 30), 45),
    ({"increment_minutes": 15, "mode": "nearest"}, (620, 340, 30), 15),
    ({"increment_minutes": 30}, (620, 340, 30), 30),
    ({"increment_minutes": 1, "mode": "down"}, (620, 340, 30), 16),
    ({"minimum_minutes": 15}, (600,), 15),
]


async def test_s06_the_first_lot_expires_before_the_thirteenth_is_granted_so_a_year_is_the_most(
    open_stage: OpenStage,
) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-30T23:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        most = {"START": 2160, "BASIC": 5040, "ADVANCED": 10800}
        customers = {
            plan: await signed_since(shop, plan, "2025-12-01", fees_from="2026-12", plan_code=plan) for plan in most
        }
        before = {plan: (await customer.account()).balance_minutes for plan, customer in customers.items()}

        await stage.at("2026-12-01T00:00-03:00")

        assert before == most
        assert {plan: (await one.account()).balance_minutes for plan, one in customers.items()} == most
        entries = await customers["START"].entries()
        assert [(entry.kind, entry.minutes) for entry in entries[-2:]] == [("expire", 180), ("grant", 180)]
        assert sum(entry.minutes for entry in entries if entry.kind == "expire") == 180
        await the_books_agree(shop, "2026-11", customers=list(customers.values()))


async def test_a_contract_begun_on_the_tenth_has_a_thirteenth_partial_lot_for_some_days(open_stage: OpenStage) -> None:
    async with open_stage(datetime.fromisoformat("2026-12-01T00:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await signed_since(shop, "Gráfica Quincas", "2025-12-10", fees_from="2026-12")
        most = await customer.account()

        await stage.at("2026-12-09T23:59:59-03:00")
        last = await customer.account()
        await stage.at("2026-12-10T00:00-03:00")
        after = await customer.account()

        assert (most.balance_minutes, len(most.lots)) == (2288, 13)
        assert (last.balance_minutes, after.balance_minutes) == (2288, 2160)
        assert (after.lots[0].granted_minutes, after.lots[0].expired_minutes) == (128, 128)
        await the_books_agree(shop, "2026-12", customers=[customer])


async def test_s08_held_minutes_outlive_their_lot_and_lapse_when_they_are_released(open_stage: OpenStage) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-23T09:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await signed_since(shop, "Colégio Dom Casmurro", "2025-12-01", fees_from="2026-12")
        ticket = await held_for_work(shop, customer, 200)

        await stage.at("2026-12-01T00:00-03:00")
        alive = (await customer.account()).lots[0]
        await stage.at("2026-12-02T10:00-03:00")
        closed = await worked_and_closed(shop, ticket, 100)

        assert (alive.held_minutes, alive.expired_minutes) == (180, 0)
        assert [(one.effective_date, one.minutes) for one in closed.debits[0].by_lot] == [(date(2025, 12, 1), 100)]
        account = await customer.account()
        lot = account.lots[0]
        assert (lot.consumed_minutes, lot.expired_minutes, lot.available_minutes) == (100, 80, 0)
        assert (account.balance_minutes, account.held_minutes) == (2160, 0)
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_s16_hours_that_arrive_before_the_close_are_used_before_anything_is_charged(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Ótica Sofia")
        ticket = await held_for_work(shop, customer, 300)
        assert (await customer.account()).overage_approved_cents == 46000

        await stage.at("2026-12-02T10:00-03:00")
        (debit,) = (await worked_and_closed(shop, ticket, 300)).debits

        shares = [(one.effective_date, one.minutes) for one in debit.by_lot]
        assert shares == [(date(2026, 11, 1), 180), (date(2026, 12, 1), 120)]
        assert (debit.minutes_over, debit.balance_after) == (0, 60)
        await stage.at("2027-01-04T08:00-03:00")
        assert amounts((await customer.invoices())[-1]) == [("plan_fee", "2027-01", 65400)]
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_what_is_worked_is_charged_and_not_what_was_estimated_each_ticket_rounded_once(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Escola Iracema")
        less = await held_for_work(shop, customer, 300)
        await worked_and_closed(shop, less, 190)
        again = await held_for_work(shop, customer, 60)
        await worked_and_closed(shop, again, 10)

        await stage.at("2026-12-01T08:00-03:00")

        fee, first, second = (await customer.invoices())[-1].lines
        assert [over(first), over(second)] == [(10, 3833), (10, 3833)]
        assert fee.cents + first.cents + second.cents == 73066
        assert available_by_lot(await customer.account()) == {date(2026, 11, 1): 0, date(2026, 12, 1): 180}
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_s12_twenty_minutes_over_are_7667_centavos_and_two_professionals_of_s15_are_debited_twice(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        basic = await shop.sign("Hotel Capitu", plan_code="BASIC", start_date="2026-11-01", first_cycle="full")
        start = await start_customer(stage, shop, "Farmácia Virgília")
        await stage.at("2026-11-12T10:00-03:00")
        await worked_and_closed(shop, await held_for_work(shop, basic, 440), 440)
        meeting = await held_for_work(shop, start, 90)

        await shop.work(meeting, 45, kind="meeting", professionals=["bia.agente", "caio.agente"])
        (debit,) = (await shop.close(meeting)).debits
        await stage.at("2026-12-01T08:00-03:00")

        assert (debit.minutes, debit.minutes_over, debit.balance_after) == (90, 0, 90)
        invoice = (await basic.invoices())[-1]
        assert (invoice.issue_date, invoice.total_cents) == (date(2026, 12, 1), 152667)
        assert over(invoice.lines[1]) == (20, 7667)
        statement = await start.person.get(f"/v1/accounts/{start.contract_id}/statements/2026-11")
        assert [(one["professional_id"], one["minutes"]) for one in statement["people"]] == [
            ("bia.agente", 45),
            ("caio.agente", 45),
        ]
        await the_books_agree(shop, "2026-11", customers=[basic, start])


async def test_s14_each_contract_rounds_the_same_time_by_its_own_policy(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        terms: dict[str, Any] = {"plan_code": "START", "start_date": "2026-11-01", "first_cycle": "full"}
        customers = [await shop.sign("Estúdio", **terms, rounding=policy) for policy, _, _ in ROUNDINGS]

        debited = [
            await minutes_of(shop, customer, seconds)
            for customer, (_, seconds, _) in zip(customers, ROUNDINGS, strict=True)
        ]

        assert debited == [minutes for _, _, minutes in ROUNDINGS]
        empty = await held_for_work(shop, customers[0], 60)
        assert [one.minutes for one in (await shop.close(empty)).debits] == [0]
        assert (await customers[0].account()).balance_minutes == 163
        await the_books_agree(shop, "2026-11", customers=customers)


async def minutes_of(shop: Shop, customer: Customer, seconds: tuple[int, ...]) -> int:
    """What is debited of a ticket with these time entries."""
    ticket = await held_for_work(shop, customer, 60)
    for one in seconds:
        await shop.agent.post(f"/v1/tickets/{ticket.id}/work", {"seconds": one, "kind": "programming"})
    (debit,) = (await shop.close(ticket)).debits
    return debit.minutes


async def test_a_ticket_keeps_the_rounding_that_its_contract_had_when_it_was_estimated(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Padaria Lobo Neves")
        before = await held_for_work(shop, customer, 60)
        path = f"/v1/contracts/{customer.contract_id}"

        rounding = {"increment_minutes": 15, "mode": "up"}
        changed = await shop.office.ask("PATCH", path, body={"rounding": rounding})
        after = await held_for_work(shop, customer, 60)
        debited = [(await worked_and_closed(shop, ticket, 17)).debits[0].minutes for ticket in (before, after)]

        assert (changed.body["rounding"]["increment_minutes"], changed.body["rounding"]["version"]) == (15, 1)
        assert debited == [17, 30]
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_l10_two_estimates_at_once_share_one_balance_and_hold_no_minute_twice(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Livraria Marcela")
        tickets = [await customer.asks("Página", "Uma página nova para a loja.") for _ in range(2)]

        estimates = await asyncio.gather(*(shop.estimate(ticket, 120) for ticket in tickets))

        assert sorted((one.minutes_from_bank, one.minutes_over, one.state) for one in estimates) == [
            (60, 60, "awaiting_approval"),
            (120, 0, "approved"),
        ]
        account = await customer.account()
        assert (account.available_minutes, account.held_minutes) == (0, 180)
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_s18_a_quote_that_nobody_answers_expires_after_five_business_days(open_stage: OpenStage) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Cantina Escobar")
        ticket = await customer.asks("Cardápio", "O cardápio precisa de fotos.")
        await stage.at("2026-11-16T10:00-03:00")
        valid_until = (await shop.estimate(ticket, 300)).valid_until
        assert valid_until is not None

        await stage.at("2026-11-23T23:59-03:00")
        held = await customer.account()
        await stage.at("2026-11-25T00:00-03:00")

        assert valid_until.astimezone(stage.opened_at.tzinfo).date() == date(2026, 11, 24)
        assert (held.held_minutes, held.available_minutes) == (180, 0)
        account = await customer.account()
        assert (account.held_minutes, account.available_minutes, account.overage_approved_cents) == (0, 180, 0)
        (estimate,) = (await shop.look(ticket)).estimates
        assert estimate.state == "expired"
        await refused(customer.approves(ticket, estimate), status=409)
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_a_ticket_reopened_after_its_close_is_a_new_round_with_its_own_estimate_and_debit(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Joalheria Luísa")
        ticket = await held_for_work(shop, customer, 100)
        await worked_and_closed(shop, ticket, 100)

        await customer.person.post(f"/v1/tickets/{ticket.id}/reopen", {"reason": "o menu quebrou de novo"})
        await refused(shop.work(ticket, 30, kind="programming"))
        assert (await customer.account()).balance_minutes == 80
        estimate = await shop.estimate(ticket, 100)
        await customer.approves(ticket, estimate)
        await worked_and_closed(shop, ticket, 95)

        debits = (await shop.look(ticket)).debits
        assert [(one.minutes, one.minutes_over) for one in debits] == [(100, 0), (95, 15)]
        await stage.at("2026-12-01T08:00-03:00")
        assert over((await customer.invoices())[-1].lines[1]) == (15, 5750)
        await the_books_agree(shop, "2026-11", customers=[customer])


async def test_s25_minutes_of_a_lot_that_has_ended_come_back_as_a_correction_of_thirty_days(
    open_stage: OpenStage,
) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-25T09:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await signed_since(shop, "Cinema Brás Cubas", "2025-12-01", fees_from="2026-12")
        ticket = await held_for_work(shop, customer, 100)
        await worked_and_closed(shop, ticket, 100)
        await stage.at("2026-12-05T10:00-03:00")

        told = await reverse(customer, ticket, 100)
        await refused(reverse(customer, ticket, 1))

        assert [(one["effective_date"], one["minutes"]) for one in told["corrections"]] == [("2026-12-05", 100)]
        lot = next(one for one in (await customer.account()).lots if one.source == "correction")
        assert (lot.available_minutes, lot.expires_date) == (100, date(2027, 1, 4))
        await stage.at("2027-01-03T23:59:59-03:00")
        assert (await customer.account()).balance_minutes == 2160 + 100
        await stage.at("2027-01-04T00:00-03:00")
        assert (await customer.account()).balance_minutes == 2160
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])


async def test_s23_before_the_invoice_the_line_shrinks_and_s24_after_it_there_is_a_credit_note(
    open_stage: OpenStage,
) -> None:
    async with open_stage(NOVEMBER) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Teatro Helena")
        await stage.at("2026-11-12T17:00-03:00")
        ticket = await held_for_work(shop, customer, 330)
        await worked_and_closed(shop, ticket, 330)
        before = await reverse(customer, ticket, 60)

        await stage.at("2026-12-01T09:00-03:00")
        invoice = (await customer.invoices())[-1]
        await stage.at("2026-12-07T10:00-03:00")
        after = await reverse(customer, ticket, 120)

        assert (before["over_minutes"], before["cents"], before["by_lot"]) == (60, 23000, [])
        assert (invoice.total_cents, over(invoice.lines[1])) == (99900, (90, 34500))
        assert (after["over_minutes"], after["cents"]) == (90, 34500)
        assert [(one["effective_date"], one["minutes"]) for one in after["by_lot"]] == [("2026-11-01", 30)]
        history = await shop.office.get(f"/v1/invoices/{invoice.invoice_id}/history")
        assert [(one["cents"], one["invoice_number"]) for one in history["credit_notes"]] == [(34500, invoice.number)]
        assert (await customer.invoices())[-1] == invoice
        assert (await customer.account()).balance_minutes == 210
        await the_books_agree(shop, "2026-11", "2026-12", customers=[customer])
