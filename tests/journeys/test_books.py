"""The books agree, month after month, whatever customers and the office do; and where they do not, it is named."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from bench.rehearsal import rehearse
from services.__main__ import run
from services.cli.reconcile.books import (
    Account,
    Beyond,
    Books,
    Contract,
    CreditNote,
    Debit,
    Entry,
    History,
    Invoice,
    Line,
    Payment,
    Share,
    Statement,
    Sums,
)
from services.cli.reconcile.command import no_books, reconcile_month
from services.cli.reconcile.compare import compare, gaps
from tests.journeys.conftest import OpenStage
from tests.journeys.stories import shop_of, start_customer, worked_and_closed

CONTRACT, TICKET = UUID(int=1), UUID(int=2)
BEGUN = datetime.fromisoformat("2026-11-03T09:00-03:00")


async def test_three_months_of_some_contracts_reconcile_to_the_centavo(tmp_path: Path) -> None:
    done = await rehearse(tmp_path / "data", contracts=6, months=3, seed=11)

    assert (done.reconciled, done.differences) == (["2026-11", "2026-12", "2027-01"], [])
    assert (done.rebuilt, done.unexplained) == ([], [])
    assert done.explained > 6 * 3
    assert done.gaps() == []
    assert {len(issued) for issued in done.invoices.values()} <= {3, 4}
    met = ("tickets", "overage", "additional hours", "reversals", "purchases", "disputes accepted", "voided", "paid")
    assert min(done.happened[what] for what in met) > 0


async def test_the_command_reads_a_data_folder_and_fails_where_a_number_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await rehearse(tmp_path / "data", contracts=2, months=1, seed=3)
    asked = ["reconcile", "2026-11", "--data", str(tmp_path / "data")]

    whole = await asyncio.to_thread(run, asked)
    with closing(sqlite3.connect(tmp_path / "data" / "billing.db")) as billing, billing:
        billing.execute("DELETE FROM invoices WHERE number = 'A-2026/00002'")
    torn = await asyncio.to_thread(run, asked)
    said = capsys.readouterr().out
    nothing = {
        month: await asyncio.to_thread(run, ["reconcile", month, "--tenant", "next4", *asked[2:]])
        for month in ("2020-01", "2027-05")
    }
    said_of_nothing = capsys.readouterr().out
    stranger = await asyncio.to_thread(run, [*asked, "--tenant", "nobody"])

    assert (whole, torn) == (0, 1)
    assert said.startswith("next4 2026-11: 2 contracts, 2 invoices issued in the month: the books agree\n")
    assert "numbers: A-2026/00002: 1 times expected, 0 found" in said
    assert nothing == {"2020-01": 1, "2027-05": 1}
    assert said_of_nothing == (
        "next4: nothing to reconcile: no contract had begun in 2020-01\n"
        "next4: nothing to reconcile: 2027-05 has not ended\n"
    )
    assert stranger == 1
    assert "the provider 'nobody' has no offer here: apply it first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("month", "why"),
    [
        ("2026-10", "no contract had begun in 2026-10"),
        ("2026-11", None),
        ("2026-12", "2026-12 has not ended"),
        ("2027-05", "2027-05 has not ended"),
    ],
)
def test_a_month_has_books_once_it_has_ended_on_the_wall_clock_of_a_contract_that_had_begun(
    month: str, why: str | None
) -> None:
    begun, later = (
        Contract(contract_id=CONTRACT, start_date=day, timezone="America/Sao_Paulo", activated_at=BEGUN, ends_on=None)
        for day in (date(2026, 11, 30), date(2026, 12, 1))
    )
    # In UTC it is January already.
    assert no_books([begun, later], month, now=datetime.fromisoformat("2027-01-01T02:59:59Z")) == why
    assert no_books([], month, now=BEGUN) == f"no contract had begun in {month}"


async def test_s24_reversed_after_the_invoice_the_books_agree_and_the_invoice_stays(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-01T09:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Livraria Capitu")
        ticket = await customer.asks("Área de assinantes", "Os assinantes precisam baixar as edições.")
        estimate = await shop.estimate(ticket, 270)
        await customer.approves(ticket, estimate)
        await stage.at("2026-11-12T17:00-03:00")
        await worked_and_closed(shop, ticket, 270)
        await stage.at("2026-12-01T09:00-03:00")
        before = (await customer.invoices())[-1]

        await stage.at("2026-12-07T10:00-03:00")
        body = {"ticket_id": str(ticket.id), "minutes": 120, "reason": "work redone under warranty"}
        await shop.manager.post(f"/v1/accounts/{customer.contract_id}/reversals", body)
        invoice = (await shop.office.get("/v1/invoices"))["items"][0]
        history = await shop.office.get(f"/v1/invoices/{invoice['invoice_id']}/history")
        agreed = await reconcile_month(shop.admin, "2026-11", quiet=True)
        with closing(sqlite3.connect(tmp_path / "data" / "billing.db")) as billing, billing:
            billing.execute(
                "UPDATE credit_notes SET content = CAST(replace(CAST(content AS TEXT), '/00001', '/00002') AS BLOB)"
            )
        torn = await reconcile_month(shop.admin, "2026-11", quiet=True)

        assert (before.issue_date.isoformat(), before.total_cents) == ("2026-12-01", 99900)
        assert [(note["cents"], note["invoice_number"]) for note in history["credit_notes"]] == [(34500, before.number)]
        assert (await customer.invoices())[-1] == before
        assert (agreed.contracts, agreed.differences) == (1, [])
        assert [str(one) for one in torn.differences] == ["numbers: NC-2026/00001: 1 times expected, 0 found"]


async def test_a_dispute_that_is_accepted_gives_hours_and_money_back(open_stage: OpenStage) -> None:
    async with open_stage(datetime.fromisoformat("2026-11-01T09:00-03:00")) as stage:
        shop = await shop_of(stage, "next4")
        customer = await start_customer(stage, shop, "Pousada Sereia")
        ticket = await customer.asks("Reservas", "Queremos receber reservas pelo site.")
        await customer.approves(ticket, await shop.estimate(ticket, 270))
        await stage.at("2026-11-12T17:00-03:00")
        await worked_and_closed(shop, ticket, 270)
        await stage.at("2026-12-01T09:00-03:00")
        invoice = (await shop.office.get("/v1/invoices"))["items"][0]
        line = f"/v1/invoices/{invoice['invoice_id']}/lines/2"

        await customer.approver.post(f"{line}/dispute", {"reason": "esperamos por vocês", "minutes": 60})
        await shop.manager.post(f"{line}/settlement", {"outcome": "accepted", "reason": "é verdade", "minutes": 30})
        history = await shop.office.get(f"/v1/invoices/{invoice['invoice_id']}/history")
        agreed = await reconcile_month(shop.admin, "2026-11", quiet=True)

        assert [(note["cents"], note["dispute_id"]) for note in history["credit_notes"]] == [
            (11500, history["disputes"][0]["dispute_id"])
        ]
        assert agreed.differences == []


GRANT, TAKEN, BEYOND = (
    {"kind": "grant", "minutes": 180, "reason": "plan"},
    {"kind": "consume", "minutes": 180, "ticket_id": TICKET, "round": 1},
    {"kind": "overage", "minutes": 90, "ticket_id": TICKET, "round": 1, "tranche": 1, "hour_price_cents": 23000},
)
FEE = Line(kind="plan_fee", period="2026-11", cents=65400)
OVERAGE = Line(kind="overage", period="2026-11", cents=34500, minutes=90, ticket_id=TICKET)


def ledger(*lines: dict[str, Any]) -> list[Entry]:
    """Lines of the ledger, all of the twelfth of November."""
    empty = dict.fromkeys(("ticket_id", "round", "tranche", "hour_price_cents", "reason"))
    told = [{**empty, "sequence": place, **line} for place, line in enumerate(lines, start=1)]
    return [Entry(local_date="2026-11-12", **one) for one in told]


def statement(**changes: Any) -> Statement:
    """November: 180 minutes came and went, and 90 were beyond them."""
    figures = {"granted_minutes": 180, "debited_minutes": 180, "overage_minutes": 90}
    zero = dict.fromkeys(("opening_minutes", "expired_minutes", "closing_minutes"), 0)
    debit = Debit(ticket_id=TICKET, by_lot=[Share(minutes=180)], overages=[Beyond(minutes=90, cents=34500)])
    return Statement(**{**figures, **zero, "debits": [debit], **changes})


def invoice(*lines: Line, **changes: Any) -> Invoice:
    """The first invoice, of December, paid with 99900 centavos."""
    total = sum(line.cents for line in lines)
    told = {"total_cents": total, "paid_cents": 99900, "credited_cents": 0, "charge_cancelled": False}
    identity = {"invoice_id": UUID(int=3), "contract_id": CONTRACT, "number": "A-2026/00001", "series": "A"}
    return Invoice(**{**identity, "state": "paid", "month": "2026-12", "lines": list(lines), **told, **changes})


def books(**changes: Any) -> Books:
    """A contract with one ticket in November, as its three books tell it."""
    made = [invoice(FEE, OVERAGE)]
    history = History(invoice_id=UUID(int=3), payments=[Payment(cents=99900)], credit_notes=[])
    told = {
        "ends_on": None,
        "statement": statement(),
        "account": Account(balance_minutes=0, ends_on=None),
        "entries": ledger(GRANT, TAKEN, BEYOND),
        "invoices": made,
        "listed": Sums(total_cents=99900, paid_cents=99900, credited_cents=0),
        "histories": [history],
        "waiting": [],
    }
    return Books(contract_id=CONTRACT, **{**told, **changes})


def credited(cents: int, *, of_line: int) -> list[History]:
    """The history of the invoice with a credit note of so many centavos whose line says others."""
    line = Line(kind="plan_fee", period="2026-11", cents=of_line)
    note = CreditNote(number="NC-2026/00001", state="issued", lines=[line], cents=cents)
    return [History(invoice_id=UUID(int=3), payments=[Payment(cents=99900)], credit_notes=[note])]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"statement": statement(overage_minutes=91)},
            ["overage of 2026-11 in the statement, by the ledger: 90 minutes expected, 91 found"],
        ),
        (
            {"statement": statement(debits=[Debit(ticket_id=TICKET, by_lot=[Share(minutes=179)], overages=[])])},
            [
                "beyond the bank, in the statement of 2026-11, by the ledger: 34500 centavos expected, 0 found",
                "beyond the bank, in the statement of 2026-11, by the ledger: 90 minutes expected, 0 found",
                "of the bank, in the statement of 2026-11, by the ledger: 180 minutes expected, 179 found",
            ],
        ),
        (
            {"account": Account(balance_minutes=1, ends_on=None)},
            ["balance of the account, by the ledger: 0 minutes expected, 1 found"],
        ),
        (
            {"ends_on": date(2026, 12, 10)},
            ["end of the account of hours, by the contract: 2026-12-10 expected, none found"],
        ),
        (
            {"account": Account(balance_minutes=0, ends_on=date(2026, 12, 10))},
            ["end of the account of hours, by the contract: none expected, 2026-12-10 found"],
        ),
        (
            {"entries": ledger(GRANT, TAKEN, {**BEYOND, "sequence": 4})},
            ["lines of the ledger: 4 lines expected, 3 found"],
        ),
        (
            {"invoices": [invoice(FEE, msgspec.structs.replace(OVERAGE, minutes=89))]},
            ["overage of 2026-11 charged, by the ledger: 90 minutes expected, 89 found"],
        ),
        (
            {"invoices": [invoice(FEE, msgspec.structs.replace(OVERAGE, cents=34501), total_cents=99900)]},
            [
                "overage of 2026-11 charged, by the ledger: 34500 centavos expected, 34501 found",
                "total of A-2026/00001: 99901 centavos expected, 99900 found",
            ],
        ),
        (
            {"entries": ledger(GRANT, TAKEN, BEYOND, {"kind": "hold", "minutes": 5}), "statement": None},
            [
                "granted of 2026-11 in the statement, by the ledger: 180 minutes expected, 0 found",
                "debited of 2026-11 in the statement, by the ledger: 180 minutes expected, 0 found",
                "overage of 2026-11 in the statement, by the ledger: 90 minutes expected, 0 found",
                "beyond the bank, in the statement of 2026-11, by the ledger: 34500 centavos expected, 0 found",
                "beyond the bank, in the statement of 2026-11, by the ledger: 90 minutes expected, 0 found",
                "of the bank, in the statement of 2026-11, by the ledger: 180 minutes expected, 0 found",
            ],
        ),
        (
            {"entries": [], "statement": None, "account": None},
            [
                "accounts of hours of the contract: 1 accounts expected, 0 found",
                "overage of 2026-11 charged, by the ledger: 0 minutes expected, 90 found",
                "overage of 2026-11 charged, by the ledger: 0 centavos expected, 34500 found",
            ],
        ),
        (
            {"waiting": [Line(kind="purchase", period="2026-11", cents=100, minutes=60)]},
            ["hours bought and charged, by the ledger: 0 minutes expected, 60 found"],
        ),
        ({"waiting": [FEE]}, ["fee of 2026-11 charged: 1 times expected, 2 found"]),
        (
            {"listed": Sums(total_cents=99900, paid_cents=99899, credited_cents=0)},
            ["paid of all invoices, as listed: 99900 centavos expected, 99899 found"],
        ),
        (
            {"histories": credited(100, of_line=101)},
            [
                "credited of A-2026/00001: 100 centavos expected, 0 found",
                "total of NC-2026/00001: 101 centavos expected, 100 found",
            ],
        ),
    ],
)
def test_a_minute_or_a_centavo_that_differs_is_named(changes: dict[str, Any], named: list[str]) -> None:
    assert compare(books(), "2026-11") == []

    differences = [str(one).partition(": ")[2] for one in compare(books(**changes), "2026-11")]

    assert differences == named


def test_a_number_that_is_missing_or_there_twice_is_named() -> None:
    assert gaps(["A-2026/00002", "A-2026/00001", "B-2026/00001"]) == []
    assert [str(one) for one in gaps(["A-2026/00003", "A-2026/00003", "A-2026/00001"])] == [
        "numbers: A-2026/00002: 1 times expected, 0 found",
        "numbers: A-2026/00003: 1 times expected, 2 found",
    ]
