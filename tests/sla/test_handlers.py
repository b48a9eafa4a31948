"""What sla makes of a ticket's facts as they come over the wire, on SQLite and PostgreSQL."""

from __future__ import annotations

import msgspec
import pytest

from services.sla.domain import Metric, State
from services.sla.offer import Section
from shared import parked
from shared.events import Event
from shared.inbox import Outcome
from tests.sla.shops import Life, Sla, document, local

pytestmark = pytest.mark.anyio


async def stands(sla: Sla, life: Life, metric: Metric = Metric.ATTENDANCE) -> tuple[str, str | None]:
    """How the one clock of a metric stands, and when it is due."""
    (clock,) = [clock for clock in await sla.clocks(life) if clock.metric is metric]
    return (clock.state.value, local(clock.due_at))


async def test_an_opened_ticket_has_a_clock_under_the_terms_of_today(next4: Sla) -> None:
    life = Life(plan="START")

    outcomes = await next4.hear(life.opened("2026-11-20T10:00"))

    assert outcomes == [Outcome.APPLIED]
    assert await stands(next4, life) == ("running", "2026-11-23T12:00")
    ((name, told),) = await next4.said()
    assert (name, told["due_at"], told["target_minutes"]) == ("clock_started", "2026-11-23T15:00:00Z", 240)
    assert (told["ticket_id"], told["metric"], told["generation"]) == (str(life.id), "attendance", 1)
    assert (told["plan_code"], told["ticket_number"]) == ("START", 1042)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"role": "staff"}, "met"),
        ({"role": "staff", "automatic": True}, "running"),
        ({"role": "staff", "public": False}, "running"),
        ({"role": "customer"}, "running"),
        ({"role": "system"}, "running"),
    ],
)
async def test_only_a_public_human_answer_is_attention(blocktime: Sla, answer: dict[str, str], state: str) -> None:
    life = Life(priority="low")

    message = life.message("2026-11-18T09:30", **answer)  # type: ignore[arg-type]
    await blocktime.hear(life.opened("2026-11-18T09:00"), message)

    assert (await stands(blocktime, life))[0] == state


@pytest.mark.parametrize("what", ["escalated", "quoted", "resolved", "closed"])
async def test_forwarding_quoting_and_finishing_are_attention(blocktime: Sla, what: str) -> None:
    life = Life(priority="low")

    await blocktime.hear(life.opened("2026-11-18T09:00"), getattr(life, what)("2026-11-18T09:30"))

    assert (await stands(blocktime, life))[0] == "met"
    name, told = (await blocktime.said())[-1]
    assert (name, told["elapsed_seconds"], told["met_at"]) == ("sla_met", 1800, "2026-11-18T12:30:00Z")


async def test_a_ticket_opened_paused_or_closed_burns_nothing(blocktime: Sla) -> None:
    paused, closed = Life(priority="low"), Life(priority="low")

    await blocktime.hear(
        paused.opened("2026-11-18T09:00"),
        paused.paused("2026-11-18T09:00"),
        closed.opened("2026-11-18T09:00"),
        closed.closed("2026-11-18T09:00"),
    )
    await blocktime.move_to("2026-11-30T09:00")
    await blocktime.hear(paused.resumed("2026-11-30T09:00"))

    assert await stands(blocktime, paused) == ("running", "2026-11-30T13:00")
    assert (await blocktime.clocks(closed))[0].elapsed_seconds == 0
    assert "sla_breached" not in await blocktime.names()


async def test_overlapping_waits_are_united(blocktime: Sla) -> None:
    life = Life(priority="low")

    await blocktime.hear(
        life.opened("2026-11-18T09:00"),
        life.paused("2026-11-18T10:00"),
        life.paused("2026-11-18T10:00:30", "blocked"),
        life.resumed("2026-11-18T11:00"),
        life.resumed("2026-11-18T12:00", "blocked"),
    )

    assert await stands(blocktime, life) == ("running", "2026-11-18T15:00")
    assert await blocktime.names() == ["clock_started", "clock_paused", "clock_resumed"]
    told = dict(await blocktime.said())
    assert (told["clock_paused"]["state"], told["clock_paused"]["generation"]) == ("awaiting_customer", 1)
    assert (told["clock_resumed"]["due_at"], told["clock_resumed"]["generation"]) == ("2026-11-18T18:00:00Z", 2)


