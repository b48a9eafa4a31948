"""A contract's life after its activation: other plans and prices, purchases, suspension, notice, its end (2.8, 2.9)."""

from __future__ import annotations

import pytest

from services.hourbank import domain
from shared.events.hourbank import (
    HoldRefused,
    HoursGranted,
    HoursHeld,
    HoursRefunded,
    HoursReversed,
    LotExpired,
    LotVoided,
    LotVoidRefused,
    OverageAccrued,
    OverageReversed,
    StatementIssued,
    TerminationNear,
)
from shared.inbox import Outcome
from tests.hourbank import contracts
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import Stage

pytestmark = pytest.mark.anyio


async def available(stage: Stage) -> int:
    """The available minutes now."""
    return (await stage.account()).available_minutes


async def granted(stage: Stage) -> list[tuple[str, int, str]]:
    """Every lot that came in: when it began, its minutes, its source."""
    return [
        (str(fact.effective_date), fact.minutes, fact.source)
        for fact in await stage.facts()
        if isinstance(fact, HoursGranted)
    ]


async def lapsed(stage: Stage) -> list[tuple[int, str]]:
    """What lapsed, and why."""
    return [(fact.minutes, fact.reason) for fact in await stage.facts() if isinstance(fact, LotExpired)]


# --- plans and prices -----------------------------------------------------------------------------------------------


