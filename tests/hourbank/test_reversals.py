"""Minutes of closed rounds are taken back: in the reverse order of the debit, never more than it, never twice (2.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from services.hourbank import domain
from shared.events.billing import DisputeOpened, DisputeSettled
from shared.events.hourbank import HoursReversed, LotExpired, OverageReversed
from shared.inbox import Outcome
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import Stage

pytestmark = pytest.mark.anyio


async def closed(stage: Stage, *, minutes: int = 330, start: str = "2026-11-01") -> str:
    """S02: 180 minutes of the bank and 150 over; answers the path of the account."""
    contract_id = await stage.activate("START", start)
    await stage.approve(await stage.publish("T1", 330, at="2026-11-10T10:00"), over=150, at="2026-11-10T15:00")
    await stage.close("T1", minutes, at="2026-11-12T17:00")
    stage.clock.move_to(wall("2026-11-13T10:00"))
    return f"/v1/accounts/{contract_id}"


def wanted(minutes: int, **more: object) -> dict[str, object]:
    """A request to take minutes of T1 back."""
    return {"ticket_id": str(named("T1")), "minutes": minutes, "reason": "Retrabalho em garantia"} | more


async def told(stage: Stage) -> tuple[list[HoursReversed], list[OverageReversed]]:
    """What was told of reversals."""
    facts = await stage.facts()
    return (
        [fact for fact in facts if isinstance(fact, HoursReversed)],
        [fact for fact in facts if isinstance(fact, OverageReversed)],
    )


async def test_s23_and_s24_overage_comes_off_first_and_then_the_lot_gets_its_minutes_back(
    stage: Stage, client: Client
) -> None:
    path = await closed(stage)
    async with client("manager") as manager:
        first = await manager.post(f"{path}/reversals", json=wanted(60))
        await stage.move_to("2026-12-07T10:00")
        second = await manager.post(f"{path}/reversals", json=wanted(120))
        listed = (await manager.get(f"{path}/tickets/{named('T1')}/reversals")).json()

    assert (first.status_code, first.json()["over_minutes"], first.json()["cents"]) == (201, 60, 23000)
    assert (second.json()["over_minutes"], second.json()["cents"]) == (90, 34500)
    assert [(one["effective_date"], one["minutes"]) for one in second.json()["by_lot"]] == [("2026-11-01", 30)]
    assert [one["minutes"] for one in listed["items"]] == [60, 120]
    reversed_, uncharged = await told(stage)
    assert [(one.minutes, one.minutes_over, one.balance_after) for one in reversed_] == [(60, 60, 0), (120, 90, 210)]
    assert [(one.minutes, one.cents, one.billing_month, one.ticket_number) for one in uncharged] == [
        (60, 23000, "2026-11", 1042),
        (90, 34500, "2026-11", 1042),
    ]
    account, ledger = await stage.account(), await stage.ledger()
    assert account.balance_minutes == 210
    assert domain.fold(ledger) == account.lots
    assert [entry.kind.value for entry in ledger][-2:] == ["overage_reversed", "restore"]


async def test_s25_minutes_of_a_lot_that_has_ended_come_back_as_a_correction_for_thirty_days(
    stage: Stage, client: Client
) -> None:
    await stage.activate("START", "2026-01-01")
    await stage.approve(await stage.publish("T1", 150, at="2026-01-10T10:00"), over=0, at="2026-01-10T10:00")
    await stage.close("T1", 150, at="2026-01-12T17:00")
    await stage.move_to("2027-01-10T10:00")
    before = await stage.account()

    async with client("manager") as manager:
        path = f"/v1/accounts/{before.terms.contract_id}/reversals"
        answer = (await manager.post(path, json=wanted(40))).json()

    assert answer["corrections"] == [
        {"lot_id": answer["corrections"][0]["lot_id"], "effective_date": "2027-01-10", "minutes": 40}
    ]
    after = await stage.account()
    assert after.available_minutes == before.available_minutes + 40
    correction = next(lot for lot in after.lots if lot.terms.source == "correction")
    assert (correction.granted_minutes, correction.terms.expires_date) == (40, date(2027, 2, 9))
    old = next(lot for lot in after.lots if lot.terms.effective_date == date(2026, 1, 1))
    assert (old.consumed_minutes, old.expired_minutes, old.available_minutes) == (110, 70, 0)
    lapsed = [fact for fact in await stage.facts() if isinstance(fact, LotExpired)]
    assert [(fact.minutes, fact.reason) for fact in lapsed] == [(30, "validity"), (40, "reversed_after_expiry")]
    assert domain.fold(await stage.ledger()) == after.lots


async def test_the_newest_tranche_and_the_latest_expiring_lot_are_undone_first(stage: Stage, client: Client) -> None:
    stage.clock.move_to(wall("2026-10-01T00:00"))
    await stage.activate("START", "2026-10-01")
    await stage.move_to("2026-11-10T09:00")
    await stage.approve(await stage.publish("T1", 400, at="2026-11-10T09:00"), over=40, at="2026-11-10T09:00")
    more = await stage.publish("T1", 50, at="2026-11-10T10:00", kind="additional")
    await stage.approve(more, over=50, at="2026-11-10T11:00")
    await stage.close("T1", 440, at="2026-11-10T17:00")
    stage.clock.move_to(wall("2026-11-10T18:00"))
    path = f"/v1/accounts/{stage.contract_of[''].contract_id}/reversals"

    async with client("admin") as admin:
        answers = [(await admin.post(path, json=wanted(minutes))).json() for minutes in (41, 49, 190)]
        nothing_left = await admin.post(path, json=wanted(161))

    _, uncharged = await told(stage)
    assert [one.minutes for one in uncharged] == [40, 1, 39]
    assert [one["over_minutes"] for one in answers] == [41, 39, 0]
    assert [[(one["effective_date"], one["minutes"]) for one in answer["by_lot"]] for answer in answers] == [
        [],
        [("2026-11-01", 10)],
        [("2026-11-01", 170), ("2026-10-01", 20)],
    ]
    assert (nothing_left.status_code, nothing_left.json()["code"]) == (422, "reversal_exceeds_debit")


async def test_what_all_reversals_give_back_is_what_was_charged_however_it_is_cut(stage: Stage, client: Client) -> None:
    path = await closed(stage, minutes=227)  # 47 minutes over cost 18017 centavos
    async with client("manager") as manager:
        for minutes in (7, 7, 13, 20, 180):
            assert (await manager.post(f"{path}/reversals", json=wanted(minutes))).status_code == 201

    _, uncharged = await told(stage)
    assert sum(one.minutes for one in uncharged) == 47
    assert sum(one.cents for one in uncharged) == 18017
    assert (await stage.account()).available_minutes == 180


async def test_a_reversal_is_refused_when_it_is_too_much_or_nobodys_and_nothing_changes(
    stage: Stage, client: Client
) -> None:
    path = await closed(stage)
    before = (await stage.ledger(), await stage.facts())
    agent, elsewhere = client("agent"), client("manager", tenant="blocktime")
    async with client("manager") as manager, agent, elsewhere:
        answers = [
            await manager.post(f"{path}/reversals", json=wanted(331)),
            await manager.post(f"{path}/reversals", json=wanted(0)),
            await manager.post(f"{path}/reversals", json=wanted(10, round=2)),
            await manager.post(f"{path}/reversals", json=wanted(10, ticket_id=str(uuid4()))),
            await manager.post(f"{path}/reversals", json=wanted(10, reason="")),
            await manager.post(f"{path}/reversals", json=wanted(10, reason=" \u200b\n ")),
            await manager.post(f"{path}/reversals", json=wanted(10, why="?")),
            await agent.post(f"{path}/reversals", json=wanted(10)),
            await elsewhere.post(f"{path}/reversals", json=wanted(10)),
        ]

    assert [answer.status_code for answer in answers] == [422, 422, 404, 404, 422, 422, 422, 403, 404]
    assert [answer.json().get("field") for answer in answers[:6]] == [
        *("minutes", "minutes", "ticket_id", "ticket_id", "reason", "reason")
    ]
    assert (await stage.ledger(), await stage.facts()) == before


async def test_the_same_request_with_the_same_key_takes_back_once(stage: Stage, client: Client) -> None:
    path = await closed(stage)
    async with client("manager") as manager:
        answers = [
            await manager.post(f"{path}/reversals", json=wanted(60), headers={"Idempotency-Key": "r-1"})
            for _ in range(2)
        ]
        other = await manager.post(f"{path}/reversals", json=wanted(61), headers={"Idempotency-Key": "r-1"})

    assert answers[0].json() == answers[1].json()
    assert other.status_code == 422
    assert len((await told(stage))[0]) == 1


def dispute(stage: Stage, *, minutes: int) -> DisputeOpened:
    """T1's overage is disputed."""
    contract = stage.contract_of[""]
    return DisputeOpened(
        contract_id=contract.contract_id,
        organization_id=contract.organization_id,
        dispute_id=named("dispute"),
        invoice_id=named("invoice"),
        line=2,
        overage_id=domain.overage_id(named("T1"), 1, 1),
        ticket_id=named("T1"),
        round=1,
        minutes=minutes,
        opened_at=wall("2026-12-02T10:00"),
    )