async def test_while_it_waits_it_is_paused_never_broken(blocktime: Sla) -> None:
    life = Life(priority="low")

    await blocktime.hear(life.opened("2026-11-18T09:00"), life.paused("2026-11-18T10:00"))
    await blocktime.move_to("2026-12-18T10:00")

    (clock,) = await blocktime.clocks(life)
    assert (clock.state, clock.remaining_seconds) == (State.PAUSED, 10_800)
    assert await blocktime.names() == ["clock_started", "clock_paused"]


async def test_a_reply_and_a_pause_of_one_second_give_the_same_in_either_order(blocktime: Sla) -> None:
    one, other = Life(priority="low"), Life(priority="low")

    await blocktime.hear(one.opened("2026-11-18T09:00"), one.promised("2026-11-18T09:10", "2026-11-18T17:00"))
    await blocktime.hear(other.opened("2026-11-18T09:00"), other.promised("2026-11-18T09:10", "2026-11-18T17:00"))
    await blocktime.hear(one.message("2026-11-18T10:00"), one.paused("2026-11-18T10:00"))
    await blocktime.hear(other.paused("2026-11-18T10:00"), other.message("2026-11-18T10:00"))

    def facts_of(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        own = {"id", "ticket_id", "organization_id", "contract_id"}
        return sorted(
            ({name: value for name, value in row.items() if name not in own} for row in rows),
            key=lambda row: str(row["metric"]),
        )

    assert facts_of(await blocktime.rows(one)) == facts_of(await blocktime.rows(other))


async def test_cancelling_stops_every_clock(blocktime: Sla) -> None:
    life = Life(priority="low")

    await blocktime.hear(
        life.opened("2026-11-18T09:00"),
        life.promised("2026-11-18T09:10", "2026-11-18T17:00"),
        life.cancelled("2026-11-18T09:20"),
    )
    await blocktime.move_to("2026-12-18T09:00")

    assert {clock.state for clock in await blocktime.clocks(life)} == {State.CANCELLED}
    assert (await blocktime.names())[-2:] == ["clock_cancelled", "clock_cancelled"]


async def test_a_raised_priority_tells_where_the_due_instant_went(blocktime: Sla) -> None:
    life = Life(priority="low")

    await blocktime.hear(life.opened("2026-11-18T09:00"), life.triaged("2026-11-18T12:00", "medium"))

    assert await stands(blocktime, life) == ("running", "2026-11-18T12:30")
    name, told = (await blocktime.said())[-1]
    assert (name, told["reason"], told["generation"]) == ("clock_rescheduled", "reprioritised", 2)
    assert (told["previous_due_at"], told["due_at"]) == ("2026-11-18T16:00:00Z", "2026-11-18T15:30:00Z")


async def test_a_promise_starts_and_moves_the_delivery_clock(blocktime: Sla) -> None:
    life = Life(priority="low")

    await blocktime.hear(
        life.opened("2026-11-18T09:00"),
        life.promised("2026-11-18T09:10", "2026-11-18T17:00"),
        life.promised("2026-11-18T10:00", "2026-11-19T17:00"),
        life.resolved("2026-11-19T16:00"),
    )

    assert await stands(blocktime, life, Metric.DELIVERY) == ("met", "2026-11-19T17:00")
    delivery = [(name, told) for name, told in await blocktime.said() if told["metric"] == "delivery"]
    assert [name for name, _ in delivery] == [
        "clock_started",
        "clock_rescheduled",
        "sla_warned",
        "sla_warned",
        "sla_met",
    ]
    assert (delivery[0][1]["target_minutes"], delivery[1][1]["reason"]) == (None, "promise_changed")


async def test_reopening_starts_a_new_attendance_clock_under_the_terms_of_that_day(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-18T09:00"), life.message("2026-11-18T09:10"))
    await blocktime.apply(shorter(minutes=60))

    await blocktime.hear(life.resolved("2026-11-18T12:00"), life.reopened("2026-11-18T17:30"))

    first, second = sorted(await blocktime.clocks(life), key=lambda clock: clock.generation)
    assert (first.state, first.terms_version, first.generation) == (State.MET, 1, 1)
    assert (second.state, second.terms_version, second.generation) == (State.RUNNING, 2, 2)
    assert local(second.due_at) == "2026-11-19T08:30"


async def test_a_clock_keeps_the_terms_that_it_was_made_under(blocktime: Sla) -> None:
    old, new = Life(priority="low"), Life(priority="low")
    await blocktime.hear(old.opened("2026-11-18T09:00"))
    await blocktime.apply(shorter(minutes=60))

    await blocktime.hear(
        new.opened("2026-11-18T09:00"), old.paused("2026-11-18T10:00"), old.resumed("2026-11-18T11:00")
    )

    assert await stands(blocktime, old) == ("running", "2026-11-18T14:00")
    assert await stands(blocktime, new) == ("running", "2026-11-18T10:00")


async def test_a_batch_may_hold_the_whole_life_of_many_tickets(blocktime: Sla) -> None:
    lives = [Life(priority="low") for _ in range(16)]
    facts: list[Event] = []
    for life in lives:
        facts += [life.opened("2026-11-18T09:00"), life.paused("2026-11-18T10:00"), life.resumed("2026-11-18T11:00")]
        facts.append(life.message("2026-11-18T12:00"))

    outcomes = await blocktime.hear(*facts)

    assert outcomes == [Outcome.APPLIED] * 64
    assert {(await stands(blocktime, life))[0] for life in lives} == {"met"}


async def test_a_fact_delivered_twice_changes_nothing(blocktime: Sla) -> None:
    life = Life(priority="low")
    bodies = blocktime.seal(life.opened("2026-11-18T09:00"), life.message("2026-11-18T09:10"))

    await blocktime.take(bodies)
    again = await blocktime.take([*bodies, bodies[0]])

    assert set(again) == {Outcome.DUPLICATE}
    assert await blocktime.names() == ["clock_started", "sla_met"]


async def test_a_fact_of_a_ticket_that_nobody_opened_parks_its_stream_and_no_other(blocktime: Sla) -> None:
    unknown, known = Life(), Life(priority="low")

    outcomes = await blocktime.hear(unknown.message("2026-11-18T09:00"), known.opened("2026-11-18T09:00"))

    assert outcomes == [Outcome.PARKED, Outcome.APPLIED]
    async with blocktime.database.reading() as tx:
        (waiting,) = await parked.waiting(tx)
    assert waiting.stream == unknown.id
    assert "UnknownTicket" in waiting.error


async def test_without_an_offer_a_ticket_waits_and_goes_on_once_it_is_there(blocktime: Sla) -> None:
    early = Sla(database=blocktime.database, clock=blocktime.clock, tenant="next4")
    life = Life(plan="START")

    assert await early.hear(life.opened("2026-11-20T10:00")) == [Outcome.PARKED]
    await early.open()
    await parked.retry(early.database, early.inbox.subscriptions, teller="ticketing", stream=life.id)

    assert await stands(early, life) == ("running", "2026-11-23T12:00")


async def test_replaying_a_ticket_gives_the_same_rows(blocktime: Sla) -> None:
    life = Life(priority="low")
    await blocktime.hear(
        life.opened("2026-11-18T09:00"),
        life.promised("2026-11-18T09:30", "2026-11-19T12:00"),
        life.paused("2026-11-18T10:00", "blocked"),
    )
    await blocktime.hear(life.resumed("2026-11-18T12:00", "blocked"), life.triaged("2026-11-18T12:30", "medium"))
    await blocktime.move_to("2026-11-18T16:00")
    await blocktime.hear(life.resolved("2026-11-18T17:00"), life.reopened("2026-11-18T17:30"))
    before = await blocktime.rows(life)

    await blocktime.replay(life)

    assert await blocktime.rows(life) == before
    assert {row["state"] for row in before} == {"breached", "met", "running"}


def shorter(*, minutes: int) -> Section:
    """Blocktime, with another target for low priority."""
    changed = document("blocktime")
    changed["policies"] = [
        {**policy, "target_minutes": minutes} if policy.get("priority") == "low" else policy
        for policy in changed["policies"]
    ]
    return msgspec.convert(changed, Section)
