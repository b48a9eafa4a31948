"""The invoice run over the real store: which invoices are made, when, with what, and that it is always one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from services.billing import actions, domain, store
from services.billing.domain import Contract, Month
from services.billing.jobs import RUN_CONTRACTS
from shared import offers
from shared.clock import VirtualClock
from shared.db import Database
from shared.events.billing import ContractActivated, InvoiceFinalized
from tests.billing.shops import Billing, closed_on, local, overage_of, run_once, section, told_by

pytestmark = pytest.mark.anyio


def summary(issued: store.Issued) -> list[tuple[str, str, int]]:
    return [(line.kind, line.period, line.cents) for line in issued.invoice.lines]


async def test_s02_the_december_invoice_of_start_is_fee_and_overage_due_on_the_eleventh(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-11-12", "17:00"))
    await billing.hear(overage_of(contract, 150, closed_at=billing.clock.now(), ticket_number=1042))

    await billing.move_to(local("2026-12-01", "08:00"))

    november, december = await billing.invoices(contract_id=contract.id)
    assert summary(november) == [("plan_fee", "2026-11", 65400)]
    assert (november.invoice.issue_date, november.invoice.number) == (date(2026, 11, 3), "A-2026/00001")
    assert summary(december) == [("plan_fee", "2026-12", 65400), ("overage", "2026-11", 57500)]
    line = december.invoice.lines[1]
    assert (line.minutes, line.unit_cents_per_hour, line.ticket_number) == (150, 23000, 1042)
    assert (december.invoice.total_cents, december.invoice.number) == (122900, "A-2026/00002")
    assert (december.invoice.issue_date, december.invoice.due_date) == (date(2026, 12, 1), date(2026, 12, 11))
    assert december.sha256 == domain.fingerprint(domain.canonical(december.invoice))


async def test_billing_tells_of_the_contract_and_of_each_invoice_with_its_lines(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.hear(overage_of(contract, 150, closed_at=local("2026-11-12", "17:00")))

    await billing.move_to(local("2026-12-01", "08:00"))

    activated, november, december = await billing.told()
    assert isinstance(activated, ContractActivated)
    assert (activated.contract_id, activated.plan_code, activated.queue_rank) == (contract.id, "START", 4)
    assert (activated.monthly_minutes, activated.plan_price_cents) == (180, 65400)
    assert (activated.full_hour_price_cents, activated.validity_months) == (23000, 12)
    assert (activated.first_cycle, activated.start_date) == ("prorated", date(2026, 11, 1))
    assert isinstance(november, InvoiceFinalized)
    assert isinstance(december, InvoiceFinalized)
    issued = (await billing.invoices())[1]
    assert december.lines == issued.invoice.lines
    assert (december.total_cents, december.sha256) == (122900, issued.sha256)
    assert december.due_date == date(2026, 12, 11)


async def test_s20_a_contract_from_the_tenth_pays_its_share_the_next_business_day(billing: Billing) -> None:
    await billing.move_to(local("2026-11-10"))

    await billing.sign("BASIC", "2026-11-10")
    await billing.move_to(local("2026-12-01", "08:00"))

    first, second = await billing.invoices()
    assert (summary(first), first.invoice.issue_date) == ([("plan_fee", "2026-11", 101500)], date(2026, 11, 10))
    assert "proporcional a 21 de 30 dias" in first.invoice.lines[0].description
    assert summary(second) == [("plan_fee", "2026-12", 145000)]


async def test_a_contract_that_is_activated_before_it_starts_is_not_invoiced_before_it_starts(
    billing: Billing,
) -> None:
    tenth = await billing.sign("BASIC", "2026-11-10")
    last = await billing.sign("BASIC", "2026-10-31")
    saturday = await billing.sign("START", "2026-11-14", first_cycle="full")
    await billing.move_to(local("2026-11-10", "07:59"))
    assert await billing.invoices(contract_id=tenth.id) == []

    await billing.move_to(local("2026-12-01", "08:00"))

    issued = {
        one.id: [(str(of.invoice.issue_date), summary(of)) for of in await billing.invoices(contract_id=one.id)]
        for one in (tenth, last, saturday)
    }
    assert issued[tenth.id] == [
        ("2026-11-10", [("plan_fee", "2026-11", 101500)]),
        ("2026-12-01", [("plan_fee", "2026-12", 145000)]),
    ]
    assert issued[last.id] == [  # its own month has no business day left: one invoice takes both fees
        ("2026-11-03", [("plan_fee", "2026-10", 4677), ("plan_fee", "2026-11", 145000)]),
        ("2026-12-01", [("plan_fee", "2026-12", 145000)]),
    ]
    assert issued[saturday.id] == [
        ("2026-11-16", [("plan_fee", "2026-11", 65400)]),
        ("2026-12-01", [("plan_fee", "2026-12", 65400)]),
    ]


async def test_s12_the_basic_invoice_of_twenty_minutes_over(billing: Billing) -> None:
    contract = await billing.sign("BASIC", "2026-11-01")
    await billing.hear(overage_of(contract, 20, closed_at=local("2026-11-12", "10:00")))

    await billing.move_to(local("2026-12-01", "08:00"))

    december = (await billing.invoices())[-1]
    assert (december.invoice.issue_date, december.invoice.total_cents) == (date(2026, 12, 1), 152667)


async def test_b03_running_again_makes_no_second_invoice(billing: Billing) -> None:
    await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-12-01", "08:00"))
    before = await billing.invoices()

    again = [await run_once(billing.database) for _ in range(3)]

    assert again == [0, 0, 0]
    assert await billing.invoices() == before


async def test_a_contract_whose_schedule_was_put_back_by_hand_is_not_invoiced_twice(billing: Billing) -> None:
    signed = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-12-01", "08:00"))
    before = await billing.invoices()
    async with billing.transaction() as tx:
        await store.save_contract(tx, signed)

    await billing.catch_up()

    assert await billing.invoices() == before
    assert (await billing.contract(signed.id)).next_run == domain.Run(
        month=Month.read("2027-01"), at=local("2027-01-04", "08:00")
    )


async def test_3_2_a_late_run_of_the_same_day_keeps_its_date_and_one_of_a_later_day_bears_that(
    billing: Billing,
) -> None:
    await billing.sign("START", "2026-11-01")
    billing.sleep_until(local("2026-11-03", "23:59"))
    await billing.catch_up()
    billing.sleep_until(local("2027-01-06", "15:00"))

    await billing.catch_up()

    issued = [(one.invoice.month, one.invoice.issue_date, one.invoice.number) for one in await billing.invoices()]
    assert issued == [
        ("2026-11", date(2026, 11, 3), "A-2026/00001"),
        ("2026-12", date(2027, 1, 6), "A-2027/00001"),
        ("2027-01", date(2027, 1, 6), "A-2027/00002"),
    ]


async def test_the_lines_do_not_depend_on_when_the_run_is_done(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-11-20"))
    await billing.hear(overage_of(contract, 90, closed_at=local("2026-11-20")))
    billing.sleep_until(local("2026-12-20", "15:00"))
    await billing.hear(overage_of(contract, 30, closed_at=local("2026-12-20")))
    async with billing.transaction() as tx:
        await actions.buy_hours(
            tx, contract_id=contract.id, minutes=60, cents=20000, validity_months=None, expected_version=None
        )

    await billing.move_to(local("2027-01-04", "08:00"))

    _, december, january = await billing.invoices()
    assert summary(december) == [("plan_fee", "2026-12", 65400), ("overage", "2026-11", 34500)]
    assert summary(january) == [
        ("plan_fee", "2027-01", 65400),
        ("purchase", "2026-12", 20000),
        ("overage", "2026-12", 11500),
    ]


async def test_b05_overage_that_comes_after_its_run_is_on_the_next_invoice(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-12-01", "08:01"))
    await billing.hear(overage_of(contract, 60, closed_at=local("2026-11-30", "23:59")))

    await billing.move_to(local("2027-01-04", "08:00"))

    january = (await billing.invoices())[-1]
    assert summary(january) == [("plan_fee", "2027-01", 65400), ("overage", "2026-11", 23000)]
    assert january.invoice.lines[1].description.startswith("Ajuste de 11/2026: ")


async def test_b08_one_off_work_is_invoiced_only_after_months_with_overage(billing: Billing) -> None:
    contract = await billing.sign(None, "2026-11-01", kind="one_off")
    await billing.move_to(local("2027-01-04", "08:00"))
    assert await billing.invoices() == []
    await billing.hear(overage_of(contract, 45, closed_at=local("2027-01-20")))

    await billing.move_to(local("2027-03-01", "08:00"))

    (only,) = await billing.invoices()
    assert (summary(only), only.invoice.month) == ([("overage", "2027-01", 17250)], "2027-02")


async def test_fees_of_an_older_system_are_not_charged_again(billing: Billing) -> None:
    await billing.sign("START", "2026-02-01", fees_from=Month.read("2026-12"))

    await billing.move_to(local("2026-12-01", "08:00"))

    (first,) = await billing.invoices()
    assert summary(first) == [("plan_fee", "2026-12", 65400)]


async def test_b02_a_holiday_that_becomes_known_moves_the_planned_run(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-11-20"))

    await billing.open(closed_on(date(2026, 12, 1)))
    await billing.catch_up()
    moved = (await billing.contract(contract.id)).next_run
    await billing.open(section())
    await billing.catch_up()
    back = (await billing.contract(contract.id)).next_run

    assert moved == domain.Run(month=Month.read("2026-12"), at=local("2026-12-02", "08:00"))
    assert back == domain.Run(month=Month.read("2026-12"), at=local("2026-12-01", "08:00"))
    assert len(await billing.invoices()) == 1


async def test_an_invoice_names_the_customer_as_it_was(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-11-03", "08:00"))
    async with billing.transaction() as tx:
        customer = await store.organization(tx, contract.organization_id)
        renamed = replace(
            domain.Applicant(organization_id=customer.id, party=customer.party, devices=None, cnpj_active_on=None),
            party=type(customer.party)(legal_name="Aurora Pães S.A."),
        )
        await store.keep_organization(tx, renamed)

    await billing.move_to(local("2026-12-01", "08:00"))

    november, december = await billing.invoices()
    assert november.invoice.customer.legal_name == "Padaria Aurora Ltda"
    assert december.invoice.customer.legal_name == "Aurora Pães S.A."


async def test_an_overage_heard_twice_is_one_and_with_other_figures_is_refused(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    fact = overage_of(contract, 150, closed_at=local("2026-11-12"))
    await billing.hear(fact)
    await billing.hear(fact)

    with pytest.raises(domain.OverageContradicted):
        await billing.hear(replace(fact, minutes=60, cents=23000))
    with pytest.raises(domain.OverageMispriced):
        await billing.hear(replace(fact, overage_id=uuid4(), cents=57501))
    with pytest.raises(store.ContractNotFound):
        await billing.hear(replace(fact, overage_id=uuid4(), contract_id=uuid4()))
    await billing.move_to(local("2026-12-01", "08:00"))

    assert (await billing.invoices())[-1].invoice.total_cents == 122900


async def test_two_tenants_number_their_invoices_by_themselves(billing: Billing, clock: VirtualClock) -> None:
    other = Billing(database=billing.database, clock=clock, tenant="other")
    await other.open()
    for shop in (billing, other):
        await shop.sign("START", "2026-11-01")
        await shop.sign("BASIC", "2026-11-01")

    await billing.move_to(local("2026-11-03", "08:00"))

    for shop in (billing, other):
        assert [one.invoice.number for one in await shop.invoices()] == ["A-2026/00001", "A-2026/00002"]


async def _sign_many(billing: Billing, count: int) -> list[Contract]:
    return [await billing.sign("START", "2026-11-01") for _ in range(count)]


async def test_b03_three_nodes_at_once_make_one_invoice_each_without_gaps(
    on_postgresql: Callable[[], Database], clock: VirtualClock
) -> None:
    nodes = [on_postgresql() for _ in range(3)]
    billing = Billing(database=nodes[0], clock=clock)
    await billing.open()
    contracts = await _sign_many(billing, 230)
    clock.move_to(local("2026-11-03", "08:00"))

    async def work(node: Database) -> int:
        done = 0
        while batch := await run_once(node):
            done += batch
        return done

    done = await asyncio.gather(*(work(node) for node in nodes))

    issued = [event for event in await told_by(nodes[0], "next4") if isinstance(event, InvoiceFinalized)]
    assert sum(done) == 230
    assert {event.contract_id for event in issued} == {contract.id for contract in contracts}
    assert sorted(event.number for event in issued) == [f"A-2026/{number:05d}" for number in range(1, 231)]


async def test_contracts_that_cannot_be_invoiced_hold_up_nobody_and_are_tried_again_later(
    database: Database, clock: VirtualClock
) -> None:
    """A whole batch of them, of a tenant that comes first: its offer is lost, so every run of it fails."""
    broken, sound = (Billing(database=database, clock=clock, tenant=tenant) for tenant in ("blocktime", "next4"))
    for billing in (broken, sound):
        await billing.open()
    await _sign_many(broken, RUN_CONTRACTS)
    await sound.sign()
    lost = section()
    async with database.transaction() as tx:
        await tx.execute(sa.delete(offers.offers).where(offers.offers.c.tenant == "blocktime"))

    clock.move_to(local("2026-11-03", "08:00"))
    with capture_logs() as said:
        assert [await run_once(database) for _ in range(3)] == [0, 1, 0]
    assert [line["event"] for line in said] == ["left due"] * RUN_CONTRACTS
    assert len(await sound.invoices()) == 1

    await broken.open(lost)
    await broken.move_to(local("2026-11-03", "09:00"))
    assert len(await broken.invoices()) == RUN_CONTRACTS
    assert {one.invoice.issue_date for one in await broken.invoices()} == {date(2026, 11, 3)}


class PulledPlug(Exception):
    """What a test throws into a transaction."""


def pull_plug(*, now: bool) -> None:
    if now:
        raise PulledPlug


async def test_s38_sixteen_finalisations_at_once_with_failures_in_between_leave_no_gap(
    on_postgresql: Callable[[], Database], clock: VirtualClock
) -> None:
    billing = Billing(database=on_postgresql(), clock=clock)
    await billing.open()
    contracts = await _sign_many(billing, 64)
    clock.move_to(local("2026-11-03", "08:00"))
    waiting = list(contracts)
    failures = 0

    async def finalize(place: int) -> None:
        nonlocal failures
        while waiting:
            contract = waiting.pop()
            fails = (place + len(waiting)) % 3 == 0
            try:
                async with billing.transaction() as tx:
                    locked = await store.lock_contract(tx, contract.id)
                    await actions.run_contract(tx, contract=locked)
                    pull_plug(now=fails)
            except PulledPlug:
                failures += 1
                async with billing.transaction() as tx:
                    locked = await store.lock_contract(tx, contract.id)
                    await actions.run_contract(tx, contract=locked)

    await asyncio.gather(*(finalize(place) for place in range(16)))

    issued = await billing.invoices()
    assert failures >= 16
    assert [one.invoice.number for one in issued] == [f"A-2026/{number:05d}" for number in range(1, 65)]
    assert len({one.invoice.contract_id for one in issued}) == 64