def settled(opened: DisputeOpened, outcome: str, *, minutes: int) -> DisputeSettled:
    """A dispute's outcome."""
    return DisputeSettled(
        contract_id=opened.contract_id,
        organization_id=opened.organization_id,
        dispute_id=opened.dispute_id,
        overage_id=opened.overage_id,
        ticket_id=opened.ticket_id,
        round=opened.round,
        outcome=outcome,
        minutes=minutes,
        reason="não combinado",
        settled_at=wall("2026-12-04T10:00"),
    )


async def test_a_disputed_round_is_frozen_and_what_is_accepted_is_taken_back_from_its_overage(
    stage: Stage, client: Client
) -> None:
    path = await closed(stage)
    await stage.move_to("2026-12-02T10:00")
    opened = dispute(stage, minutes=100)
    await stage.tell(opened)
    await stage.tell(opened)
    before = await stage.ledger()

    async with client("manager") as manager:
        frozen = await manager.post(f"{path}/reversals", json=wanted(10))
        unchanged = await stage.ledger()
        await stage.tell(settled(opened, "accepted", minutes=100))
        await stage.tell(settled(opened, "accepted", minutes=100))
        free = await manager.post(f"{path}/reversals", json=wanted(60))

    assert (frozen.status_code, frozen.json()["code"], unchanged == before) == (409, "round_disputed", True)
    reversed_, uncharged = await told(stage)
    assert [(one.minutes, one.cents, one.dispute_id) for one in uncharged] == [
        (100, 38333, opened.dispute_id),
        (50, 19167, None),
    ]
    assert [one.reason for one in reversed_] == ["não combinado", "Retrabalho em garantia"]
    assert (free.json()["over_minutes"], [one["minutes"] for one in free.json()["by_lot"]]) == (50, [10])


