"""What time brings to holds and months: reminders, rounds, fees paid late, and accounts that fail (2.2, 2.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.hourbank.domain import HoldState
from services.hourbank.store import tables
from shared.events.billing import InvoiceFinalized, InvoiceLine, InvoicePaid
from shared.events.hourbank import HoldUntouched, HoursGranted, StatementIssued
from shared.jobs import run_due
from tests.hourbank.conftest import Client
from tests.hourbank.contracts import ids_of, plan_change
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import SERVICE, Stage, activated

pytestmark = pytest.mark.anyio


async def test_a_hold_that_nobody_touches_is_told_of_once_after_ninety_days_and_stays(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    estimate = await stage.publish("T1", 100, at="2026-11-02T10:00")
    await stage.approve(estimate, over=0, at="2026-11-05T10:00")
    await stage.publish("T2", 10, at="2026-11-06T10:00")
    await stage.cancel("T2", at="2026-11-07T10:00")

    await stage.move_to("2027-02-03T09:59")
    before = [fact for fact in await stage.facts() if isinstance(fact, HoldUntouched)]
    await stage.move_to("2027-06-01T10:00")

    untouched = [fact for fact in await stage.facts() if isinstance(fact, HoldUntouched)]
    assert before == []
    assert [(one.ticket_id, one.minutes, one.days) for one in untouched] == [(named("T1"), 100, 90)]
    hold = (await stage.account()).holds[0]
    assert (hold.state, hold.minutes_held, hold.published_at) == (HoldState.APPROVED, 100, wall("2026-11-02T10:00"))


async def test_a_reopened_ticket_has_a_round_of_its_own(stage: Stage, client: Client) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    for number, minutes in enumerate((100, 120), start=1):
        estimate = await stage.publish("T1", minutes, at=f"2026-11-1{number}T10:00", round_number=number)
        await stage.approve(estimate, over=0 if number == 1 else 40, at=f"2026-11-1{number}T10:00")
        await stage.close("T1", minutes, at=f"2026-11-1{number}T17:00", round_number=number)
    stage.clock.move_to(wall("2026-11-20T10:00"))

    async with client("manager") as manager:
        body = {"ticket_id": str(named("T1")), "minutes": 50, "reason": "engano"}
        newest = await manager.post(f"/v1/accounts/{contract_id}/reversals", json=body)
        first = await manager.post(f"/v1/accounts/{contract_id}/reversals", json=body | {"round": 1})

    assert (newest.json()["round"], newest.json()["over_minutes"]) == (2, 40)
    assert (first.json()["round"], first.json()["over_minutes"]) == (1, 0)
    account = await stage.account()
    assert (account.available_minutes, account.lots[0].terms.effective_date) == (60, date(2026, 11, 1))


def invoice(stage: Stage, name: str, month: str, *, at: str) -> InvoiceFinalized:
    """The invoice of a month's fee."""
    line = InvoiceLine(kind="plan_fee", period=month, description="Plano", cents=65400)
    contract = stage.contract_of[""]
    return InvoiceFinalized(
        contract_id=contract.contract_id,
        organization_id=contract.organization_id,
        invoice_id=named(name),
        number=name,
        series="A",
        issue_date=date.fromisoformat(at[:10]),
        due_date=date.fromisoformat(at[:10]) + timedelta(days=10),
        currency="BRL",
        lines=(line,),
        total_cents=65400,
        sha256="",
        finalized_at=wall(at),
    )


def payment(stage: Stage, name: str, *, at: str) -> InvoicePaid:
    """All of it was paid."""
    return InvoicePaid(**ids_of(stage), invoice_id=named(name), number=name, total_cents=65400, paid_at=wall(at))


async def test_where_a_month_waits_for_its_fee_it_is_granted_when_it_is_paid_and_keeps_its_year(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01", grant_requires_payment=True)
    await stage.tell(invoice(stage, "A-1", "2026-11", at="2026-11-03T08:00"))
    await stage.move_to("2026-11-10T10:00")
    before = (await stage.account()).available_minutes
    await stage.tell(payment(stage, "A-1", at="2026-11-10T10:00"))
    await stage.tell(invoice(stage, "A-2", "2026-12", at="2026-11-20T08:00"))
    await stage.tell(payment(stage, "A-2", at="2026-11-20T10:00"))

    await stage.move_to("2027-01-05T10:00")

    lots = [fact for fact in await stage.facts() if isinstance(fact, HoursGranted)]
    assert before == 0
    assert [(str(one.effective_date), one.minutes, str(one.expires_date), str(one.cycle_start)) for one in lots] == [
        ("2026-11-10", 180, "2027-11-01", "2026-11-01"),
        ("2026-12-01", 180, "2027-12-01", "2026-12-01"),
    ]
    assert (await stage.account()).agreed.unpaid == (date(2027, 1, 1),)


async def test_an_account_that_always_fails_is_put_off_and_the_others_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.hourbank.actions.accounts.BATCH_ACCOUNTS", 1)
    monkeypatch.setattr("services.hourbank.actions.statements.BATCH_ACCOUNTS", 1)
    broken = activated("BASIC", "2026-10-01", at=wall("2026-10-01T00:00"))
    stage.clock.move_to(wall("2026-10-01T00:00"))
    await stage.tell(broken)
    await stage.activate("START", "2026-10-01")
    async with stage.database.transaction(tenant=stage.tenant) as tx:
        of_it = sa.update(tables.accounts).where(tables.accounts.c.contract_id == broken.contract_id)
        await tx.execute(of_it.values(timezone="Mars/Olympus", next_due_at=wall("2026-10-31T00:00")))

    stage.clock.move_to(wall("2026-11-03T08:00"))
    for _ in range(5):
        await run_due(stage.database, SERVICE.jobs)

    issued = [fact.contract_id for fact in await stage.facts() if isinstance(fact, StatementIssued)]
    assert issued == [stage.contract_of[""].contract_id]
    assert (await stage.account()).balance_minutes == 360
    async with stage.database.reading(tenant=stage.tenant) as tx:
        left = sa.select(tables.accounts.c.contract_id).where(
            tables.accounts.c.put_off_until == wall("2026-11-03T09:00")
        )
        assert (await tx.execute(left)).scalars().all() == [broken.contract_id]


async def test_n9_what_is_granted_lives_as_long_as_the_plan_says_under_which_it_came(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-11-16T10:00")
    at = "2026-11-16T10:00"

    await stage.tell(plan_change(stage, "BASIC", "2026-11-16", at=at, mode="immediate_prorated", months=6))
    await stage.move_to("2026-12-01T00:00")

    lots = [(str(lot.terms.effective_date), str(lot.terms.expires_date)) for lot in (await stage.account()).lots]
    assert sorted(lots) == [
        ("2026-11-01", "2027-11-01"),
        ("2026-11-16", "2027-05-16"),
        ("2026-12-01", "2027-06-01"),
    ]
