"""What lies ahead, and what one act would do: the same as is found when it is done; and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.hourbank import domain
from services.hourbank.domain import Change
from services.hourbank.domain.whatif import PlanChangePending, what_if_cancelled, what_if_changed
from shared.errors import Invalid, Refused
from shared.events.billing import CancellationRequested, PlanChangeScheduled
from shared.events.examples import example_of
from shared.events.hourbank import HoursHeld, LotExpired
from tests.hourbank.conftest import Client
from tests.hourbank.pure import Bank, named, wall
from tests.hourbank.stage import Stage

pytestmark = pytest.mark.anyio  # the pure ones need no event loop, and get none

BUCKETS = ("effective_date", "granted_minutes", "available_minutes", "held_minutes", "expired_minutes")


async def a_story(stage: Stage) -> str:
    """START since August, of which about an hour a month is used; answers the account's path."""
    contract_id = await stage.activate("START", "2026-08-01")
    for month, minutes in (("08", 60), ("09", 70), ("10", 81)):
        await stage.move_to(f"2026-{month}-10T09:00")
        ticket = f"T{month}"
        at = f"2026-{month}-10T10:00"
        await stage.approve(await stage.publish(ticket, minutes, at=at), over=0, at=at)
        await stage.close(ticket, minutes, at=f"2026-{month}-12T17:00")
    await stage.move_to("2026-11-16T09:00")
    return f"/v1/accounts/{contract_id}"


def buckets(lots: list[dict[str, Any]]) -> list[list[Any]]:
    """What of lots is compared."""
    return [[lot[name] for name in BUCKETS] for lot in lots]


async def test_what_an_estimate_would_hold_is_what_it_holds(stage: Stage, client: Client) -> None:
    path = await a_story(stage)
    lines, facts = len(await stage.ledger()), len(await stage.facts())

    async with client("agent") as agent:
        guess = (await agent.post(f"{path}/what-if", json={"estimate": {"minutes": 600}})).json()
        untouched = (len(await stage.ledger()), len(await stage.facts()))
        await stage.publish("T9", 600, at="2026-11-16T09:00")
        after = (await agent.get(path)).json()

    assert untouched == (lines, facts)
    held = next(fact for fact in (await stage.facts())[::-1] if isinstance(fact, HoursHeld))
    assert (guess["held_minutes"], guess["over_minutes"]) == (held.minutes_held, held.minutes_over) == (509, 91)
    assert (guess["overage_cents"], guess["needs_approval"]) == (held.overage_cents, True)
    assert buckets(guess["lots_after"]) == buckets(after["lots"])
    assert guess["available_after_minutes"] == after["available_minutes"] == 0


@pytest.mark.parametrize(("mode", "day"), [("immediate_prorated", "2026-11-16"), ("next_cycle", "2026-12-01")])
async def test_what_another_plan_would_bring_is_what_it_brings(
    stage: Stage, client: Client, mode: str, day: str
) -> None:
    path = await a_story(stage)
    asked = {"monthly_minutes": 420, "full_hour_price_cents": 23000, "validity_months": 6, "mode": mode}

    async with client("agent") as agent:
        guess = (await agent.post(f"{path}/what-if", json={"plan_change": asked})).json()
        contract = stage.contract_of[""]
        change = replace(
            example_of(PlanChangeScheduled),
            contract_id=contract.contract_id,
            organization_id=contract.organization_id,
            mode=mode,
            monthly_minutes=420,
            full_hour_price_cents=23000,
            validity_months=6,
            effective_date=date.fromisoformat(day),
            decided_at=wall("2026-11-16T09:00"),
        )
        await stage.tell(change)
        await stage.move_to(f"{day}T09:00")
        after = (await agent.get(path)).json()

    assert guess["as_of"] == day
    assert guess["granted_minutes"] == {"immediate_prorated": 120, "next_cycle": 420}[mode]
    assert buckets(guess["lots_after"]) == buckets(after["lots"])


