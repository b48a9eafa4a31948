"""What it costs to pay late (3.4): a fee and interest on the next invoice, by the terms of the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.billing import domain
from services.billing.domain import Conditions
from tests.billing.conftest import Client
from tests.billing.settling import newest, post
from tests.billing.shops import Billing, local, section

USUAL = Conditions(late_fee_bp=200, late_interest_bp=100)


@pytest.mark.parametrize(
    ("due", "paid_on", "days"),
    [
        ("2026-12-11", "2026-12-11", 0),
        ("2026-12-11", "2026-12-12", 1),
        # A due date that became a day without banks, and the next bank day: Law 7.089/1983.
        ("2026-12-12", "2026-12-14", 0),
        ("2026-12-12", "2026-12-15", 3),
        ("2026-12-11", "2027-01-10", 30),
    ],
)
def test_interest_counts_from_the_due_date_once_the_next_bank_day_has_passed(due: str, paid_on: str, days: int) -> None:
    calendars = domain.calendars_of(section())

    late = domain.days_late(date.fromisoformat(due), date.fromisoformat(paid_on), calendars=calendars)

    assert late == days


@pytest.mark.anyio
async def test_what_is_paid_late_costs_two_percent_and_interest_by_days_on_the_next_invoice(
    billing: Billing, client: Client
) -> None:
    contract = await billing.sign("START", "2026-11-01", conditions=USUAL)
    await billing.live_to(local("2026-12-01", "09:00"))
    async with client("billing") as office:
        invoice = await newest(office)
        payments = f"/v1/invoices/{invoice['invoice_id']}/payments"
        await post(office, payments, {"cents": 25400, "paid_on": "2026-12-01"})
        await billing.live_to(local("2026-12-26", "10:00"))
        # Forty thousand were open: what was too much is credit, and costs nothing.
        await post(office, payments, {"cents": 40100, "paid_on": "2026-12-26"})
        draft = (await office.get(f"/v1/contracts/{contract.id}/invoice-draft")).json()
        paper = (await office.get(f"/v1/invoices/{invoice['invoice_id']}/pdf")).content
        fiscal = (await office.get(f"/v1/invoices/{invoice['invoice_id']}")).json()

    assert [(line["kind"], line["period"], line["cents"], line["description"]) for line in draft["lines"]] == [
        ("plan_fee", "2027-01", 65400, "Plano START - mensalidade 01/2027"),
        ("late_fee", "2026-12", 800, f"Fatura {invoice['number']} paga após o vencimento - multa de 2,00 %"),
        (
            "late_interest",
            "2026-12",
            200,
            f"Fatura {invoice['number']} paga após o vencimento - juros de 1,00 % ao mês, 15 dias",
        ),
        ("credit", "2027-01", -100, "Crédito de valores anteriores"),
    ]
    assert (fiscal["late_fee_bp"], fiscal["late_interest_bp"]) == (200, 100)
    assert paper.startswith(b"%PDF")


@pytest.mark.anyio
async def test_without_such_terms_a_late_payment_costs_nothing(billing: Billing, client: Client) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-12-26", "10:00"))
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}/payments"

        paid = await post(office, path, {"cents": 65400, "paid_on": "2026-12-26"})
        draft = (await office.get(f"/v1/contracts/{contract.id}/invoice-draft")).json()

    assert paid["state"] == "paid"
    assert [line["kind"] for line in draft["lines"]] == ["plan_fee"]


@pytest.mark.anyio
async def test_a_contract_that_is_over_is_invoiced_once_more_for_what_was_paid_late_or_voided(
    billing: Billing, client: Client
) -> None:
    contract = await billing.sign("START", "2026-11-01", conditions=replace(USUAL, notice_days=30))
    async with client("billing") as office:
        await billing.live_to(local("2026-11-12", "10:00"))
        notice = {"received_date": "2026-11-12", "reason": "fim do projeto"}
        await post(office, f"/v1/contracts/{contract.id}/cancellation", notice, expect=201)
        await billing.live_to(local("2027-01-20", "10:00"))
        ended = await billing.contract(contract.id)
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"

        voided = await post(office, f"{path}/void", {})
        planned = await billing.contract(contract.id)
        await billing.live_to(local("2027-02-01", "08:00"))
        again = await newest(office)
        await billing.live_to(local("2027-03-20", "10:00"))
        late = {"cents": again["amount_due_cents"], "paid_on": "2027-03-20"}
        await post(office, f"/v1/invoices/{again['invoice_id']}/payments", late)
        await billing.live_to(local("2027-04-01", "08:00"))
        last = await newest(office)

    assert (ended.state, ended.next_run, voided["state"]) == ("terminated", None, "void")
    assert planned.next_run is not None
    assert [(line["kind"], line["cents"]) for line in again["lines"]] == [
        (line["kind"], line["cents"]) for line in invoice["lines"]
    ]
    assert [line["kind"] for line in last["lines"]] == ["late_fee", "late_interest"]
