"""Time-boxes of work, merged and split tickets, what monitoring takes back, plans that change (S33, B17, B20, B26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from services.sla import domain
from services.sla.domain import Absorbed, Handled, Recovered, Replanned, State, TimerBegan, TimerEnded
from shared import ids
from shared.events.billing import PlanChanged
from shared.events.ticketing import TicketAbsorbed, TicketMerged, TicketRecovered, TimerStarted, TimerStopped
from tests.sla.folding import (
    attended,
    began,
    fold,
    low,
    new_id,
    only,
    opening,
    over,
    prioritised,
    reopened,
    resolved,
    seen,
)
from tests.sla.shops import LONG_AGO, Life, Sla, at, local, scenario

pytestmark = pytest.mark.anyio


def who(life: Life) -> dict[str, Any]:
    """Whose ticket it is."""
    return {
        "ticket_id": life.id,
        "contract_id": life.contract_id,
        "organization_id": life.organization_id,
        "number": 1042,
    }


def box(name: str, *facts: Any) -> domain.Box:
    """A time-box of Blocktime after these facts."""
    return next(one for one in fold(*facts).boxes if one.rule.box == name)


async def test_the_first_approach_and_a_remote_session_are_bounded(blocktime: Sla) -> None:
    story = scenario("S33")
    first, remote = Life(priority="low"), Life(priority="low")
    started = at(story["when"][1]["remote_started"])
    timer = TimerStarted(
        **who(remote), timer_id=ids.new_id(LONG_AGO), professional_id="ana", kind="remote", started_at=started
    )
    await blocktime.hear(first.opened("2026-11-18T17:40"), remote.opened("2026-11-18T13:50"), timer)
    await blocktime.hear(first.message(story["when"][0]["n1_started"], public=False))
    await blocktime.move_to("2026-11-19T08:10")

    told = [one for name, one in await blocktime.said() if name == "timebox_reached" and one["box"] == "remote"]
    limit = at(story["then"]["remote_must_be_escalated_or_scheduled_on_site_at"])
    assert [(at(one["reached_at"]), one["at_limit"]) for one in told] == [(limit, "suggest")]
    assert str(timer.timer_id) == told[0]["timer_id"]
    await blocktime.move_to("2026-11-19T08:15")
    await blocktime.move_to("2026-11-19T12:00")
    n1 = [
        one for name, one in await blocktime.said() if name == "timebox_reached" and one["ticket_id"] == str(first.id)
    ]
    assert [(one["box"], one["level"], one["at_limit"], one["reached_at"]) for one in n1] == [
        ("n1", 1, "escalate", at(story["then"]["escalate_to_n2_at"]).isoformat().replace("+00:00", "Z"))
    ]
    await blocktime.replay(first)
    assert await blocktime.settle() == 0


def test_what_was_used_adds_up_over_pauses_and_is_told_of_once() -> None:
    facts = [low("2026-11-18T09:00"), prioritised("2026-11-18T09:10", "medium"), began("2026-11-18T09:20")]

    waiting = box("n1", *facts)
    going_on = box("n1", *facts, over("2026-11-18T11:00"))
    later = box("n1", *facts, over("2026-11-18T11:00"), attended("2026-11-18T12:00"), attended("2026-11-18T15:00"))

    assert (waiting.due_at, waiting.used_microseconds) == (None, 600_000_000)
    assert local(going_on.due_at) == "2026-11-18T11:20"
    assert (local(later.reached_at), later.is_over, later.due_at) == ("2026-11-18T11:20", True, None)


def test_sessions_of_two_professionals_add_up_and_overlap_once() -> None:
    ana, bia = new_id(), new_id()
    facts = [
        low("2026-11-18T09:00"),
        TimerBegan(id=new_id(), at=at("2026-11-18T10:00"), timer_id=ana, timer_kind="remote"),
        TimerBegan(id=new_id(), at=at("2026-11-18T10:20"), timer_id=bia, timer_kind="remote"),
        TimerEnded(id=new_id(), at=at("2026-11-18T10:30"), timer_id=ana),
        TimerEnded(id=new_id(), at=at("2026-11-18T10:40"), timer_id=bia),
        TimerBegan(id=new_id(), at=at("2026-11-18T17:50"), timer_id=ana, timer_kind="remote"),
    ]

    assert local(box("remote", *facts).due_at) == "2026-11-18T18:10"


def test_going_up_in_time_ends_the_first_approach() -> None:
    up = domain.Attended(id=new_id(), at=at("2026-11-18T09:25"), how="escalation", to_level=2)
    note = Handled(id=new_id(), at=at("2026-11-18T09:00"), how="note")

    ended = box("n1", low("2026-11-18T08:30"), note, up, attended("2026-11-18T12:00"))

    assert (ended.is_over, ended.reached_at, ended.due_at) == (True, None, None)


def test_a_time_box_that_is_used_up_raises_the_ticket_and_attends_to_nobody() -> None:
    life = Life(priority="low")
    by_a_person = life.escalated("2026-11-18T09:35")
    by_itself = replace(by_a_person, is_automatic=True)
    note = Handled(id=new_id(), at=at("2026-11-18T09:00"), how="note")

    raised = fold(low("2026-11-18T09:00"), note, domain.forwarding(by_itself, id=new_id()))
    forwarded = fold(low("2026-11-18T09:00"), note, domain.forwarding(by_a_person, id=new_id()))

    states = [one.clocks[0].state for one in (raised, forwarded)]
    assert (states, [raised.level, forwarded.level]) == ([State.RUNNING, State.MET], [2, 2])
    assert local(raised.clocks[0].due_at) == "2026-11-18T13:00"
    assert next(one for one in raised.boxes if one.rule.box == "n1").is_over


def test_the_survivor_of_a_merge_counts_from_the_earliest_registration() -> None:
    absorbed = Absorbed(id=new_id(), at=at("2026-11-18T10:00"), registered_at=at("2026-11-18T08:00"))
    long_past = replace_at(absorbed, "2026-11-16T08:00")
    later = replace_at(absorbed, "2026-11-18T09:50")

    assert seen(only(fold(low("2026-11-18T09:00"), absorbed))) == ("running", "2026-11-18T12:00")
    assert seen(only(fold(low("2026-11-18T09:00"), long_past))) == ("running", "2026-11-18T10:30")
    assert seen(only(fold(low("2026-11-18T09:00"), later))) == ("running", "2026-11-18T13:00")


def replace_at(fact: Absorbed, when: str) -> Absorbed:
    """The same merge of a ticket with another registration."""
    return Absorbed(id=fact.id, at=fact.at, registered_at=at(when))


async def test_the_clocks_of_a_merged_ticket_are_cancelled(blocktime: Sla) -> None:
    merged, survivor = Life(priority="low"), Life(priority="low")
    await blocktime.hear(merged.opened("2026-11-18T08:00"), survivor.opened("2026-11-18T09:00"))
    other: dict[str, Any] = {"registered_at": at("2026-11-18T08:00")}

    await blocktime.hear(
        TicketMerged(
            **who(merged),
            **other,
            into_ticket_id=survivor.id,
            into_number=7,
            merged_at=at("2026-11-18T10:00"),
            merged_by="n1",
        ),
        TicketAbsorbed(
            **who(survivor), **other, from_ticket_id=merged.id, from_number=6, absorbed_at=at("2026-11-18T10:00")
        ),
    )

    assert [clock.state.value for clock in await blocktime.clocks(merged)] == ["cancelled"]
    assert [local(clock.due_at) for clock in await blocktime.clocks(survivor)] == ["2026-11-18T12:00"]
    assert (await blocktime.said())[-1][1]["reason"] == "merged"


def test_a_split_off_ticket_keeps_the_registration_of_its_origin_with_some_grace() -> None:
    event = replace(Life(priority="low").opened("2026-11-18T09:00"), split_from=new_id())

    early = domain.opening(event, id=new_id(), terms=low("2026-11-18T09:00").terms, heard_at=at("2026-11-18T10:00"))
    late = domain.opening(event, id=new_id(), terms=low("2026-11-18T09:00").terms, heard_at=at("2026-11-18T17:45"))

    assert seen(only(fold(early))) == ("running", "2026-11-18T13:00")
    assert seen(only(fold(late))) == ("running", "2026-11-19T08:15")
    assert local(only(fold(late)).started_at) == "2026-11-18T09:00"


@pytest.mark.parametrize(
    ("recovered", "touched", "state"),
    [("03:14:59", False, "cancelled"), ("03:15:00", False, "running"), ("03:14:59", True, "running")],
)
def test_what_is_over_within_minutes_and_nobody_touched_was_promised_to_no_one(
    recovered: str,
    touched: bool,  # noqa: FBT001
    state: str,
) -> None:
    found = opening("2026-11-21T03:10", life=Life(priority="high"), source="monitoring", detected="2026-11-21T03:10")
    acts: list[domain.AnyFact] = [Handled(id=new_id(), at=at("2026-11-21T03:12"), how="note")] * touched
    over_at = at(f"2026-11-21T{recovered}")
    gone = Recovered(id=new_id(), at=over_at, detected_at=at("2026-11-21T03:10"), recovered_at=over_at)

    assert only(fold(found, *acts, gone)).state.value == state


async def test_recovery_is_heard(blocktime: Sla) -> None:
    life = Life(priority="high")
    await blocktime.hear(life.opened("2026-11-21T03:10"))
    over_at = at("2026-11-21T03:13")

    await blocktime.hear(TicketRecovered(**who(life), detected_at=None, recovered_at=over_at))

    assert (await blocktime.names())[-1] == "clock_cancelled"


def test_an_open_ticket_takes_the_promise_of_a_better_plan_and_of_no_worse_one() -> None:
    def due(old: str, new: str) -> str | None:
        facts: list[domain.AnyFact] = [
            opening("2026-11-18T09:00", life=Life(plan=old)),
            Replanned(id=new_id(), at=at("2026-11-18T09:30"), plan_code=new),
        ]
        return local(only(fold(*facts, shop="next4")).due_at)

    assert due("START", "ADVANCED") == "2026-11-18T11:00"
    assert due("ADVANCED", "START") == "2026-11-18T11:00"


async def test_a_change_of_plan_is_heard(next4: Sla) -> None:
    life = Life(plan="START")
    await next4.hear(life.contract(queue_rank=3), life.opened("2026-11-18T09:00"))

    await next4.hear(life_on_basic(life))

    assert [local(clock.due_at) for clock in await next4.clocks(life)] == ["2026-11-18T12:00"]
    assert (await next4.said())[-1][1]["reason"] == "plan_changed"


def test_a_reopened_ticket_is_promised_what_its_contract_promises_by_then() -> None:
    def due(plan_code: str | None) -> tuple[str, str | None]:
        done = resolved("2026-11-18T09:30")
        again = msgspec.structs.replace(reopened("2026-11-18T10:00"), plan_code=plan_code)
        clock = fold(opening("2026-11-18T09:00", life=Life(plan="START")), done, again, shop="next4").clocks[-1]
        return (clock.plan_code, local(clock.due_at))

    assert due("ADVANCED") == ("ADVANCED", "2026-11-18T12:00")
    assert due(None) == ("START", "2026-11-18T14:00")


async def test_a_reopening_after_a_change_of_plan_is_heard(next4: Sla) -> None:
    life = Life(plan="START")
    await next4.hear(life.contract(queue_rank=3), life.opened("2026-11-18T09:00"), life.resolved("2026-11-18T09:10"))

    await next4.hear(life_on_basic(life), life.reopened("2026-11-18T10:00"))

    assert [local(clock.due_at) for clock in await next4.clocks(life)] == ["2026-11-18T13:00", "2026-11-18T13:00"]


async def test_a_timer_that_stopped_before_the_limit_tells_nothing(blocktime: Sla) -> None:
    life, timer = Life(priority="low"), ids.new_id(LONG_AGO)
    began_at, ended_at = at("2026-11-18T14:00"), at("2026-11-18T14:59")
    common: dict[str, Any] = {"timer_id": timer, "professional_id": "ana", "kind": "remote", "started_at": began_at}
    await blocktime.hear(life.opened("2026-11-18T13:00"), life.escalated("2026-11-18T13:10"))

    await blocktime.hear(TimerStarted(**who(life), **common))
    await blocktime.hear(TimerStopped(**who(life), **common, seconds=3540, stopped_at=ended_at))
    await blocktime.move_to("2026-11-18T17:00")

    assert "timebox_reached" not in await blocktime.names()


def life_on_basic(life: Life) -> PlanChanged:
    """The contract of a ticket goes from START up to BASIC."""
    return PlanChanged(
        contract_id=life.contract_id,
        organization_id=life.organization_id,
        change_id=new_id(),
        mode="immediate_prorated",
        from_plan_code="START",
        plan_code="BASIC",
        monthly_minutes=420,
        plan_price_cents=145000,
        full_hour_price_cents=23000,
        queue_rank=2,
        account_manager_id=None,
        effective_date=date(2026, 11, 18),
        decided_at=at("2026-11-18T09:30"),
        changed_at=at("2026-11-18T09:30"),
    )