async def test_a_rejected_dispute_takes_nothing_back_and_one_about_more_than_is_charged_takes_what_is(
    stage: Stage, client: Client
) -> None:
    path = await closed(stage)
    async with client("manager") as manager:
        await manager.post(f"{path}/reversals", json=wanted(120))
    await stage.move_to("2026-12-02T10:00")
    first = dispute(stage, minutes=150)

    await stage.tell(first)
    assert await stage.tell(settled(first, "rejected", minutes=150)) is Outcome.APPLIED
    rejected = await told(stage)
    second = replace(first, dispute_id=named("2nd"))
    await stage.tell(second)
    await stage.tell(settled(second, "accepted", minutes=150))

    assert len(rejected[1]) == 1
    _, uncharged = await told(stage)
    assert [(one.minutes, one.dispute_id) for one in uncharged] == [(120, None), (30, named("2nd"))]
    assert (await stage.account()).available_minutes == 180


async def test_of_two_disputed_lines_of_a_round_each_is_settled_by_itself(stage: Stage, client: Client) -> None:
    path = await closed(stage)
    await stage.move_to("2026-12-02T10:00")
    first = dispute(stage, minutes=100)
    second = replace(first, dispute_id=named("2nd"), line=3, overage_id=domain.overage_id(named("T1"), 1, 2))
    await stage.tell(first)
    await stage.tell(second)

    assert await stage.tell(settled(first, "accepted", minutes=100)) is Outcome.APPLIED
    async with client("manager") as manager:
        frozen = await manager.post(f"{path}/reversals", json=wanted(10))
        assert await stage.tell(settled(second, "rejected", minutes=0)) is Outcome.APPLIED
        free = await manager.post(f"{path}/reversals", json=wanted(10))

    assert (frozen.status_code, frozen.json()["code"], free.status_code) == (409, "round_disputed", 201)
    _, uncharged = await told(stage)
    assert [(one.minutes, one.dispute_id) for one in uncharged] == [(100, first.dispute_id), (10, None)]


async def test_a_correction_lives_for_its_days_and_is_drawn_before_what_dies_later(
    stage: Stage, client: Client
) -> None:
    path = await closed(stage)
    async with client("manager") as manager:
        given = {"minutes": 45, "validity_days": 30, "reason": "Cortesia"}
        answer = await manager.post(f"{path}/corrections", json=given)
        wrong = await manager.post(f"{path}/corrections", json=given | {"validity_days": 0})
    await stage.move_to("2026-12-12T23:59")
    last_day = (await stage.account()).available_minutes
    await stage.move_to("2026-12-13T00:00")

    assert (answer.status_code, wrong.status_code) == (201, 422)
    assert (answer.json()["source"], answer.json()["expires_date"]) == ("correction", "2026-12-13")
    assert (last_day, (await stage.account()).available_minutes) == (225, 180)
    assert (await stage.ledger())[4].cause.actor == "manager"