async def test_what_an_end_would_take_is_what_it_takes(stage: Stage, client: Client) -> None:
    path = await a_story(stage)

    async with client("agent") as agent:
        asked = {"cancellation": {"effective_date": "2026-12-16"}}
        guess = (await agent.post(f"{path}/what-if", json=asked)).json()
        contract = stage.contract_of[""]
        notice = replace(
            example_of(CancellationRequested),
            contract_id=contract.contract_id,
            organization_id=contract.organization_id,
            effective_date=date(2026, 12, 16),
            on_termination="forfeit",
            requested_at=wall("2026-11-16T09:00"),
        )
        await stage.tell(notice)
        await stage.move_to("2026-12-16T09:00")
        after = (await agent.get(path)).json()

    lost = sum(fact.minutes for fact in await stage.facts() if isinstance(fact, LotExpired))
    # 180 x 15 / 31 of December are granted before all of it lapses.
    assert (guess["granted_minutes"], guess["forfeited_minutes"], guess["balance_after_minutes"]) == (87, 596, 0)
    assert guess["forfeited_minutes"] == lost
    assert buckets(guess["lots_after"]) == buckets(after["lots"])


AT = "2026-11-16T09:00"
HALF = {"monthly_minutes": 90, "is_immediate": True}


@pytest.mark.parametrize(
    ("changes", "day", "code", "field"),
    [
        (HALF, "2026-11-16", "downgrade_at_once", "plan_change.mode"),
        ({"is_immediate": True}, "2026-11-17", "invalid", "plan_change.effective_date"),
        ({}, "2026-11-01", "invalid", "plan_change.effective_date"),
        ({}, "2026-12-02", "invalid", "plan_change.effective_date"),
        ({}, "2031-12-01", "invalid", "plan_change.effective_date"),
        ({}, "9999-12-01", "invalid", "plan_change.effective_date"),
    ],
)
def test_a_plan_that_billing_would_not_decide_is_refused_by_the_same_rule(
    changes: dict[str, Any], day: str, code: str, field: str
) -> None:
    bank = Bank.opened("START", "2026-08-01", at=AT)
    change = replace(a_change(day), **changes)

    with pytest.raises(Refused) as refused:
        what_if_changed(bank.account, change, cause=bank.cause(AT))

    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("day", ["2026-11-15", "2026-07-31", "2031-11-17", "9999-12-31"])
def test_an_end_in_the_past_or_in_another_age_is_refused(day: str) -> None:
    bank = Bank.opened("START", "2026-08-01", at=AT)

    with pytest.raises(Invalid) as refused:
        what_if_cancelled(bank.account, date.fromisoformat(day), cause=bank.cause(AT))

    assert refused.value.field == "cancellation.effective_date"


def test_another_plan_is_not_tried_while_one_is_decided_nor_anything_after_the_end() -> None:
    bank = Bank.opened("START", "2026-08-01", at=AT)
    cause = bank.cause(AT)
    decided = domain.written(domain.change_terms(bank.account, a_change("2026-12-01"), cause=cause))
    ended = domain.cancel_contract(bank.account, date(2026, 11, 16), on_termination="forfeit", cause=cause)

    with pytest.raises(PlanChangePending):
        what_if_changed(decided, replace(a_change("2027-01-01"), id=None), cause=cause)
    with pytest.raises(domain.ContractEnded):
        what_if_changed(ended, a_change("2026-12-01"), cause=cause)
    with pytest.raises(domain.ContractEnded):
        what_if_cancelled(ended, date(2026, 12, 1), cause=cause)


def a_change(day: str) -> Change:
    """A bigger plan from a day on."""
    return Change(
        id=named("change"),
        effective_date=date.fromisoformat(day),
        decided_at=wall(AT),
        plan_price_cents=145000,
        hour_price_cents=23000,
        plan_code="BASIC",
        monthly_minutes=420,
    )