async def test_s19_an_upgrade_in_the_month_brings_the_rest_of_it_by_days(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-11-16T10:00")
    change = contracts.plan_change(stage, "BASIC", "2026-11-16", at="2026-11-16T10:00", mode="immediate_prorated")

    await stage.tell(change)
    await stage.tell(change)
    await stage.move_to("2026-12-01T00:00")

    assert await granted(stage) == [
        ("2026-11-01", 180, "plan"),
        ("2026-11-16", 120, "upgrade"),
        ("2026-12-01", 420, "plan"),
    ]
    account = await stage.account()
    assert [str(lot.terms.expires_date) for lot in account.lots] == ["2027-11-01", "2027-11-16", "2027-12-01"]
    assert (account.plan.code, account.plan.monthly_minutes) == ("BASIC", 420)


async def test_a_change_with_the_next_month_keeps_old_lots_and_can_be_withdrawn(stage: Stage) -> None:
    await stage.activate("BASIC", "2026-11-01")
    await stage.tell(contracts.plan_change(stage, "START", "2026-12-01", at="2026-11-10T10:00"))
    never = contracts.plan_change(stage, "ADVANCED", "2027-01-01", at="2026-12-10T10:00")
    await stage.move_to("2026-12-10T10:00")
    await stage.tell(never)
    await contracts.withdraw_plan_change(stage, never, at="2026-12-20T10:00")

    await stage.move_to("2027-01-01T00:00")

    assert await granted(stage) == [
        ("2026-11-01", 420, "plan"),
        ("2026-12-01", 180, "plan"),
        ("2027-01-01", 180, "plan"),
    ]
    assert [lot.available_minutes for lot in (await stage.account()).lots] == [420, 180, 180]


async def test_a_change_that_is_heard_after_its_midnight_is_made_good(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-12-01T00:10")

    late = contracts.plan_change(stage, "BASIC", "2026-12-01", at="2026-11-30T23:59")
    await stage.tell(late)
    raised = await granted(stage)
    await contracts.withdraw_plan_change(stage, late, at="2026-11-30T23:59")

    assert raised[1:] == [("2026-12-01", 180, "plan"), ("2026-12-01", 240, "upgrade")]
    assert await available(stage) == 360
    assert [fact.minutes for fact in await stage.facts() if isinstance(fact, LotVoided)] == [240]


async def test_a_plan_without_hours_can_become_one_with_hours(stage: Stage) -> None:
    await stage.activate("NONE", "2026-11-01")
    await stage.tell(contracts.plan_change(stage, "START", "2027-01-01", at="2026-11-16T10:00"))

    await stage.move_to("2027-02-01T00:00")

    assert await granted(stage) == [("2027-01-01", 180, "plan"), ("2027-02-01", 180, "plan")]


async def test_the_same_change_that_says_something_else_is_refused_and_nothing_changes(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.tell(contracts.plan_change(stage, "BASIC", "2026-12-01", at="2026-11-10T10:00"))
    before = (await stage.account()).agreed

    again = contracts.plan_change(stage, "BASIC", "2026-12-01", at="2026-11-11T10:00")

    assert await stage.tell(again) is Outcome.PARKED
    assert (await stage.account()).agreed == before


async def test_s35_a_rate_is_pinned_at_approval_and_new_estimates_cost_what_their_day_costs(stage: Stage) -> None:
    await stage.activate("START", "2025-12-01", validity_months=1)
    stage.clock.move_to(wall("2026-11-20T10:00"))
    await contracts.adjust_price(stage, "2026-12-01", at="2026-11-01T10:00")
    old = await stage.publish("T1", 240, at="2026-11-30T23:59")
    await stage.approve(old, over=60, at="2026-11-30T23:59")
    await stage.move_to("2026-12-02T09:00")
    new = await stage.publish("T2", 240, at="2026-12-02T10:00")
    await stage.approve(new, over=60, at="2026-12-02T10:00", price=24022)

    await stage.close("T1", 240, at="2026-12-03T10:00")
    await stage.close("T2", 240, at="2026-12-03T11:00")

    held = [(fact.hour_price_cents, fact.overage_cents) for fact in await stage.facts() if isinstance(fact, HoursHeld)]
    accrued = [fact.cents for fact in await stage.facts() if isinstance(fact, OverageAccrued)]
    assert held == [(23000, 23000), (24022, 24022)]
    assert accrued == [23000, 24022]


# --- purchases ------------------------------------------------------------------------------------------------------


async def test_a_purchase_is_drawn_when_it_dies_first_and_waits_for_its_day(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await contracts.buy(stage, "P1", 60, at="2026-11-05T10:00", months=1)
    await contracts.buy(stage, "P1", 60, at="2026-11-05T10:00", months=1)
    await contracts.buy(stage, "P2", 90, at="2026-11-05T11:00", effective="2026-11-20")
    stage.clock.move_to(wall("2026-11-06T10:00"))
    before = await available(stage)
    estimate = await stage.publish("T1", 100, at="2026-11-06T10:00")

    await stage.move_to("2026-11-20T00:00")

    held = (await stage.account()).holds[0]
    assert (held.estimate_id, [(str(one.expires_date), one.minutes) for one in held.shares]) == (
        estimate,
        [("2026-12-05", 60), ("2027-11-01", 40)],
    )
    assert (before, await available(stage)) == (240, 230)


async def test_a_purchase_is_voided_whole_until_a_minute_of_it_was_used_and_then_never(
    stage: Stage, client: Client
) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    for name in ("unused", "held", "used"):
        await contracts.buy(stage, name, 30, at="2026-11-05T10:00", months=1)
        if name != "unused":
            estimate = await stage.publish(name, 30, at="2026-11-05T11:00")
            await stage.approve(estimate, over=0, at="2026-11-05T11:00")
        if name == "unused":
            await contracts.void(stage, "unused", at="2026-11-05T10:30")
            await contracts.void(stage, "unused", at="2026-11-05T10:30")
    await stage.close("used", 30, at="2026-11-06T10:00")
    stage.clock.move_to(wall("2026-11-06T11:00"))
    async with client("manager") as manager:
        back = {"ticket_id": str(named("used")), "minutes": 30, "reason": "engano"}
        assert (await manager.post(f"/v1/accounts/{contract_id}/reversals", json=back)).status_code == 201

    await contracts.void(stage, "held", at="2026-11-06T12:00")
    await contracts.void(stage, "used", at="2026-11-06T12:00")

    facts = await stage.facts()
    assert [(one.minutes, one.purchase_id) for one in facts if isinstance(one, LotVoided)] == [(30, named("unused"))]
    assert [(one.rule, one.purchase_id) for one in facts if isinstance(one, LotVoidRefused)] == [
        ("held", named("held")),
        ("used", named("used")),
    ]
    assert await available(stage) == 210
    assert await contracts.void(stage, "nobody's", at="2026-11-06T12:00") is Outcome.PARKED


# --- suspension -----------------------------------------------------------------------------------------------------


async def test_a_suspended_contract_takes_no_estimate_and_finishes_what_was_approved(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    running = await stage.publish("T1", 100, at="2026-11-10T09:00")
    await stage.approve(running, over=0, at="2026-11-10T09:00")
    await contracts.suspend(stage, at="2026-11-12T10:00")

    await stage.publish("T2", 10, at="2026-11-12T11:00")
    await stage.publish("T3", 10, at="2026-11-12T09:59")
    await stage.close("T1", 100, at="2026-11-13T10:00")
    await stage.move_to("2026-12-02T10:00")
    await contracts.resume(stage, at="2026-12-02T10:00")
    await stage.publish("T4", 10, at="2026-12-02T11:00")

    facts = await stage.facts()
    assert [(one.ticket_id, one.rule) for one in facts if isinstance(one, HoldRefused)] == [(named("T2"), "suspended")]
    assert [one.ticket_id for one in facts if isinstance(one, HoursHeld)] == [named("T1"), named("T3"), named("T4")]
    assert await granted(stage) == [("2026-11-01", 180, "plan"), ("2026-12-01", 180, "plan")]


async def test_a_suspension_that_stops_grants_leaves_its_months_without(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await contracts.suspend(stage, at="2026-11-12T10:00", stops_grants=True)
    await stage.move_to("2027-01-15T10:00")
    await contracts.resume(stage, at="2027-01-15T10:00")

    await stage.move_to("2027-02-01T00:00")

    assert await granted(stage) == [("2026-11-01", 180, "plan"), ("2027-02-01", 180, "plan")]


# --- the end --------------------------------------------------------------------------------------------------------


async def test_s21_on_the_day_what_is_available_lapses_and_what_is_held_lives_until_its_ticket_ends(
    stage: Stage,
) -> None:
    await stage.activate("START", "2025-12-01", validity_months=12)
    stage.clock.move_to(wall("2026-11-10T12:00"))
    await contracts.cancel(stage, "2026-12-10", at="2026-11-10T12:00")
    estimate = await stage.publish("T1", 100, at="2026-12-09T10:00")
    await stage.approve(estimate, over=0, at="2026-12-09T10:00")

    await stage.move_to("2026-12-10T00:00")
    at_the_end = await stage.account()
    await stage.publish("T2", 10, at="2026-12-10T09:00")
    await stage.close("T1", 70, at="2026-12-11T10:00")
    await contracts.terminate(stage, "2026-12-10", at="2026-12-10T00:00")
    await stage.move_to("2027-03-01T00:00")

    assert (at_the_end.available_minutes, at_the_end.held_minutes) == (0, 100)
    assert (await granted(stage))[-1] == ("2026-12-01", 52, "plan")  # 180 x 9 / 31
    facts = await stage.facts()
    assert [one.rule for one in facts if isinstance(one, HoldRefused)] == ["terminated"]
    near = [one for one in facts if isinstance(one, TerminationNear)]
    assert [(one.available_minutes, one.days_left) for one in near] == [(2160, 30), (2032, 7)]
    assert (await lapsed(stage))[-1] == (30, "termination")
    account = await stage.account()
    assert (account.balance_minutes, account.next_cycle, account.holds) == (0, None, ())
    assert domain.next_due_at(account) is None


async def test_s22_grants_go_on_until_the_end_of_the_minimum_term(stage: Stage) -> None:
    await stage.activate("START", "2026-06-15")
    stage.clock.move_to(wall("2026-11-10T12:00"))
    await contracts.cancel(stage, "2027-06-15", at="2026-11-10T12:00")

    await stage.move_to("2027-07-02T00:00")

    brought = await granted(stage)
    assert (brought[0], brought[-1], len(brought)) == (
        ("2026-06-15", 96, "plan"),
        ("2027-06-01", 84, "plan"),
        13,
    )
    assert await available(stage) == 0


async def test_an_ended_contract_is_reported_until_its_last_month_and_again_only_where_something_moves(
    stage: Stage, client: Client
) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 330, at="2026-11-10T10:00"), over=150, at="2026-11-10T15:00")
    await stage.close("T1", 330, at="2026-11-12T17:00")
    await contracts.cancel(stage, "2026-12-16", at="2026-11-16T12:00")
    await stage.move_to("2027-03-10T12:00")
    async with client("manager") as manager:
        back = {"ticket_id": str(named("T1")), "minutes": 10, "reason": "engano"}
        assert (await manager.post(f"/v1/accounts/{contract_id}/reversals", json=back)).status_code == 201
        await stage.move_to("2027-06-10T12:00")
        listed = (await manager.get(f"/v1/accounts/{contract_id}/statements")).json()
        shown = await manager.get(f"/v1/accounts/{contract_id}/statements/2027-02")

    told = [fact.period for fact in await stage.facts() if isinstance(fact, StatementIssued)]
    assert told == ["2026-11", "2026-12", "2027-03"]
    assert [one["month"] for one in listed["items"]] == told[::-1]
    assert (shown.status_code, shown.json()["closing_minutes"]) == (200, 0)


async def test_hours_that_were_bought_before_the_end_and_are_heard_of_after_it_lapse_with_it(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await contracts.cancel(stage, "2026-12-16", at="2026-11-16T12:00", on_termination="refund_at_plan_rate")
    await stage.move_to("2026-12-16T09:00")
    before = await lapsed(stage)

    await contracts.buy(stage, "P1", 60, at="2026-12-15T23:59")

    (_, refunded) = [fact.cents for fact in await stage.facts() if isinstance(fact, HoursRefunded)]
    assert (await lapsed(stage))[len(before) :] == [(60, "termination")]
    assert (await available(stage), refunded) == (0, 21800)


async def test_notice_in_the_last_month_takes_back_what_was_granted_too_much_and_nobody_used(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-12-01T10:00")
    await contracts.cancel(stage, "2026-12-31", at="2026-12-01T10:00")
    with_notice = await available(stage)

    await contracts.go_on(stage, at="2026-12-05T10:00")
    await stage.move_to("2027-01-01T00:00")

    assert with_notice == 354  # 180 + 180 x 30 / 31, rounded
    assert await available(stage) == 540
    assert [fact.minutes for fact in await stage.facts() if isinstance(fact, LotVoided)] == [6]


async def test_minutes_are_paid_back_at_the_rate_of_the_plan_where_the_contract_says_so(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01", on_termination="refund_at_plan_rate")
    await contracts.adjust_price(stage, "2026-12-01", at="2026-11-01T10:00")  # on the day of the end: it never holds
    estimate = await stage.publish("T1", 100, at="2026-11-20T10:00")
    await stage.approve(estimate, over=0, at="2026-11-20T10:00")
    await contracts.cancel(stage, "2026-12-01", at="2026-11-21T10:00", on_termination="refund_at_plan_rate")

    await stage.move_to("2026-12-01T00:00")
    await stage.close("T1", 60, at="2026-12-02T10:00")

    refunds = [fact for fact in await stage.facts() if isinstance(fact, HoursRefunded)]
    assert [(one.minutes, one.cents, one.plan_price_cents) for one in refunds] == [
        (80, 29067, 65400),  # 80 x 654.00 / 180
        (40, 14533, 65400),
    ]
    assert await lapsed(stage) == [(80, "termination"), (40, "termination")]


async def test_where_lots_may_be_used_up_an_ended_contract_gives_what_it_has_and_nothing_beyond(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await contracts.cancel(stage, "2026-12-01", at="2026-11-10T10:00", on_termination="usable_until_expiry")
    await stage.move_to("2026-12-02T10:00")

    await stage.publish("T1", 181, at="2026-12-02T10:00")
    covered = await stage.publish("T2", 170, at="2026-12-02T11:00")
    await stage.approve(covered, over=0, at="2026-12-02T11:00")
    await stage.close("T2", 160, at="2026-12-03T10:00")
    await stage.move_to("2027-11-01T00:00")

    assert [one.rule for one in await stage.facts() if isinstance(one, HoldRefused)] == ["terminated"]
    assert await granted(stage) == [("2026-11-01", 180, "plan")]
    assert await lapsed(stage) == [(20, "validity")]


async def test_a_correction_after_the_end_credits_overage_and_the_minutes_it_gives_back_are_forfeited(
    stage: Stage, client: Client
) -> None:
    contract_id = await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 230, at="2026-11-10T10:00"), over=50, at="2026-11-10T10:00")
    await stage.close("T1", 230, at="2026-11-11T10:00")
    await contracts.cancel(stage, "2026-12-01", at="2026-11-12T10:00")
    await stage.move_to("2026-12-05T10:00")

    async with client("manager") as manager:
        body = {"ticket_id": str(named("T1")), "minutes": 80, "reason": "engano"}
        taken = await manager.post(f"/v1/accounts/{contract_id}/reversals", json=body)
        given = {"minutes": 10, "validity_days": 30, "reason": "cortesia"}
        refused = await manager.post(f"/v1/accounts/{contract_id}/corrections", json=given)

    assert (taken.json()["over_minutes"], taken.json()["cents"], taken.json()["forfeited_minutes"]) == (50, 19167, 30)
    assert (refused.status_code, refused.json()["code"]) == (409, "contract_ended")
    facts = await stage.facts()
    assert [one.balance_after for one in facts if isinstance(one, HoursReversed)] == [0]
    assert [one.cents for one in facts if isinstance(one, OverageReversed)] == [19167]
    assert await lapsed(stage) == [(30, "termination")]
    assert await available(stage) == 0


async def test_notice_that_is_heard_after_the_end_ends_the_contract_then(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.move_to("2026-12-20T10:00")

    await contracts.terminate(stage, "2026-12-15", at="2026-12-15T00:00")
    await stage.move_to("2027-02-02T10:00")

    # The last month had 14 of 31 days: 81 of its minutes lapse, the others were never due (2.9).
    assert await lapsed(stage) == [(180, "termination"), (81, "termination")]
    assert [fact.minutes for fact in await stage.facts() if isinstance(fact, LotVoided)] == [99]
    assert len(await granted(stage)) == 2