async def test_exactly_one_question_is_asked_of_what_one_may_see(stage: Stage, client: Client) -> None:
    path = f"{await a_story(stage)}/what-if"
    estimate = {"estimate": {"minutes": 60}}

    async with client("agent") as agent, client("customer", organization_id=uuid4()) as foreign:
        refused = [
            await agent.post(path, json={}),
            await agent.post(path, json=estimate | {"cancellation": {"effective_date": "2026-12-16"}}),
            await agent.post(path, json={"estimate": {"minutes": 0}}),
            await agent.post(path, json={"cancellation": {"effective_date": "2020-01-01"}}),
            await agent.post(path, json={"holiday": 1}),
            await foreign.post(path, json=estimate),
        ]
        own = client("customer", organization_id=named("organization"))
        seen = await own.post(path, json=estimate)

    assert [answer.status_code for answer in refused] == [422, 422, 422, 422, 422, 404]
    assert (seen.status_code, seen.json()["held_minutes"]) == (200, 60)


async def test_the_forecast_runs_the_rules_forward_at_the_rate_of_the_last_three_months(
    stage: Stage, client: Client
) -> None:
    path = await a_story(stage)
    lines = len(await stage.ledger())

    async with client("agent") as agent:
        ahead = (await agent.get(f"{path}/forecast")).json()
        now = (await agent.get(path)).json()

    # (60 + 70 + 81) / 3 = 70.33 a month of 180 granted: nothing runs out, and what is oldest is used in time.
    assert (ahead["burn_minutes"], ahead["burn_first_date"], ahead["burn_end_date"]) == (70, "2026-08-01", "2026-11-01")
    assert ahead["runs_out_date"] is None
    months = ahead["months"]
    assert [one["month"] for one in months][::12] == ["2026-11", "2027-11"]
    assert [one["used_minutes"] for one in months] == [33, *[70] * 12]
    assert [one["granted_minutes"] for one in months] == [0, *[180] * 12]
    balance = now["balance_minutes"]
    for one in months:
        balance += one["granted_minutes"] - one["used_minutes"] - one["lapsing_minutes"]
        assert one["balance_minutes"] == balance
    assert ahead["lapsing_minutes"] == 0
    assert len(await stage.ledger()) == lines


async def test_what_nobody_uses_lapses_lot_by_lot_in_the_forecast(stage: Stage, client: Client) -> None:
    contract_id = await stage.activate("START", "2026-08-01")
    await stage.move_to("2026-11-16T09:00")

    async with client("agent") as agent:
        ahead = (await agent.get(f"/v1/accounts/{contract_id}/forecast")).json()

    lapsing = {one["month"]: one["lapsing_minutes"] for one in ahead["months"] if one["lapsing_minutes"]}
    assert ahead["burn_minutes"] == 0
    assert lapsing == {"2027-08": 180, "2027-09": 180, "2027-10": 180, "2027-11": 180}
    assert {one["balance_minutes"] for one in ahead["months"][9:]} == {12 * 180}


async def test_the_forecast_says_on_which_day_the_hours_run_out(stage: Stage, client: Client) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-11-15T09:00")
    await stage.approve(await stage.publish("T1", 150, at="2026-11-15T09:00"), over=0, at="2026-11-15T09:00")
    await stage.close("T1", 150, at="2026-11-15T10:00")

    async with client("agent") as agent:
        ahead = (await agent.get(f"/v1/accounts/{contract_id}/forecast")).json()

    # 150 minutes in 15 of 30 days are 300 a month, ten a day: 30 minutes last for three days.
    assert (ahead["burn_minutes"], ahead["runs_out_date"]) == (300, "2026-11-19")
    assert (ahead["months"][0]["used_minutes"], ahead["months"][0]["over_minutes"]) == (30, 120)
    assert ahead["months"][0]["overage_cents"] == 46000
